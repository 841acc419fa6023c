"""Word vectors from text files of word2vec (a header line: count, dim) and GloVe (none).

A file may be gigabytes, so it is read line by line and only the wanted words' numbers are parsed.
The numbers are the last `dim` fields of a line: GloVe's words may hold blanks themselves.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import IO

import numpy as np

from vsa import VsaError
from vsa.plugin import shown
from vsa_plugins.composition.trees import Array

LOOK = 16  # lines by which a file without header shows its dim
BLOCK = 10_000  # lines between calls of `progress`


def read_vectors(
    path: str | os.PathLike[str],
    words: Iterable[str] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, Array]:
    """The vectors (dim,) of the wanted words that a file has, or of all; .gz is unpacked.

    Every line's number of fields is looked at, wanted or not. Of a word that comes twice the first
    holds, as in gensim. Raises VsaError that names file and line.
    """
    name = os.path.basename(os.fspath(path))
    if isinstance(words, str):
        raise VsaError(f"words are wanted as a list: [{words!r}]")
    wanted = None if words is None else set(words)
    with opened(path, name) as (file, far):
        first = list(islice(file, LOOK))
        for number, line in enumerate(first, 1):  # before they are asked for a dim
            checked_text(line, name, number)
        count, dim = _header(first, name)
        found: dict[str, Array] = {}
        seen = 0
        lines = chain(first, file)
        start = 1
        if count is not None:
            next(lines)
            start = 2
        for number, line in enumerate(lines, start):
            checked_text(line, name, number)
            if progress is not None and number % BLOCK == 0:
                progress(name, far())
            line = line.rstrip(b" \r\n")
            if not line:
                raise VsaError(f"{name}, line {number}: it is empty")
            seen += 1
            fields = line.rsplit(b" ", dim)
            *_, ending = fields[0].strip(b" ").split(b" ")
            longer = ending != fields[0].strip(b" ") and (count is not None or _is_number(ending))
            if len(fields) <= dim or longer:
                has = len(line.split()) - 1
                raise VsaError(f"{name}, line {number}: it has {has} numbers, not {dim}")
            word = _decoded(fields[0].strip(b" "), name, number)
            if word in found or (wanted is not None and word not in wanted):
                continue
            found[word] = _numbers(fields[1:], word, name, number)
        if count is not None and seen != count:
            raise VsaError(
                f"{name}, line 1: the header says {count:,} words, the file has {seen:,}"
            )
    if progress is not None:
        progress(name, 1.0)
    return found


@contextmanager
def opened(
    path: str | os.PathLike[str], name: str
) -> Iterator[tuple[Iterator[bytes], Callable[[], float]]]:
    """The file's lines, and how far it is read."""
    try:
        with open(path, "rb") as raw:
            size = max(os.fstat(raw.fileno()).st_size, 1)
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file: IO[bytes] = gzip.open(raw) if packed else raw  # type: ignore[assignment]  # noqa: SIM115
            yield iter(file), lambda: raw.tell() / size
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VsaError(f"cannot read {name}: {reason}") from None


def checked_text(line: bytes, name: str, number: int) -> None:
    """Refuse a line that no text file has."""
    if b"\0" in line:
        raise VsaError(f"{name}, line {number}: it is not text, but has a byte 0x00")


def _header(first: list[bytes], name: str) -> tuple[int | None, int]:
    """The number of words, if a header says it, and the dim."""
    if not first:
        raise VsaError(f"{name} is empty")
    fields = first[0].split()
    following = [len(line.rstrip(b" \r\n").split(b" ")) - 1 for line in first[1:]]
    if len(fields) == 2 and all(field.isdigit() for field in fields):
        count, dim = int(fields[0]), int(fields[1])
        # of dim 1 a line is two fields too, and a number may be a word
        if dim > 1 or not following or count == len(following) or len(first) == LOOK:
            if dim < 1:
                raise VsaError(f"{name}, line 1: the header says dim {dim}")
            if following and min(following) == max(following) != dim:
                raise VsaError(
                    f"{name}, line 1: the header says dim {dim}, line 2 has {following[0]} numbers"
                )
            return count, dim
    sizes = [len(first[0].rstrip(b" \r\n").split(b" ")) - 1, *following]
    if sizes[0] < 1:
        raise VsaError(f"{name}, line 1: a word and its numbers are wanted")
    # the commonest: a word with a blank, or a ragged line, is not what most lines are
    return None, max(set(sizes), key=lambda size: (sizes.count(size), -size))


def _decoded(word: bytes, name: str, number: int) -> str:
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError:
        raise VsaError(f"{name}, line {number}: the word {word!r} is not UTF-8") from None


def _numbers(fields: list[bytes], word: str, name: str, number: int) -> Array:
    try:
        values = np.array([float(field) for field in fields])
    except ValueError:
        bad = next(field for field in fields if not _is_number(field))
        text = shown(bad.decode("utf-8", "replace"))
        raise VsaError(f"{name}, line {number}: {text} is not a number") from None
    if not np.isfinite(values).all():
        raise VsaError(f"{name}, line {number}: the vector of {shown(word)} is not finite")
    return values


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
