"""Kinship: relations as matrices over the people of a family, composed like words.

Floors, each above the last: `codes/` (vectors and matrices), `family/` (people, facts and files),
`relations/` (what a relation is and how it is answered; the kin words), `drawing/` (trees), and
`language.py` (what is typed). `learn/` fits relations to examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vsa import hookimpl

__all__ = [
    "USUAL", "WORDS", "Codes", "Family", "Pedigree", "Person", "Record", "Relation", "ask",
    "relation_between", "tree_svg", "tree_text",
]  # fmt: skip
HOMES = {
    "Codes": "codes", "Family": "family", "Person": "family", "Record": "family",
    "Relation": "relations", "WORDS": "relations.words", "USUAL": "relations.words",
    "relation_between": "relations.between",
    "Pedigree": "drawing", "tree_svg": "drawing", "tree_text": "drawing", "ask": "language",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"vsa_plugins.kinship.{HOMES[name]}"), name)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """load_family, which brings person, relation and tree; exactly, at_least."""
    from vsa_plugins.kinship.language import FUNCTIONS

    return FUNCTIONS


@hookimpl
def vsa_brings() -> Mapping[str, Callable[[], Mapping[str, Any]]]:
    """The kin words and what asks about people, once a family is there."""
    from vsa_plugins.kinship.language import known_with_a_family

    return {"load_family": known_with_a_family}


@hookimpl
def vsa_types() -> Iterable[type]:
    """Family, Person, Relation, Pedigree."""
    from vsa_plugins.kinship.drawing import Pedigree
    from vsa_plugins.kinship.family import Family, Person
    from vsa_plugins.kinship.relations import Relation

    return [Family, Person, Relation, Pedigree]


@hookimpl
def vsa_literals() -> Mapping[str, Callable[..., Any]]:
    """family"…"."""
    from vsa_plugins.kinship.language import family

    return {"family": family}


@hookimpl
def vsa_commands() -> Iterable[Callable[..., Any]]:
    """:tree."""
    from vsa_plugins.kinship.language import tree_command

    return [tree_command]


@hookimpl
def vsa_renderers() -> Mapping[type, Callable[[Any], str]]:
    """Relations with their definitions, families with what was doubted."""
    from vsa_plugins.kinship.family import Family
    from vsa_plugins.kinship.language import show_family, show_relation
    from vsa_plugins.kinship.relations import Relation

    return {Relation: show_relation, Family: show_family}
