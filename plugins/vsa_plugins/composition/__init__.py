"""Composition: words that act on words, each with a content and an operator, and learnt by both.

Start reading at `language.py` (what is typed), `trees.py` (what is composed), `forms.py` (how) and
`model.py` (the network). `batch.py` turns trees into levels, `training.py` fits a softmax at their
nodes, `vectors.py` reads word vectors. torch is imported when a composer is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vsa.hookspecs import hookimpl

__all__ = ["Classifier", "Composer", "Phrase", "Tree", "read_vectors", "train"]
HOMES = {
    "Classifier": "training", "Composer": "model", "Phrase": "phrase", "Tree": "trees",
    "read_vectors": "vectors", "train": "training",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"vsa_plugins.composition.{HOMES[name]}"), name)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """words and load_words, which bring compose and similar."""
    from vsa_plugins.composition.language import FUNCTIONS

    return FUNCTIONS


@hookimpl
def vsa_types() -> Iterable[type]:
    """Tree, Words, Phrase."""
    from vsa_plugins.composition.phrase import Phrase, Words
    from vsa_plugins.composition.trees import Tree

    return [Tree, Words, Phrase]


@hookimpl
def vsa_literals() -> Mapping[str, Callable[..., Any]]:
    """tree"…"."""
    from vsa_plugins.composition.language import tree

    return {"tree": tree}
