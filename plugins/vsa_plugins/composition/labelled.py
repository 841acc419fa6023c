"""Labelled phrases in a text file, one on each line, to learn from.

    positive<TAB>(very good)        the label of the whole, and a tree as elsewhere
    (4 (2 very) (3 good))           a label at every node, as in the Stanford sentiment treebank

A line that begins with a bracket and has no tab is of the second kind. Empty lines say nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from vsa import VsaError
from vsa.plugin import files
from vsa_plugins.composition.trees import WORD, Builder, Tree, checked_fold, unescaped
from vsa_plugins.composition.vectors import checked_text

TOKEN = re.compile(rf"[()]|{WORD}")
BLOCK = 1000  # lines between calls of `progress`

Labelled = tuple[Tree, dict[int, str]]  # the labels of nodes


def read_labelled(
    path: str | os.PathLike[str],
    fold: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> list[Labelled]:
    """The trees of a file with the labels of their nodes; .gz is unpacked; `fold` as in `Tree.of`.

    Raises VsaError that names file and line.
    """
    found: list[Labelled] = []
    checked_fold(fold)
    with files.read_lines(path) as (file, far):
        name = os.path.basename(os.fspath(path))
        for number, data in enumerate(file, 1):
            if progress is not None and number % BLOCK == 0:
                progress(name, far())
            checked_text(data, name, number)
            try:
                line = data.decode("utf-8-sig" if number == 1 else "utf-8")
                if line.strip():
                    found.append(_labelled(line, fold))
            except UnicodeDecodeError as error:
                what = f"byte 0x{data[error.start]:02x} is not UTF-8"
                raise VsaError(f"{name}, line {number}: {what}") from None
            except VsaError as error:
                raise VsaError(f"{name}, line {number}: {error}") from None
    if not found:
        raise VsaError(f"{name} is empty: a label, a tab and a tree are wanted on each line")
    return found


def _labelled(line: str, fold: str | None) -> Labelled:
    label, tab, text = line.partition("\t")
    if not tab:
        return labelled_tree(line, fold)
    if not label.strip():
        raise VsaError("there is no label before the tab")
    tree = Tree.of(text, fold)
    return tree, {tree.root: label.strip()}


def labelled_tree(text: str, fold: str | None = None) -> Labelled:
    """A tree in which each bracket begins with its label: (4 (2 very) (3 good))."""
    if not text.lstrip().startswith("("):
        raise VsaError(
            "a label, a tab and a tree are wanted, or brackets with labels: (4 (3 good))"
        )
    builder = Builder(fold)
    labels: dict[int, str] = {}
    open_labels: list[tuple[str, str]] = []  # of the brackets that are open, with their places
    bracket = ""  # the place of one whose label is to come
    for match in TOKEN.finditer(text):
        token, place = match.group(), f"column {match.start() + 1}"
        if bracket:
            if token in ("(", ")"):
                raise VsaError(f"the bracket at {bracket} has no label")
            open_labels.append((token, bracket))
            bracket = ""
        elif token == "(":
            builder.take("(", "", place)
            bracket = place
        elif token == ")":
            builder.take(")", "", place)
            label, start = open_labels.pop()
            inner = labels.setdefault(builder.last, label)
            if inner != label:
                raise VsaError(
                    f"the bracket at {start} has the label {label}, what is in it has {inner}"
                )
        else:
            builder.take("w", unescaped(token), place)
    tree = builder.finish()
    return tree, {builder.number(part): label for part, label in labels.items()}
