"""Composition in the language: what is typed to have words, to compose them and to compare.

A session has one composer, a value under the name `composer`, as a loaded family is: what adds
words to it puts another in its place, so a statement that fails or is undone leaves the old one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from vsa.errors import VsaError
from vsa.functions import Function, from_python
from vsa.lang.session import Session
from vsa.lang.values import Table
from vsa_plugins.composition.phrase import Phrase, Words, phrases
from vsa_plugins.composition.trees import Tree

if TYPE_CHECKING:
    from vsa_plugins.composition.model import Composer

CURRENT = "composer"  # the name under which a session has its words
DIM = 25  # of contents, unless said
UNKNOWN = ("error", "atom")


def words(
    *names: str,
    dim: int | None = None,
    form: str | None = None,
    rank: int | None = None,
    types: str = "",
    session: Session,
) -> Words:
    """Words that can be composed, added to those there are: words("very", "good").

    The first call decides dim= of contents (25), form= ("matrix"; "vector", "linear", "rnn", "mean",
    "product", "concatenation", "application"), rank= of the matrices and types= "AP NP", the tags
    whose compositions have weights of their own. It makes `compose`, `similar` and `composer` known.

    > words("very", "good", "movie")
    3 words, matrix form, dim 25
    """
    said = {"dim": dim, "form": form, "rank": rank, "types": types.split() or None}
    given = {name: value for name, value in said.items() if value is not None}
    known = session.values.get(CURRENT)
    if not isinstance(known, Words):
        from vsa_plugins.composition.model import Composer

        settings: Any = {"dim": DIM, "seed": session.space.seed, **given}
        return _put(session, Composer(names, **settings))
    for name, value in given.items():
        if known.composer.settings[name] != value:
            raise VsaError(
                f"the composer has {name}={known.composer.settings[name]!r}: leave {name}= out"
            )
    return _put(session, known.composer.with_words(names))


def load_words(path: str, *names: str, session: Session) -> Words:
    """Word vectors of a word2vec or GloVe text file as contents: load_words("glove.txt", "very").

    Only the named words are read, or those that the session has; of a first composer all of them.

    > load_words("examples/data/adjectives.txt", "good", "bad")
    2 words, matrix form, dim 4
    """
    from vsa_plugins.composition.vectors import read_vectors

    known = session.values.get(CURRENT)
    have = known.composer.words if isinstance(known, Words) else ()
    wanted = list(names or have) or None
    step = 1000  # of the progress that is drawn

    def progress(title: str, share: float) -> None:
        session.progress(title, round(step * share), step)

    found = read_vectors(path, wanted, progress)
    missing = [name for name in names if name not in found]
    if missing:
        raise VsaError(f"the file has no vector of {', '.join(map(repr, missing[:4]))}")
    if not found:
        raise VsaError("the file has no vector of any of the session's words: name some")
    if isinstance(known, Words):
        return _put(session, known.composer.with_contents(found))
    from vsa_plugins.composition.model import Composer

    return _put(session, Composer([], vectors=found, seed=session.space.seed))


def tree(text: str) -> Tree:
    """A tree of words: tree"((very good) movie)", tree"(NP: (AP: very good) movie)".

    > tree"((very good) movie)"
    ((very good) movie)
    """
    return Tree.of(text)


def compose(what: str | Tree, unknown: str = "error", *, session: Session) -> Phrase:
    """What a phrase comes to: compose("((very good) movie)") or compose(tree"(very good)").

    A word that is not known is an error, or with unknown="atom" it becomes one.

    > c = words("very", "good"); compose("(very good)")
    (very good), a content of length
    """
    if unknown not in UNKNOWN:
        raise VsaError(f"unknown is one of {', '.join(UNKNOWN)}, not {unknown!r}")
    composer = _current(session)
    parsed = Tree.of(what)
    if unknown == "atom" and not set(parsed.words) <= set(composer.index):
        composer = _put(session, composer.with_words(parsed.words)).composer
    return phrases(composer, [parsed])[0]


def similar(phrase: Phrase, *others: Phrase, count: int = 10) -> Table:
    """The words most similar to a phrase, or how similar other phrases are to it, best first.

    > c = words("very", "good"); similar(compose("good"))
    phrase  similarity
    good          1.00
    """
    if count < 1:
        raise VsaError(f"count must be at least 1, not {count}")
    return Table(["phrase", "similarity"], phrase.similar(others, count))


def _current(session: Session) -> Composer:
    known = session.values.get(CURRENT)
    if not isinstance(known, Words):
        raise VsaError('there are no words to compose: make some, as in words("very", "good")')
    return known.composer


def _put(session: Session, composer: Composer) -> Words:
    """Make a composer the session's, with the functions that need one."""
    held = Words(composer)
    made: dict[str, Any] = {**_functions(), CURRENT: held}
    taken = [name for name, value in made.items() if not _replaceable(session, name, value)]
    if taken:
        raise VsaError(
            f"{', '.join(taken)}: in use in this session, and composition needs "
            f"{'these names' if len(taken) > 1 else 'the name'}; make the words first"
        )
    for name, value in made.items():
        if session.values.get(name) is not value:
            session.set(name, value)
    return held


@cache
def _functions() -> dict[str, Function]:
    """Functions that come with words: until then their names are free for symbols."""
    plugin = __name__.split(".")[1]
    made = (from_python(call, plugin, (Session,)) for call in WITH_WORDS)
    return {function.name: function for function in made}


def _replaceable(session: Session, name: str, value: Any) -> bool:
    """Whether a session's name is free, or has what composition gave it."""
    try:
        found = session.lookup(name)
    except KeyError:
        return True
    return found is value or (name == CURRENT and isinstance(found, Words))


FUNCTIONS: list[Callable[..., Any]] = [words, load_words]
WITH_WORDS: list[Callable[..., Any]] = [compose, similar]
