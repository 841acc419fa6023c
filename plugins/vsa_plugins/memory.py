"""Looking into memory: cleanup, members of a bundle, remembering and forgetting, vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from vsa import Answer, Answers, Expression, Memory, Session, Set, Table, Vector, VsaError, hookimpl
from vsa.plugin import (
    PRIOR_NOTHING,
    ArgumentTypeError,
    ArgumentValueError,
    Names,
    arguments,
    as_vector,
    checked,
    describe,
    membership,
    shown,
    suggest,
)

STRUCTURAL = ("slot", "chunk", "type")  # kinds that their structures alone make


@checked
def cleanup(
    v: Vector,
    k: int = 1,
    *,
    among: Set | Annotated[str, Names("vocabulary")] | None = None,
    exclude: Set | None = None,
    prior_nothing: float = PRIOR_NOTHING,
    load: float | None = None,
    coverage: float | None = None,
    exact: bool = False,
    memory: Memory,
) -> Answer:
    """The nearest items of memory, with similarity and probability.

    among: a set such as {mark, john}, or the name of a vocabulary; exclude: a set.
    prior_nothing: how likely it is beforehand that nothing is right; 0 if something must be.
    load: how many terms of equal length v holds, where that is known.
    coverage: in place of k, as many items as hold the right one, or nothing, so surely.
    exact: compare with every item, however many there are.

    > cleanup(mark + 0.2 * fish)
    mark  …
    > cleanup(mark * fish, coverage=0.5)
    nothing  …
    """
    within = among.of(memory) if isinstance(among, Set) else among
    without = exclude.of(memory) if exclude is not None else ()
    kinds = memory.item_kinds if within is None else None
    return memory.cleanup(
        v, k, among=within, kinds=kinds, exclude=without, prior_nothing=prior_nothing,
        load=load, coverage=coverage, exact=exact or None,
    )  # fmt: skip


@checked
def members(v: Vector, kind: Annotated[str, Names("kind")] = "", *, memory: Memory) -> Answer:
    """The items of a plain bundle: several are right at once, each with its own probability.

    > members(mark + fish)
    [mark, fish]
    """
    chosen: Any = kind or memory.item_kinds
    if v.shape:
        raise ArgumentValueError("members reads one bundle at a time, not a batch")
    rows = memory.select(kinds=chosen)
    if not len(rows):
        raise VsaError("there is no such item in memory")
    cosines = memory.space.backend.numpy(memory.similarities(v.reshape(1), rows))[0]
    metric = memory.space.metric
    noises, _ = metric.noises(metric.queries(v.data[None])[0])  # its own, where it follows from it
    probability = membership(cosines, noises[0])
    return memory.answers(rows, cosines, probability, noises[0])


@checked
def remember(x: Expression, kind: str = "value", *, memory: Memory, session: Session) -> None:
    """Put a value into memory under the name it has, so that cleanup can find it.

    > s = mark * fish; remember(s); cleanup(mark * fish)
    s  …
    """
    vector = x.evaluate()
    vector = vector.vector if isinstance(vector, Answer) else vector
    if not isinstance(vector, Vector):
        raise VsaError(f"only vectors can be remembered, and {x.text} is none")
    if not kind.isidentifier() or kind in {*memory.state.internal, *STRUCTURAL}:
        raise ArgumentValueError(
            f"{kind!r} cannot be a kind of your own: use a word that no structure has"
        )
    name = getattr(x, "name", None) or session.unused(kind)
    if name in memory:
        if name in memory.names_of(vector):
            return
        memory.rename(name, session.unused(f"{name}/old"))
    memory.add(name, vector, kind=kind)


@checked
def forget(x: Expression, *, memory: Memory) -> None:
    """Take an item out of memory; the name keeps its value.

    > forget(fish); cleanup(fish)
    nothing  …
    """
    name = getattr(x, "name", None)
    if name is None or name not in memory:
        raise VsaError(f"{x.text} is not the name of an item in memory")
    memory.remove(name)


@checked
def set_(*members: object, memory: Memory) -> Set:
    """Some items as a set, `{mark, fish}`; repeated members are counted.

    Of a batch each is a member, of a batch of answers each item that they name.

    > {mark, fish} | {john}
    {mark, fish, john}
    > {members(mark + fish)} == {fish, mark}
    true
    """
    chosen: list[Any] = []
    codebooks: set[Any] = set()
    found: dict[int, list[int]] = {}  # a value mentioned often is looked up once
    for member in members:
        if isinstance(member, Set):
            raise ArgumentTypeError("a set has items as members, not other sets: join sets with |")
        if hasattr(member, "vsa_member"):
            codebook, identity = member.vsa_member()
            chosen.append(identity)
            codebooks.add(codebook)
        elif isinstance(member, Vector) or hasattr(member, "vsa_vector"):
            if id(member) not in found:
                found[id(member)] = _rows(member, memory)
            chosen += found[id(member)]
            codebooks.add(memory)
        else:
            raise ArgumentTypeError(
                f"a set has items of memory as members, not {describe((type(member),), member)}"
            )
    if len(codebooks) > 1:
        raise VsaError("the members of a set must be of one codebook")
    return Set(codebooks.pop() if codebooks else memory, chosen)


def _rows(member: Any, memory: Memory) -> list[int]:
    """The rows of the items that a member is, or stands for."""
    vector = member if isinstance(member, Vector) else member.vsa_vector()
    rows = memory.rows_of(vector).reshape(-1)
    if isinstance(member, Answers):
        rows = rows[~member.is_nothing.reshape(-1)]
    if (rows < 0).any():
        raise VsaError("a member of a set must be an item of memory: remember(x) it first")
    return list(rows.tolist())


@checked
def counts(members: Set) -> Table:
    """The members of a set and their counts, the greatest first.

    > counts({mark, fish, mark})
    member  count
    mark        2
    fish        1
    """
    return Table(["member", "count"], sorted(members.labelled(), key=lambda row: -row[1]))


@checked
def vocabulary(name: str, members: Set, *, memory: Memory) -> None:
    """Name a set of items, so that cleanup can look among them alone.

    > vocabulary("people", {mark, john}); cleanup(mark + fish, among="people")
    mark  …
    """
    memory.define_scope(name, map(memory.label, members.of(memory)))


@checked
def kinds(*, memory: Memory) -> Table:
    """How many items of each kind memory holds.

    > kinds()
    kind items
    …
    """
    return Table(["kind", "items"], [(kind, len(memory.names(kind))) for kind in memory.kinds])


def named(name: str, where: str, memory: Memory, session: Session | None = None) -> Vector:
    """The vector that a name in the text of a structure stands for."""
    arguments.checked_instance("memory", memory, Memory, "a Memory")
    try:
        found = memory[name] if session is None else session.named(name)
        if not isinstance(found, (Vector, Answer)) and name in memory:  # of a function's name
            found = memory[name]
    except KeyError:
        near = suggest(name, memory) or "it must be the name of an item"
        raise VsaError(f"unknown name {shown(name)} in {where}; {near}") from None
    return as_vector(found, name)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Cleanup and what changes memory."""
    return [cleanup, members, remember, forget, set_, counts, vocabulary, kinds]
