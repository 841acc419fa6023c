"""What structures share: what is left of a vector, and what it is cleaned up among."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from vsa.algebra.batches import by_rows
from vsa.algebra.metric import EQUAL
from vsa.algebra.vector import Vector
from vsa.annotations import VALUE
from vsa.errors import VsaError
from vsa.memory.answer import Answer
from vsa.memory.matches import Query
from vsa.memory.memory import Memory
from vsa.memory.scan import scan
from vsa.memory.storage import stored
from vsa.theory.load import UNKNOWN, Load
from vsa.theory.prior import PRIOR_NOTHING

PART_BLOCKS = 32  # of each operand, that a structure of a large batch is read at a time
STRANGERS = 16  # that are compared besides
CLEAR = 4  # standard deviations
ODDS = 1e6  # against what is as good as impossible
EMPTY = 1e-3  # a vector shorter than this is what subtraction leaves of nothing


def is_empty(vector: Vector) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether nothing is left, over the batch: a norm test, safe since residues are about 1e-6."""
    return np.asarray(terms_in(vector) < EMPTY**2)


def is_all(vector: Vector, part: Answer) -> np.ndarray[Any, Any]:
    """Whether what was found in a row is the whole of it, over the batch."""
    known = ~np.asarray(part.is_nothing)
    if not known.any():
        return known
    return known & np.asarray(host(vector, vector.similarities(part.vector)) > 1 - EMPTY)


def terms_in(vector: Vector) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """How many unit terms each plain sum of a batch holds, about: its squared norm."""
    return host(vector, vector.count_terms())


def host(vector: Vector, numbers: Any) -> np.ndarray[Any, Any]:
    """What `similarity`, `dot` or `norm` of a vector gave, as a NumPy array without gradient."""
    return np.asarray(
        numbers if isinstance(numbers, float) else vector.space.backend.numpy(numbers)
    )


def without_residue(vector: Vector) -> Vector:
    """What is only residue becomes exactly zero, row by row, so that it answers nothing."""
    return kept_of(vector, vector)


def kept_of(mark: Vector, vector: Vector) -> Vector:
    """A vector for each of another batch, zero where nothing is left of that one.

    Whether anything is zero is asked only where no device is waited for, or sums would be finished.
    """
    space = vector.space
    if vector.shape and space.closed and not space.backend.looks_first:
        return mark.scale(space.algebra.count_terms(vector.total) >= EMPTY**2)
    empty = is_empty(vector)
    if not empty.any():
        return mark
    return mark.scale(~empty) if vector.shape else space.zero()


