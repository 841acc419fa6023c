r"""Binary trees of words, from bracketed text, nested lists and nltk's trees.

    ((very good) movie)            what belongs together stands in one bracket
    (NP: (AP: very good) movie)    a tag, the type of the composition, follows the bracket
    (: 10:30 train)                where the first word has a colon itself, the tag is empty
    (smile :\))                     after a backslash a bracket, a blank or a backslash is a letter

A bracket about one part is that part. One of three or more is refused, unless it is said how to
fold it. Nothing here recurses, so that depth is bounded by `DEPTH` alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.pictures import Drawable, Node
from vsa.pictures import Tree as Drawn
from vsa.plugin import shown

DEPTH = 1000  # of brackets
DRAWN = 200  # words and levels that are drawn
FOLDS = ("left", "right")
SIGNS = r"[\s():\\]"  # what a backslash makes a letter; before anything else it is one itself
ESCAPE = rf"\\{SIGNS}|\\(?!{SIGNS})"
WORD = rf"(?:[^\s()\\]|{ESCAPE})+"
TOKEN = re.compile(rf"\(\s*(?:(?P<tag>(?:[^\s():\\]|{ESCAPE})*):)?|\)|{WORD}")
ESCAPED = re.compile(rf"\\({SIGNS})")
ESCAPES = re.compile(rf"[\s()]|\\(?={SIGNS}|$)")

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Tree(Drawable):
    """A binary tree, flat: words are numbered from the left, compositions after them as they close.

    words: the n leaves, nodes 0 … n−1.  nodes: the compositions n … 2n−2, each (left, right, tag)
    after its parts; the root is the last node.
    """

    words: tuple[str, ...]
    nodes: tuple[tuple[int, int, str], ...] = ()
    vsa_name = "tree"

    @classmethod
    def of(cls, value: Any, fold: str | None = None) -> Tree:
        """A tree from text, from nested lists of words, or from nltk's (by `label()`).

        fold: "left" makes ((a b) c) of a bracket of three, "right" (a (b c)); refused unless given.
        """
        if isinstance(value, Tree):
            return value
        builder = Builder(fold)
        for event in written(value) if isinstance(value, str) else _nested(value):
            builder.take(*event)
        return builder.finish()

    @classmethod
    def pair(cls, left: Tree, right: Tree, tag: str = "") -> Tree:
        """The tree of two parts."""
        n, m = len(left.words), len(right.words)
        nodes = [(_moved(a, n, 0, m), _moved(b, n, 0, m), t) for a, b, t in left.nodes]
        more = len(left.nodes)
        nodes += [
            (_moved(a, m, n, n + more), _moved(b, m, n, n + more), t) for a, b, t in right.nodes
        ]
        roots = (_moved(left.root, n, 0, m), _moved(right.root, m, n, n + more))
        return cls(left.words + right.words, (*nodes, (*roots, tag)))

    @property
    def root(self) -> int:
        """The number of the last node."""
        return len(self.words) + len(self.nodes) - 1

    @property
    def depth(self) -> int:
        """Compositions on the longest way from a word to the root."""
        return int(self.heights[-1])

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def heights(self) -> Array:
        """0 for words, for compositions 1 more than their higher part (2n−1,)."""
        found = [0] * len(self.words)
        for left, right, _ in self.nodes:
            found.append(1 + max(found[left], found[right]))
        return np.array(found, dtype=np.int64)

    def number(self, node: int) -> int:
        """A node's number, counted from the end where negative."""
        count = self.root + 1
        if not -count <= node < count:
            raise VsaError(f"the tree {shown(str(self))} has {count} nodes, no node {node}")
        return node % count

    def at(self, node: int) -> Tree:
        """The tree under a node."""
        wanted = [self.number(node)]
        n = len(self.words)
        for one in wanted:  # grows while it is read: a part comes after what it is part of
            if one >= n:
                wanted += self.nodes[one - n][:2]
        chosen = sorted(wanted)
        place = {old: new for new, old in enumerate(chosen)}
        nodes = [self.nodes[i - n] for i in chosen if i >= n]
        return Tree(
            tuple(self.words[i] for i in chosen if i < n),
            tuple((place[left], place[right], tag) for left, right, tag in nodes),
        )

    def vsa_picture(self) -> Drawn:
        """Words and compositions, these with their tags; VsaError where it is too large to read."""
        if max(len(self), 2 * self.depth) > DRAWN:
            raise VsaError(
                f"a tree of {len(self)} words and {self.depth} levels is too large to draw: "
                "draw one of its parts, tree.at(node)"
            )
        parts = [Node(word) for word in self.words]
        for left, right, tag in self.nodes:
            parts.append(Node(tag, parts=(parts[left], parts[right])))
        return Drawn(parts[-1], title=str(self))

    def __str__(self) -> str:
        texts = list(map(escaped, self.words))
        for left, right, tag in self.nodes:
            colon = left < len(self.words) and ":" in texts[left]
            texts.append(bracketed([texts[left], texts[right]], colon, tag))
            texts[left] = texts[right] = ""  # used once: long chains stay small
        return texts[-1]


def escaped(word: str) -> str:
    """A word as it is written in a tree."""
    return ESCAPES.sub(r"\\\g<0>", word)


