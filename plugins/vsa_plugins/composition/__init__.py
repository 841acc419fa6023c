"""Composition: words that act on words, each with a content and an operator, and learnt by both.

Start reading at `language.py` (what is typed), `trees.py` (what is composed), `forms.py` (how) and
`model.py` (the network). `batch.py` turns trees into levels; in large batches vectors go down the
trees instead (`applied.py` plans it, `handed.py` does it); `operations.py` leaves to NumPy what is
not differentiated. `training.py` fits a softmax at the nodes (`classifier.py`), `vectors.py` reads
word vectors and `labelled.py` labelled phrases. torch is imported when a composer is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vsa import hookimpl

__all__ = ["Classifier", "Composer", "Phrase", "Tree", "read_labelled", "read_vectors", "train"]
HOMES = {
    "Classifier": "classifier", "Composer": "model", "Phrase": "phrase", "Tree": "trees",
    "read_labelled": "labelled", "read_vectors": "vectors", "train": "training",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"vsa_plugins.composition.{HOMES[name]}"), name)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """words and load_words, which bring compose, similar, train and classify."""
    from vsa_plugins.composition.language import FUNCTIONS

    return FUNCTIONS


@hookimpl
def vsa_brings() -> Mapping[str, Callable[[], Mapping[str, Any]]]:
    """What composes words, once there are some."""
    from vsa_plugins.composition.language import known_with_words

    return {"words": known_with_words, "load_words": known_with_words}


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