def parts(*operands: Any) -> Iterator[tuple[Any, ...]]:
    """A large batch cut along its first axis, so that what is made on the way stays small.

    An operand is a Vector, an Answer, or anything else, which every part gets whole.
    """
    shapes = [x.shape for x in operands if isinstance(x, (Vector, Answer))]
    batch = np.broadcast_shapes(*shapes)
    space = next(x for x in operands if isinstance(x, Vector)).space
    row = 4 * space.algebra.packed * max(math.prod(batch[1:]), 1)
    step = max(PART_BLOCKS * space.backend.block_bytes // row, 1)
    if not batch or batch[0] <= step:
        yield operands
        return
    for start in range(0, batch[0], step):
        yield tuple(
            x[start : start + step]
            if isinstance(x, (Vector, Answer)) and len(x.shape) == len(batch) and len(x) > 1
            else x
            for x in operands
        )


def load_by_norm(query: Vector, *_: Any) -> Load:
    """The load of a plain sum of unit terms, each bound with a unitary key: its squared norm.

    Of a row that was made of a sum nothing is known any more.
    """
    return Load.power(terms_in(query)) if query.space.closed or not query.finished else UNKNOWN


def look(
    memory: Memory,
    query: Vector,
    *,
    prior_nothing: float = PRIOR_NOTHING,
    load: Load = UNKNOWN,
) -> Answer:
    """What a place of a structure holds: the query cleaned up among the items of memory.

    load: what the structure knows of that of each query, such as `load_by_norm(query)`.
    An item equal to the query is what was asked about and no answer, if it was remembered as a
    plain value; but it is one where nothing else is named. Items of a kind of their own always are.
    """
    kinds = memory.item_kinds
    answer = memory.cleanup(query, kinds=kinds, prior_nothing=prior_nothing, load=load)
    asked = np.argwhere(_asked_about(memory, answer)).tolist()
    if not asked:
        return answer
    found = {}
    for place in map(tuple, asked):
        one = query[place] if place else query
        row = int(answer.rows[(*place, 0)])
        if memory.space.metric.exact and not memory.table.equal(one, row):  # whole in an OR
            continue
        other = memory.cleanup(
            one, kinds=kinds, exclude=[row], prior_nothing=prior_nothing,
            load=load.over(query.shape)[place],
        )  # fmt: skip
        if not other.is_nothing:
            found[place] = other
    if not answer.shape:
        return found.get((), answer)

    for place, other in found.items():
        answer.found.put(place, other.found)
    return answer


def _asked_about(memory: Memory, answer: Answer) -> np.ndarray[Any, Any]:
    """Whether the best match of each query is the query itself, a plain value, over the batch."""
    bit = memory.state.bits.get(VALUE)
    rows = answer.rows[..., 0]
    if bit is None:
        return np.zeros(rows.shape, dtype=bool)
    words = memory.table.kinds[rows] if len(memory.table) else np.zeros(rows.shape)
    equal = (rows >= 0) & (answer.similarities[..., 0] > 1 - EQUAL)
    return np.asarray(equal & (words == 1 << bit))


def read(
    memory: Memory,
    form: Callable[..., Vector],
    *operands: Any,
    kinds: str | Sequence[str] | None = None,
    prior_nothing: float = PRIOR_NOTHING,
    load: Callable[..., Load] = lambda *_: UNKNOWN,
) -> Answer:
    """`look(memory, form(*operands))`, the queries made and looked up part by part.

    kinds: look among these alone.  load: load(query, *operands), what is known of it.
    """

    def answer(*part: Any) -> Answer:
        query = by_rows(form, *part)
        known = load(query, *part)
        if kinds is None:
            found = look(memory, query, prior_nothing=prior_nothing, load=known)
        else:
            found = memory.cleanup(query, kinds=kinds, prior_nothing=prior_nothing, load=known)
        return found.doubted(faint(query, part[0])) if query.space.algebra.contracts else found

    return Answer.concatenate([answer(*part) for part in parts(*operands)])


def faint(query: Vector, whole: Vector) -> np.ndarray[Any, Any]:
    """The odds that what was taken out of a whole was not in there, where then little is left.

    So it is in algebras of which `contracts` is true.

    Of each of K terms a foreign key leaves 1/d of the power, give or take √2/d.
    """
    held = np.maximum(terms_in(whole), EMPTY**2)
    least = (1 + CLEAR * np.sqrt(2 / np.maximum(held, 1))) / whole.space.algebra.freedom
    return np.where(terms_in(query) < least * held, ODDS, 0.0)


def bound_with(
    memory: Memory,
    whole: Vector,
    key: Vector,
    *,
    kinds: str | Sequence[str] | None = None,
    prior_nothing: float = PRIOR_NOTHING,
    load: Callable[..., Load] = lambda *_: UNKNOWN,
) -> Answer:
    """What is bound with a key in a superposition: x of x * key + …, as `read` answers.

    Unbound, where the algebra unbinds; else every item is bound with the key and compared.
    """
    if "unbinding" in whole.space.algebra.laws:
        form = operator.truediv
        return read(memory, form, whole, key, kinds=kinds, prior_nothing=prior_nothing, load=load)
    key = _alone(key)
    return _told_apart(memory, whole, lambda a, b: a * b, key, kinds, prior_nothing)


def bound_to(
    memory: Memory,
    whole: Vector,
    value: Vector,
    *,
    kinds: str | Sequence[str] | None = None,
    load: Callable[..., Load] = lambda *_: UNKNOWN,
) -> Answer:
    """What key a value is bound with in a superposition: x of value * x + …, likewise."""
    if "left-unbinding" in whole.space.algebra.laws:
        return read(memory, lambda w, v: w.left_unbind(v), whole, value, kinds=kinds, load=load)
    value = _alone(value)
    return _told_apart(memory, whole, lambda a, b: b * a, value, kinds)


def _told_apart(
    memory: Memory,
    whole: Vector,
    made: Callable[[Vector, Vector], Vector],
    known: Vector,
    *options: Any,
) -> Answer:
    """The items a of which made(a, known) is most like the whole.

    Doubted where what is bound resembles its parts: then a vector that is in no memory is bound with
    either of the two, and if the winner is no more like the whole than that, it was not bound with
    what is known, but one of them is in there.
    """
    answer = compared(memory, whole, lambda items: made(items, known), *options)
    space = whole.space
    if "unbinding" in space.algebra.laws or answer.is_nothing:
        return answer
    names = [f"compared/{i}" for i in range(STRANGERS)]
    strangers = space.stack([space.key(name) for name in names])
    odds = 0.0
    for others in (made(strangers, known), made(_alone(answer.vector), strangers)):
        control = Memory(space)
        control.add(names, others)
        cosines = control.cleanup(_alone(whole), STRANGERS).similarities
        mean, spread = float(cosines.mean()), max(float(cosines.std()), space.noise.deviation)
        above = (float(answer.similarity) - mean) / spread
        likelihood = math.exp(-(above**2) / 2) / (spread * math.sqrt(2 * math.pi))
        against = answer.items * likelihood * max(1 - mean, spread)
        odds = max(odds, against if above > 0 else ODDS)
    return answer.doubted(odds)


def _alone(vector: Vector) -> Vector:
    """Its numbers, without what it was made of."""
    return vector if vector.plain else vector.of_own(vector.own)


def compared(
    memory: Memory,
    whole: Vector,
    made: Callable[[Vector], Vector],
    kinds: str | Sequence[str] | None = None,
    prior_nothing: float = PRIOR_NOTHING,
) -> Answer:
    """The items of which something is made that is most like the whole: one product an item.

    made: of all of them, a batch, a batch of what to compare.
    """
    whole = _alone(whole)
    rows = memory.select(kinds=memory.item_kinds if kinds is None else kinds)
    with memory.lock:
        moment = memory.moment()
        made_of = made(memory.vectors(rows)) if len(rows) else whole.reshape(-1)[:0]
        if made_of.shape != rows.shape:
            raise VsaError("items can be compared with one key at a time, not with a batch of them")
        found = scan(Query(whole, stored(made_of)[0], np.arange(len(rows)), 1, prior_nothing))
        known = found.rows >= 0
        found.rows[known] = rows[found.rows[known]]
        found.names = memory.reported(found.rows)
    return Answer.of(memory, found, moment=moment)