def bracketed(parts: Sequence[str], colon: bool, tag: str = "") -> str:
    """Parts in a bracket.  colon: whether the first is a word with one, which might be taken for a tag."""
    said = escaped(tag).replace(":", r"\:")
    inner = " ".join(parts)
    return f"({said}: {inner})" if tag or colon else f"({inner})"


def unescaped(token: str) -> str:
    """The word that was written so."""
    return ESCAPED.sub(r"\1", token)


def composed(word: str) -> str:
    """A word as it is compared: in Unicode's composed form (NFC)."""
    return word if word.isascii() else unicodedata.normalize("NFC", word)


def _moved(node: int, words: int, more: int, later: int) -> int:
    """A node's number in a larger tree: a word's moves by `more`, a composition's by `later`."""
    return node + (more if node < words else later)


# --- reading ---------------------------------------------------------------------------------------
Event = tuple[str, str, str]  # "(", ")" or a word's "w"; the tag or the word; the place


def checked_fold(fold: str | None) -> str | None:
    if fold is not None and fold not in FOLDS:
        raise VsaError(f"fold is 'left' or 'right', not {fold!r}")
    return fold


class Builder:
    """Puts a tree together from brackets and words in order; errors name the place."""

    def __init__(self, fold: str | None) -> None:
        self.fold = checked_fold(fold)
        self.words: list[str] = []
        self.nodes: list[tuple[int, int, str]] = []  # a composition's number k stands as −1−k
        self.open: list[tuple[str, str, list[int]]] = [("", "", [])]  # tag, place, parts

    def take(self, kind: str, text: str, place: str) -> None:
        parts = self.open[-1][2]
        if len(self.open) == 1 and parts and kind != ")":
            raise VsaError(f"the tree ends before {place}: put all of it in one bracket")
        if kind == "(":
            if len(self.open) > DEPTH:
                raise VsaError(f"brackets are nested more than {DEPTH:,} deep at {place}")
            self.open.append((text, place, []))
        elif kind == ")":
            if len(self.open) == 1:
                raise VsaError(f"the bracket at {place} closes nothing")
            self._close()
        else:
            parts.append(len(self.words))
            self.words.append(composed(text))

    def _close(self) -> None:
        tag, place, parts = self.open.pop()
        if not parts:
            raise VsaError(f"the bracket at {place} is empty")
        if len(parts) > 2 and self.fold is None:
            raise VsaError(
                f"the bracket at {place} has {len(parts)} parts: bracket two of them together, "
                'or say fold="left" or fold="right"'
            )
        first, *rest = parts if self.fold != "right" else parts[::-1]
        for part in rest:
            left, right = (part, first) if self.fold == "right" else (first, part)
            self.nodes.append((left, right, tag))
            first = -len(self.nodes)
        self.open[-1][2].append(first)

    def finish(self) -> Tree:
        if len(self.open) > 1:
            raise VsaError(f"the bracket at {self.open[-1][1]} is not closed")
        if not self.words:
            raise VsaError("the tree is empty: a word is wanted, or brackets such as (very good)")
        nodes = ((self.number(left), self.number(right), tag) for left, right, tag in self.nodes)
        return Tree(tuple(self.words), tuple(nodes))

    @property
    def last(self) -> int:
        """The part that was closed or read last, as it stands until all words are known."""
        return self.open[-1][2][-1]

    def number(self, part: int) -> int:
        """A part's node in the finished tree."""
        return part if part >= 0 else len(self.words) - 1 - part


def written(text: str) -> Iterator[Event]:
    """Brackets and words of a text, each with its place."""
    for match in TOKEN.finditer(text):
        token, place = match.group(), f"column {match.start() + 1}"
        if token[0] == "(":
            yield "(", unescaped(match.group("tag") or ""), place
        else:
            yield (")", "", place) if token == ")" else ("w", unescaped(token), place)


def _nested(value: Any) -> Iterator[Event]:
    """Brackets and words of nested sequences; a node's place is its way from the root, as 0.1."""
    waiting: list[tuple[Any, str] | None] = [(value, "")]
    while waiting:
        item = waiting.pop()
        if item is None:
            yield ")", "", ""
            continue
        node, way = item
        place = f"node {way}" if way else "the root"
        if isinstance(node, str):
            if not node.strip():
                raise VsaError(f"{place} is an empty word")
            yield "w", node, place
            continue
        if not isinstance(node, Sequence):
            what = type(node).__name__
            raise VsaError(
                f"{place} is of type {what}: a tree is text, or lists of words and lists"
            )
        label = getattr(node, "label", None)
        yield "(", str(label()) if callable(label) and label() is not None else "", place
        waiting.append(None)
        below = [(part, f"{way}.{i}" if way else str(i)) for i, part in enumerate(node)]
        waiting += below[::-1]


def trees_of(values: Iterable[Any], fold: str | None = None) -> list[Tree]:
    """Several trees; an error names the one it is in, counted from 1."""
    if isinstance(values, str | Tree):
        raise VsaError("trees are wanted as a list: put the one in [ ]")
    found = []
    for i, value in enumerate(values, 1):
        try:
            found.append(value if isinstance(value, Tree) else Tree.of(value, fold))
        except VsaError as error:
            raise VsaError(f"tree {i}: {error}") from None
    return found
