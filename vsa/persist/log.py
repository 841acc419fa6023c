"""What a write-ahead log holds, looked at before SQLite sees it.

SQLite takes a log up to the first frame that is not sound and drops the rest without a word: that is
right for the torn end of a killed process, and wrong for a damaged log, whose later commits were
acknowledged. Frames carry the salts of the log's header and checksums, each chained to the one before:
so a frame can be told sound by its predecessor alone, behind damage too. A commit is written when the
one before it is on the disk. Where more than the last commit is behind a bad frame, that is damage
therefore; the last alone may as well have been torn by a power failure.

(https://www.sqlite.org/fileformat2.html#the_write_ahead_log)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

MAGIC = {0x377F0682: "<u4", 0x377F0683: ">u4"}  # and the words that checksums are made of
VERSION = 3007000
MASK = 0xFFFFFFFF
HEADER, FRAME = 32, 24  # bytes before the first frame, and before each one's page
BLOCK = 1 << 23  # bytes that are read at a time

Words = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Log:
    """What was found: whether the header is sound, and how the chain of frames breaks off.

    torn: what follows is of the log and not sound.  lost: commits from there on, which SQLite drops.
    """

    sound: bool
    torn: bool
    lost: int
    commits: int = field(default=0, compare=False)  # that SQLite takes


def read_log(path: Path, page: int) -> Log | None:
    """Look at a log of pages of so many bytes; None where there is none or it has no frame."""
    try:
        with path.open("rb") as file:
            return _read(file, page)
    except FileNotFoundError:
        return None


def _read(file: BinaryIO, page: int) -> Log | None:
    head = file.read(HEADER)
    if len(head) < HEADER:
        return None
    magic, version, size, rounds, *salts, first, second = np.frombuffer(head, ">u4").tolist()
    kinds = [MAGIC[magic]] if magic in MAGIC else list(MAGIC.values())
    seeds = {kind: _checksum(np.frombuffer(head[:24], kind)) for kind in kinds}
    sound = (version, size) == (VERSION, page) and seeds[kinds[0]] == (first, second)
    for kind in kinds:
        frames = _frames(file, page, kind, [(first, second), seeds[kind]])
        if frames is None:
            return None
        if sound:
            return _chain(*frames, salts, rounds)
        headers, linked = frames
        if lost := int((linked & (headers[:, 1] != 0)).sum()):
            return Log(False, True, lost)
    return Log(False, True, 0)


def _frames(
    file: BinaryIO, page: int, kind: str, seeds: list[tuple[int, int]]
) -> tuple[Words, Words] | None:
    """The headers of all whole frames (n, 6), and which follow from the one before, (n,)."""
    width = FRAME + page
    count = max(BLOCK // width, 1)
    weights = _weights((8 + page) // 4)
    carried = _fibonacci((8 + page) // 4 + 1)[-3:]
    file.seek(HEADER)
    heads, sums = [], []
    while len(data := file.read(count * width)) >= width:
        frames = np.frombuffer(data[: len(data) // width * width], np.uint8).reshape(-1, width)
        heads.append(frames[:, :FRAME].copy().view(">u4"))
        words = np.hstack([frames[:, :8], frames[:, FRAME:]]).view(kind)
        sums.append(words.astype(np.uint32, copy=False) @ weights)
    if not heads:
        return None
    head, own = np.concatenate(heads).astype(np.uint32), np.concatenate(sums)
    sound = np.zeros(len(head), dtype=bool)
    for seed in seeds:  # of the first frame; the others have each other's
        before = np.vstack([np.array([seed], np.uint32), head[:-1, 4:]])
        s0, s1 = before[:, 0], before[:, 1]
        wanted = own + np.stack(
            [carried[0] * s0 + carried[1] * s1, carried[1] * s0 + carried[2] * s1], axis=1
        )
        sound |= (wanted == head[:, 4:]).all(axis=1)
    return head, sound


def _chain(headers: Words, linked: Words, salts: list[int], rounds: int) -> Log:
    """How the chain breaks off.

    Frames of an earlier round of the log are no break: whenever it begins anew the first of its salts
    is one more. Nor are those that a transaction had written when it was rolled back or killed, and
    that the next one did not write over: none of them is a commit.
    """
    own = (headers[:, 2:4] == np.array(salts, np.uint32)).all(axis=1)
    whole, commits = linked & own, headers[:, 1] != 0
    end = len(whole) if whole.all() else int(np.argmin(whole))
    taken = int(commits[:end].sum())
    own, commits, linked = own[end:], commits[end:], linked[end:]
    if not len(own):
        return Log(True, False, 0, taken)
    age = np.uint32(salts[0]) - headers[end:, 2]
    foreign = ~own & ((age == 0) | (age > rounds))
    lost = int(((own | (foreign & linked)) & commits).sum())
    return Log(True, lost > 0 or bool(foreign.any() or linked[0]), lost, taken)


# --- checksums -------------------------------------------------------------------------------
# Of the words x₀ x₁ … the checksum is the last two terms of t(k+1) = t(k) + t(k-1) + x(k) mod 2³²:
# Fibonacci's recurrence, so that each word counts as often as its distance to the end says.
def _fibonacci(n: int) -> Words:
    """F(0) … F(n) mod 2³²."""
    numbers = [0, 1]
    while len(numbers) <= n:
        numbers.append((numbers[-1] + numbers[-2]) & MASK)
    return np.array(numbers[: n + 1], dtype=np.uint32)


def _weights(n: int) -> Words:
    """How often each of n words counts in the two halves of their checksum, (n, 2)."""
    numbers = _fibonacci(n)[::-1]
    return np.stack([numbers[1:], numbers[:-1]], axis=1)


def _checksum(words: Words) -> tuple[int, int]:
    """Of words that nothing precedes."""
    first, second = words.astype(np.uint32) @ _weights(len(words))
    return int(first), int(second)
