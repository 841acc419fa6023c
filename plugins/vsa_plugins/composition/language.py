"""Composition in the language: what is typed to have words, to compose, compare and train them.

A session has one composer, a value under the name `composer`, as a loaded family is: what adds
words to it puts another in its place, so a statement that fails or is undone leaves the old one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from vsa import Session, Table, VsaError
from vsa.plugin import Names, Within, bring
from vsa_plugins.composition.batch import unknown as unknown_word
from vsa_plugins.composition.phrase import Phrase, Words, phrases
from vsa_plugins.composition.trees import Tree, composed

if TYPE_CHECKING:
    from vsa_plugins.composition.classifier import Classifier
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
    whose compositions have weights of their own. It makes `compose`, `similar`, `train`, `classify`
    and `composer` known.

    > words("very", "good", "movie")
    3 words, matrix form, dim 25
    """
    for name in names:
        if not name.strip() or re.search(r"[\s()]", name):  # load_words knows phrases too
            raise VsaError(f"{name!r} is not a word: letters without blanks or round brackets")
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
    return _put(session, known.composer.with_words(names), known.classifier)


def load_words(
    path: Annotated[str, Names("file", ".txt", ".vec")], *names: str, session: Session
) -> Words:
    """Word vectors of a word2vec or GloVe text file as contents: load_words("glove.txt", "very").

    Only the named words are read, or those that the session has; of a first composer all of them.

    > load_words("examples/data/adjectives.txt", "good", "bad")
    2 words, matrix form, dim 4
    """
    from vsa_plugins.composition.vectors import read_vectors

    known = session.values.get(CURRENT)
    have = known.composer.words if isinstance(known, Words) else ()
    names = tuple(map(composed, names))
    wanted = list(names or have) or None
    found = read_vectors(path, wanted, _progress(session))
    missing = [name for name in names if name not in found]
    if missing:
        raise VsaError(f"the file has no vector of {', '.join(map(repr, missing[:4]))}")
    if not found:
        raise VsaError("the file has no vector of any of the session's words: name some")
    if isinstance(known, Words):
        return _put(session, known.composer.with_contents(found), known.classifier)
    from vsa_plugins.composition.model import Composer

    return _put(session, Composer([], vectors=found, seed=session.space.seed))


def tree(text: str) -> Tree:
    """A tree of words: tree"((very good) movie)", tree"(NP: (AP: very good) movie)".

    > tree"((very good) movie)"
    ((very good) movie)
    """
    return Tree.of(text)


def compose(
    what: str | Tree, unknown: str = "error", fold: str | None = None, *, session: Session
) -> Phrase:
    """What a phrase comes to: compose("((very good) movie)") or compose(tree"(very good)").

    A word that is not known is an error, or with unknown="atom" it becomes one. fold="left" makes
    ((a b) c) of a bracket of three, "right" (a (b c)).

    > c = words("very", "good"); compose("(very good)")
    (very good), a content of length …
    """
    if unknown not in UNKNOWN:
        raise VsaError(f"unknown is one of {', '.join(UNKNOWN)}, not {unknown!r}")
    known = _current(session)
    parsed = Tree.of(what, fold)
    fresh = [word for word in parsed.words if word not in known.composer.index]
    if fresh and unknown == "atom":
        known = _put(session, known.composer.with_words(fresh), known.classifier)
    elif fresh:
        mend = 'add it first, or say unknown="atom"'
        raise unknown_word(fresh[0], [parsed], known.composer.index, mend)
    return phrases(known.composer, [parsed])[0]


def similar(phrase: Phrase, *others: Phrase, count: int = 10) -> Table:
    """The words most similar to a phrase, or how similar other phrases are to it, best first.

    > c = words("very", "good"); similar(compose("good"))
    phrase  similarity
    good          1.00
    …
    """
    if count < 1:
        raise VsaError(f"count must be at least 1, not {count}")
    return Table(["phrase", "similarity"], phrase.similar(others, count))


