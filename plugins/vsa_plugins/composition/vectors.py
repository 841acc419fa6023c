"""Word vectors from text files of word2vec (a header line: count, dim) and GloVe (none).

A file may be gigabytes, so it is read line by line and only the wanted words' numbers are parsed.
The numbers are the last `dim` fields of a line, which blanks or tabs separate: words may hold blanks
themselves. Words are in Unicode's composed form (NFC), as the names of atoms are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from itertools import chain, islice

import numpy as np

from vsa import VsaError
from vsa.plugin import files, shown
from vsa_plugins.composition.trees import Array, composed

LOOK = 16  # lines by which a file without header shows its dim
BLOCK = 10_000  # lines between calls of `progress`
BOM = b"\xef\xbb\xbf"
NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def read_vectors(
    path: str | os.PathLike[str],
    words: Iterable[str] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, Array]:
    """The vectors (dim,) of the wanted words that a file has, or of all; .gz is unpacked.

    Every line's number of fields is looked at, wanted or not. Of a word that comes twice the first
    holds, as in gensim; a blank as a word and blank lines at the end say nothing. A word that is
    not UTF-8 is passed over where others are wanted. Raises VsaError that names file and line.
    """
    if isinstance(words, str):
        raise VsaError(f"words are wanted as a list: [{words!r}]")
    wanted = None if words is None else set(map(composed, words))
    with files.read_lines(path) as (file, far):
        name = os.path.basename(os.fspath(path))
        first = list(islice(file, LOOK))
        first[:1] = [line.removeprefix(BOM) for line in first[:1]]
        for number, line in enumerate(first, 1):  # before they are asked for a dim
            checked_text(line, name, number)
        count, dim = _header(first, name)
        found: dict[str, Array] = {}
        seen = empty = 0
        start = 1 if count is None else 2
        for number, line in enumerate(islice(chain(first, file), start - 1, None), start):
            checked_text(line, name, number)
            if progress is not None and number % BLOCK == 0:
                progress(name, far())
            fields = line.rsplit(None, dim)
            if not fields:
                empty = empty or number
                continue
            if empty:
                raise VsaError(f"{name}, line {empty}: it is empty")
            seen += 1
            if len(fields) == dim and line[:1].isspace() and NUMBER.fullmatch(fields[0]):
                continue  # the word is a blank, which nobody can ask for
            if len(fields) <= dim or _has_more(fields[0], line):
                has = len(line.split()) - 1
                raise VsaError(f"{name}, line {number}: it has {has} numbers, not {dim}")
            word = _decoded(fields[0].lstrip(), wanted, name, number)
            if word is None or word in found or (wanted is not None and word not in wanted):
                continue
            found[word] = _numbers(fields[1:], word, name, number)
        if count is not None and seen != count:
            raise VsaError(
                f"{name}, line 1: the header says {count:,} words, the file has {seen:,}"
            )
    if progress is not None:
        progress(name, 1.0)
    return found


def checked_text(line: bytes, name: str, number: int) -> None:
    """Refuse a line that no text file has."""
    if b"\0" in line:
        raise VsaError(f"{name}, line {number}: it is not text, but has a byte 0x00")


def _header(first: list[bytes], name: str) -> tuple[int | None, int]:
    """The number of words, if a header says it, and the dim."""
    lines = [line.split() for line in first]
    if not any(lines):
        raise VsaError(f"{name} is empty")
    if not lines[0]:
        raise VsaError(f"{name}, line 1: it is empty")
    head, *following = filter(None, lines)
    sizes = [_trailing(fields) for fields in following]
    if len(head) == 2 and all(field.isdigit() for field in head):
        count, dim = int(head[0]), int(head[1])
        # of dim 1 a line is two fields too, and a number may be a word
        if dim > 1 or not following or count == len(following) or len(first) == LOOK:
            if dim < 1:
                raise VsaError(f"{name}, line 1: the header says dim {dim}")
            if sizes and min(sizes) == max(sizes) != dim:
                raise VsaError(
                    f"{name}, line 1: the header says dim {dim}, line 2 has {sizes[0]} numbers"
                )
            return count, dim
    sizes = [_trailing(head), *sizes]
    if sizes[0] < 1:
        what = "a word and its numbers are wanted"
        if len(head) > 1:
            what = f"{_text(head[1])} is not a number"
        raise VsaError(f"{name}, line 1: {what}")
    # the commonest: a word that ends with a number, or a ragged line, is not what most lines are
    return None, max(set(sizes), key=lambda size: (sizes.count(size), -size))


def _trailing(fields: list[bytes]) -> int:
    """How many numbers end a line; the first field is a word, whatever it looks like."""
    size = 0
    while size < len(fields) - 1 and _is_number(fields[-1 - size]):
        size += 1
    return size


def _has_more(word: bytes, line: bytes) -> bool:
    """Whether what stands before the last `dim` numbers ends with one more: a ragged line.

    A phrase may end with a number where a tab ends the phrase.
    """
    parts = word.split()
    if len(parts) < 2 or not NUMBER.fullmatch(parts[-1]):
        return False
    return b"\t" in word.strip() or line[len(word) : len(word) + 1] != b"\t"


def _decoded(word: bytes, wanted: set[str] | None, name: str, number: int) -> str | None:
    """The word; None where it is not UTF-8 and nobody asks for it."""
    try:
        return composed(word.decode("utf-8"))
    except UnicodeDecodeError:
        if wanted is not None and word.decode("latin-1") not in wanted:
            return None
        raise VsaError(f"{name}, line {number}: the word {word!r} is not UTF-8") from None


def _numbers(fields: list[bytes], word: str, name: str, number: int) -> Array:
    try:
        values = np.array([float(field) for field in fields])
    except ValueError:
        bad = next(field for field in fields if not _is_number(field))
        raise VsaError(f"{name}, line {number}: {_text(bad)} is not a number") from None
    if not np.isfinite(values).all():
        raise VsaError(f"{name}, line {number}: the vector of {shown(word)} is not finite")
    return values


def _text(field: bytes) -> str:
    return shown(field.decode("utf-8", "replace"))


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
