"""Trees whose branchings have any number of parts: a branching is mark_n + Σ ρ(partᵢ ⊛ kᵢ).

kᵢ is the key of the i-th part, of all branchings alike, and ρ the space's permutation: once a level, so
that the order of a path counts also where binding commutes, and a subtree is a tree like any other.
The product of the keys along a path, each permuted by its level, is the role of what stands there
(Frady, Kent, Olshausen and Sommer 2020). mark_n, which stands there unprotected, says that there is a
branching, and of how many parts: a tree is read without being told its form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from vsa import Answer, Expression, Memory, Session, Space, Vector, VsaError, bundle, hookimpl
from vsa.plugin import (
    PRIOR_UNKNOWN,
    ArgumentTypeError,
    ArgumentValueError,
    Structure,
    as_vector,
    checked,
    is_empty,
    load_by_norm,
    read,
    shown,
    suggest,
    terms_of,
    warn_past_capacity,
)
from vsa_plugins.composition.trees import bracketed, escaped, written
from vsa_plugins.memory import named

WIDEST = 32  # parts of a branching
DEEPEST = 64  # levels
SIDES = {"left": 1, "right": 2}
UNKNOWN = "?"  # is written for a leaf that memory lacks
Path = tuple[int, ...]
Found = dict[Path, Answer | int]  # how many parts, or a leaf
Nested = Any  # a leaf, or a list of such


# --- making ---------------------------------------------------------------------------------------
@checked
def branch(*parts: Vector) -> Vector:
    """A branching of a tree: its parts are leaves, which are any vectors, or branchings.

    From Python the parts may be batches.

    > leaf(branch(mark, branch(fish, john)), "right left")
    fish  …
    """
    if not parts:
        raise ArgumentValueError("a branching has at least one part")
    if len(parts) > WIDEST:
        raise ArgumentValueError(f"a branching has at most {WIDEST} parts, not {len(parts)}")
    space = parts[0].space
    space.algebra.need("a tree", "unbinding", "use sequence(…)")
    shape = np.broadcast_shapes(*(x.shape for x in parts))
    mark = _mark(space, len(parts))
    terms = [(part * _key(part, i)).permute() for i, part in enumerate(parts, 1)]
    return bundle(mark + space.zero(shape) if shape else mark, *terms)


@checked
def tree_of(what: object, *, memory: Memory, session: Session | None = None) -> Vector:
    """A tree from text in brackets, tree_of("(mark (fish john) eat)"), or from what tree"…" makes.

    The words are names of items. From Python it may also be nested lists of names and Vectors.

    > brackets(tree_of("(mark (fish john) eat)"))
    (mark (fish john) eat)
    """
    if getattr(type(what), "vsa_name", "") == "tree":  # of the plugin composition
        what = str(what)
    return _made(parsed(what) if isinstance(what, str) else what, memory, session)


def parsed(text: str) -> Nested:
    """Bracketed text as nested lists of words: "(a (b c))" is ["a", ["b", "c"]]."""
    open_: list[list[Nested]] = [[]]
    begun: list[str] = []
    for kind, word, place in written(text):
        if len(open_) == 1 and open_[0] and kind != ")":
            raise VsaError(f"the tree ends before {place}: put all of it in one bracket")
        if kind == "w":
            open_[-1].append(word)
        elif kind == "(":
            if word:
                raise VsaError(
                    f"the bracket at {place} has the tag {word!r}, which no vector keeps"
                )
            if len(open_) > DEEPEST:
                raise VsaError(f"brackets are nested more than {DEEPEST} deep at {place}")
            open_.append([])
            begun.append(place)
        elif not begun:
            raise VsaError(f"the bracket at {place} closes nothing")
        else:
            done, place = open_.pop(), begun.pop()
            if not done:
                raise VsaError(f"the bracket at {place} is empty")
            open_[-1].append(done)
    if begun:
        raise VsaError(f"the bracket at {begun[-1]} is not closed")
    if not open_[0]:
        raise VsaError("the tree is empty: a word is wanted, or brackets such as (mark fish)")
    return open_[0][0]


def _made(what: Nested, memory: Memory, session: Session | None, depth: int = 0) -> Vector:
    if isinstance(what, str):
        return named(what, "the tree", memory, session)
    if isinstance(what, (Vector, Answer)):
        return as_vector(what, "leaf")
    if not isinstance(what, (list, tuple)):
        raise ArgumentTypeError(
            "what a tree is made of is text in brackets, or lists of names, vectors and lists, not "
            f"{type(what).__name__}"
        )
    if depth >= DEEPEST:
        raise VsaError(f"lists are nested more than {DEEPEST} deep")
    return branch(*(_made(part, memory, session, depth + 1) for part in what))


def _key(vector: Vector, part: int) -> Vector:
    return vector.space.key(f"tree/{part}")


def _mark(space: Space, parts: int) -> Vector:
    """What stands at a branching of so many parts."""
    return space.key("tree/branching").protect(space.key("tree/parts"), parts)


# --- reading --------------------------------------------------------------------------------------
@checked
def subtree(tree: Vector, path: str | int) -> Vector:
    """What stands at the end of a path: subtree(t, "left right"), or by numbers, subtree(t, "3 1").

    It has the noise of the whole tree.

    > leaf(subtree(branch(mark, branch(fish, john)), 2), 1)
    fish  …
    """
    return _down(tree, path_of(path))


@checked
def leaf(tree: Vector, path: str | int, *, memory: Memory) -> Answer:
    """The leaf at the end of a path; nothing where there is none, or a branching.

    > leaf(tree_of("(mark (fish john) eat)"), "2 1")
    fish  …
    """
    way = path_of(path)
    answer = read(memory, lambda t: _down(t, way), tree, load=load_by_norm)
    load = terms_of(tree)
    warn_past_capacity(_about(load), [load], tree.space, answer.items, pairs=True)
    return answer


@checked
def leaves(tree: Vector, *, memory: Memory) -> Answer:
    """The leaves from left to right, each at its path.

    > leaves(branch(mark, fish))
    1  mark
    2  fish
    """
    found = _read(tree, memory)
    order = sorted(path for path, x in found.items() if isinstance(x, Answer))
    labels = tuple(" ".join(map(str, path)) for path in order)
    return Answer.stack([found[path] for path in order], labels=labels)  # type: ignore[misc]


@checked
def brackets(tree: Vector, *, memory: Memory) -> str:
    """A tree as text in brackets, `?` for a leaf that memory lacks.

    > brackets(branch(mark, branch(fish, john)))
    (mark (fish john))
    """
    found = nested(tree, memory=memory)

    def text(part: Nested) -> str:
        if not isinstance(part, list):
            return UNKNOWN if part is None else escaped(part)
        texts = [text(x) for x in part]
        return bracketed(texts, not isinstance(part[0], list) and ":" in texts[0])

    return text(found)


@checked
def nested(tree: Vector, *, memory: Memory) -> list[Any]:
    """A tree as nested lists of names, None for a leaf that memory lacks."""
    return _folded(_read(tree, memory), lambda a: a.name, lambda *parts: list(parts))  # type: ignore[no-any-return]


@checked
def fold(
    tree: Vector,
    function: Expression | Callable[..., Any],
    *,
    memory: Memory,
    session: Session | None = None,
) -> object:
    """A function of the parts of each branching, from the leaves up: fold(t, bind).

    > similarity(fold(branch(mark, fish), bind), mark * fish)
    1
    """
    found = _read(tree, memory)
    for path, part in found.items():
        if isinstance(part, Answer) and part.is_nothing:
            raise VsaError(
                f"the leaf at {_said(path)} is not in memory, so nothing can be made of it"
            )
    if not isinstance(function, Expression):
        return _folded(found, lambda a: a.vector, function)
    name = function.name
    if name is None or session is None:
        raise ArgumentValueError(f"fold wants the name of a function, not {function.text}")

    def named(answer: Answer) -> str:
        if not str(answer.name).isidentifier():
            raise VsaError(
                f"the leaf {answer.name} has a name that cannot be typed: give it another"
            )
        return str(answer.name)

    text = _folded(found, named, lambda *parts: f"{name}({', '.join(parts)})")
    return session.run(text)[-1]


def path_of(path: str | int) -> Path:
    """Numbers of parts, from the root down: "left right" and "1 2" are (1, 2)."""
    way = []
    for step in str(path).split():
        number = SIDES.get(step) or (int(step) if step.isdecimal() else 0)
        if not 1 <= number <= WIDEST:
            near = suggest(step, SIDES) or f"a part is left, right or a number from 1 to {WIDEST}"
            raise ArgumentValueError(f"there is no part {shown(step)} in a path; {near}")
        way.append(number)
    if len(way) > DEEPEST:
        raise ArgumentValueError(f"a path has at most {DEEPEST} steps, not {len(way)}")
    return tuple(way)


def _said(path: Path) -> str:
    return f"the path {' '.join(map(str, path))!r}" if path else "the root"


def _down(tree: Vector, path: Path) -> Vector:
    for part in path:
        tree = tree.permute(-1) / _key(tree, part)
    return tree


def _read(tree: Vector, memory: Memory) -> Found:
    """What stands at each path: how many parts, or a leaf. Read level by level."""
    tree.space.algebra.need("a tree", "unbinding", "use sequence(…)")
    if tree.shape:
        raise ArgumentValueError("one tree is read at a time, not a batch; leaf(…) reads batches")
    if is_empty(tree):
        raise VsaError("the tree is empty")
    load = terms_of(tree)
    found: Found = {}
    level: dict[Path, Vector] = {(): tree}
    while level:
        answers, counts = _look(tree.space.stack(list(level.values())), memory)
        below: dict[Path, Vector] = {}
        for i, (path, row) in enumerate(level.items()):
            count = int(counts[i]) if len(path) < DEEPEST else 0
            found[path] = count or answers[i]
            below |= {(*path, part): _down(row, (part,)) for part in range(1, count + 1)}
        level = below
        if len(found) + len(level) > 4 * load + WIDEST:
            raise VsaError("more parts are found than the tree can have: it is past its capacity")
    warn_past_capacity(_about(load), [load] * len(found), tree.space, answers.items, pairs=True)
    return found


def _look(rows: Vector, memory: Memory) -> tuple[Answer, np.ndarray[Any, Any]]:
    """The item in each row, and how many parts; 0 where it is more like an item that is no tree."""
    answers = read(  # what a mark counts is there
        memory, lambda t: t, rows, load=load_by_norm, prior_nothing=PRIOR_UNKNOWN
    )
    marks = _marks(rows.space)
    found = marks.cleanup(rows, load=load_by_norm(rows))
    item = np.where(answers.is_nothing, -1, answers.similarity)
    itself = ~marks.cleanup(answers.vector).is_nothing
    there = ~found.is_nothing & ((found.similarity >= item) | itself)
    return answers, np.where(there, found.rows[..., 0] + 1, 0)


def _marks(space: Space) -> Memory:
    """The marks of branchings of 1, 2 … parts, in this order."""

    def made() -> Memory:
        marks, counts = Memory(space), range(1, WIDEST + 1)
        marks.add([f"tree/parts/{n}" for n in counts], [_mark(space, n) for n in counts])
        return marks

    kept: Memory = space.kept("tree/parts", made)
    return kept


def _folded(found: Found, leaf: Callable[[Answer], Any], function: Callable[..., Any]) -> Any:
    """A value for the root, of values for the leaves; those deepest first."""
    values: dict[Path, Any] = {}
    for path in sorted(found, key=len, reverse=True):
        part = found[path]
        if isinstance(part, Answer):
            values[path] = leaf(part)
        else:
            values[path] = function(*(values[(*path, i)] for i in range(1, part + 1)))
    return values[()]


def _about(load: float) -> str:
    return f"a tree of about {round(load)} leaves and branchings"


# --- as a whole ------------------------------------------------------------------------------------
def _constituents(tree: Vector, memory: Memory) -> Any:
    found = _read(tree, memory)
    if isinstance(found[()], Answer):
        raise VsaError("this is no tree, or past its capacity: no branching is found in it")
    return _folded(found, lambda a: a, lambda *of: [(str(i), x) for i, x in enumerate(of, 1)])


def _known(vector: Vector, memory: Memory) -> float:
    mark = _marks(vector.space).cleanup(vector, load=load_by_norm(vector))
    return float(mark.probability) if _look(vector.reshape(1), memory)[1][0] else 0.0


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Trees, from parts or from text, and how they are read."""
    return [branch, tree_of, subtree, leaf, leaves, brackets, fold]


@hookimpl
def vsa_structures() -> Mapping[str, Structure]:
    """How a tree is read, which is known by its mark."""
    return {"tree": Structure(_constituents, _known)}