def train(
    path: Annotated[str, Names("file", ".txt")],
    epochs: Annotated[int, Within(1, 1_000_000)] = 100,
    rate: float = 0.01,
    held_out: float = 0,
    batch: Annotated[int, Within(1, 1_000_000)] = 16,
    decay: float = 0.01,
    fold: str | None = None,
    threads: Annotated[int, Within(1, 1024)] = 1,
    *,
    session: Session,
) -> Words:
    """Learn labels from a file of labelled phrases: train("examples/data/phrases.txt").

    A line is a label, a tab and a tree, or a tree with a label in each bracket: (4 (2 very) (3 good)).
    New words become words. A softmax at what is labelled trains words and weights, `batch` phrases a
    step; decay= keeps what is not a word small, and answers less sure. held_out=0.1 leaves so many
    phrases out, tells how many of them come out right, and stops ten epochs after the best. Ctrl-C
    stops training too. The best so far is kept, and training again goes on from it. One thread
    learns, which is the quickest while the model is small; threads=4 may be for a large one.

    > c = words(); train("examples/data/phrases.txt")
    18 words, matrix form, dim 25, 3 labels; …
    """
    from vsa_plugins.composition.labelled import read_labelled
    from vsa_plugins.composition.training import train as fit

    known = _current(session)
    progress = _progress(session)
    pairs = read_labelled(path, fold, progress)
    composer = known.composer.with_words(word for tree, _ in pairs for word in tree.words)
    start = known.classifier.with_composer(composer) if known.classifier else composer

    def count(title: str, share: float) -> None:
        session.progress(title, round(epochs * share), epochs)

    learnt = fit(
        start, pairs, epochs=epochs, rate=rate, held_out=held_out, batch=batch,
        decay=decay, seed=session.space.seed, threads=threads, progress=count,
    )  # fmt: skip
    if not learnt.history:  # interrupted before there was anything to keep
        raise KeyboardInterrupt
    return _put(session, learnt.composer, learnt)


def classify(what: str | Tree | Phrase, parts: bool = False, *, session: Session) -> Table:
    """The labels of a phrase after training, the likeliest first; with parts=true of all its parts.

    Of a phrase that was composed before, the words count as they are now.

    > c = words(); c = train("examples/data/phrases.txt"); classify("(not (very bad))", parts=true)
    phrase            label …
    not               neutral …
    very              neutral …
    bad               negative  …
    (very bad)        negative  …
    (not (very bad))  neutral  …
    """
    known = _current(session)
    if known.classifier is None:
        raise VsaError('no label has been learnt: train them from a file, train("phrases.txt")')
    tree = what.tree if isinstance(what, Phrase) else Tree.of(what)
    nodes = range(tree.root + 1) if parts else [tree.root]
    plan = known.composer.plan([tree], [(0, node) for node in nodes])
    shares = known.classifier.probabilities(plan)
    if not parts:
        found = zip(known.classifier.labels, map(float, shares[0]), strict=True)
        return Table(["label", "P"], sorted(found, key=lambda pair: -pair[1]))
    rows = [
        (str(tree.at(node)), known.classifier.labels[int(row.argmax())], float(row.max()))
        for node, row in zip(nodes, shares, strict=True)
    ]
    return Table(["phrase", "label", "P"], rows)


def _progress(session: Session) -> Callable[[str, float], None]:
    """Tells the session the share of a file that is read."""
    step = 1000

    def progress(title: str, share: float) -> None:
        session.progress(title, round(step * share), step)

    return progress


def _current(session: Session) -> Words:
    known = session.values.get(CURRENT)
    if not isinstance(known, Words):
        raise VsaError('there are no words to compose: make some, as in words("very", "good")')
    return known


def _put(session: Session, composer: Composer, classifier: Classifier | None = None) -> Words:
    """Make a composer the session's, with the functions that need one."""
    if classifier is not None and classifier.composer is not composer:
        classifier = classifier.with_composer(composer)
    held = Words(composer, classifier)
    bring(session, {**session.plugins.brings("words"), CURRENT: held}, _refusal, CURRENT)
    return held


def _refusal(_: list[str]) -> str:
    return f"{CURRENT!r} is to name the words: give yours another name, in a new session"


def known_with_words() -> dict[str, Any]:
    """What becomes known with any words; CURRENT is theirs."""
    return {**{function.__name__: function for function in WITH_WORDS}, CURRENT: None}


FUNCTIONS: list[Callable[..., Any]] = [words, load_words]
WITH_WORDS: list[Callable[..., Any]] = [compose, similar, train, classify]
