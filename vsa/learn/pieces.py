"""Long texts, piece by piece: their n-grams counted as if they were read whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from vsa.errors import ArgumentTypeError

PIECE = 1 << 18  # characters at a time
ROOM = 1 << 17  # different n-grams counted before they are given away
SPACES = re.compile(r"\s\s+")  # that CountVectorizer takes for a single one


def pieces_of(name: str, file: Any) -> Iterator[str]:
    """The texts that make up one: an open file is read, other things are gone through."""
    pieces = iter(partial(file.read, PIECE), "") if hasattr(file, "read") else iter(file)
    for piece in pieces:
        if not isinstance(piece, str):
            mend = ": open it as text" if isinstance(piece, bytes) else ""
            raise ArgumentTypeError(f"{name} gives {type(piece).__name__}, not text{mend}")
        yield piece


def counted(pieces: Iterable[str], counter: Any) -> Iterator[Counter[str]]:
    """How often each n-gram is in a text, of which there are pieces; the counts add up.

    counter: a CountVectorizer of "char", "char_wb" or "word".  What is held is a piece, a word and
    `ROOM` counts; n-grams over the end of a piece are counted once, with the next.
    """
    analyze = counter.build_analyzer()
    before = counter.ngram_range[1] - 1  # characters or words that the next n-grams may begin with
    found: Counter[str] = Counter()
    tail = ""
    for part in _parts(pieces, whole_words=counter.analyzer != "char"):
        text = SPACES.sub(" ", part.lower() if counter.lowercase else part)
        if counter.analyzer == "word":
            text = f"{tail} {text}"
        elif counter.analyzer == "char":
            text = tail + text
        found.update(analyze(text))
        found.subtract(analyze(tail))
        if counter.analyzer == "word":
            words = counter.build_tokenizer()(text)
            tail = " ".join(words[max(len(words) - before, 0) :])
        elif counter.analyzer == "char":
            tail = text[max(len(text) - before, 0) :]
        if len(found) > ROOM:
            yield +found
            found = Counter()
    yield +found


def _parts(pieces: Iterable[str], whole_words: bool) -> Iterator[str]:
    """A text in parts of about `PIECE` characters, cut before white space.

    Where there is none it is cut anywhere, unless words are to be whole.
    """
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size < PIECE:
            continue
        text = "".join(held)
        end = text.rstrip()
        # the white space that the last word comes after; else the end, which is no white space
        cut = len(end) - len(end.rsplit(maxsplit=1)[-1]) if end else 0
        cut = len(text[:cut].rstrip()) or (0 if whole_words else len(end))
        if cut:
            yield text[:cut]
        held, size = [text[cut:]], len(text) - cut
    yield "".join(held)
