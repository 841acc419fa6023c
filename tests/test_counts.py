"""Every whole number that a function of the language takes: a huge one ends, at once, in one line."""

from typing import Annotated

import numpy as np
import pytest
from vsa_plugins.sequence import decode, sequence

import vsa
from vsa import Space, VsaError, hookimpl, load_plugins
from vsa.errors import ArgumentValueError
from vsa.plugin import Function, Within, checked

HUGE = 1e14
MOST = "must be a whole number of at most"
TRIO = 'f = load_family(family"x mother y; y mother z"); '
# What is typed, and the error, or None where so large a number means something.
CALLS = {
    ("permute", "times"): ("permute(a, 1e14)", None),
    ("copy_noise", "pairs"): ("copy_noise(1e14)", "would take hours"),
    ("copy_noise", "copies"): ("copy_noise(9, copies=1e14)", "would take hours at dim 64: give at most"),
    ("learn_task", "steps"): ('learn_task("copy", 1e14)', f"steps {MOST} 1,000,000,"),
    ("learn_task", "hidden"): ('learn_task("copy", 2, 1e14)', f"hidden {MOST} 4,096,"),
    ("learn_task", "copies"): (
        'learn_task("copy", 2, 2, 1e14)', f"copies {MOST} 1,000, not"
    ),
    ("learn_task", "threads"): ('learn_task("copy", threads=1e14)', f"threads {MOST} 1,024"),
    ("chunks", "size"): ("chunks(a, b, size=1e14)", None),
    ("chunk_size", "items"): ("chunk_size(1e14)", None),
    ("words", "dim"): ('words("x", dim=1e14)', f"dim {MOST} 1,000,000"),
    ("words", "rank"): ('words("x", rank=1e14)', "rank"),
    ("dictionary", "room"): ("dictionary(room=1e14)", f"room {MOST} 10,000,000, not"),
    ("graph", "room"): ("graph(room=1e14)", f"room {MOST} 10,000,000, not"),
    ("analogy", "steps"): ("analogy(a, a, a, 1e14)", f"steps {MOST} 2, not"),
    ("analogs", "k"): ("analogs(a, 1e14)", f"k {MOST} 1,000, not"),
    ("most", "k"): ("most(multiset(a), 1e14)", f"k {MOST} 1,000,000, not"),
    ("sweep", "low"): ('sweep("items", 1e14, 1e14, a)', f"low {MOST} 10,000,000"),
    ("sweep", "high"): ('sweep("dim", 2, 1e14, a)', f"high {MOST} 10,000,000"),
    ("sweep", "trials"): (
        'sweep("dim", 2, 4, a, trials=1e9)', f"trials {MOST} 10,000, not 1000000000"
    ),
    ("advise", "items"): ("advise(1e14, 2)", f"items {MOST} 1,000,000,000"),
    ("advise", "terms"): ("advise(9, 1e14)", f"terms {MOST} 4,096"),
    ("advise", "bytes"): ("advise(9, 2, bytes=1e14, timed=false)", None),
    ("accuracy", "k"): ("accuracy(1e14)", None),
    ("accuracy", "items"): ("accuracy(9, 1e14)", None),
    ("needed_dim", "k"): ("needed_dim(1e9)", "no dim up to 67108864 of the algebra 'hrr' would do"),
    ("algebras", "items"): ('algebras("hrr", a, items=1e14)', "items"),
    ("algebras", "trials"): ('algebras("hrr", a, trials=1e14)', "trials"),
    ("needed_dim", "items"): ("needed_dim(9, 1e14)", None),
    ("load_family", "dim"): ('load_family(family"x mother y", dim=1e14)', "dim"),
    ("exactly", "ways"): (
        'f = load_family(family"x mother y"); exactly(mother, 1e14)(person("x"))', None
    ),
    ("at_least", "ways"): (
        'f = load_family(family"x mother y"); at_least(mother, 1e14)(person("x"))', None
    ),
    ("load_table", "limit"): (
        'load_table("examples/data/animals.csv", name="animal", limit=1e14)', f"limit {MOST} 1,000,000,000"
    ),
    ("similar_rows", "k"): ("similar_rows(a, 1e14)", f"k {MOST} 10,000, not"),
    ("score", "folds"): ("score(folds=1e14)", f"folds {MOST} 100, not"),
    ("rows_like", "k"): (
        't = load_table("examples/data/animals.csv", name="t"); rows_like(t, legs=2, k=1e14)',
        f"k {MOST} 10,000, not",
    ),
    ("reliability", "low"): ('reliability("items", 1e14, 1e14, a)', f"low {MOST} 10,000,000"),
    ("reliability", "high"): ('reliability("dim", 2, 1e14, a)', f"high {MOST} 10,000,000"),
    ("reliability", "trials"): ('reliability("dim", 2, 4, a, trials=1e9)', f"trials {MOST} 10,000, not"),
    ("capacity_curve", "terms"): ("capacity_curve(1e14)", f"terms {MOST} 4,096, not"),
    ("capacity_curve", "items"): ("capacity_curve(2, 1e14)", f"items {MOST} 100,000, not"),
    ("capacity_curve", "low"): ("capacity_curve(2, 9, 1e14)", f"low {MOST} 65,536, not"),
    ("capacity_curve", "high"): ("capacity_curve(2, 9, 8, 1e14)", f"high {MOST} 65,536, not"),
    ("capacity_curve", "trials"): ("capacity_curve(2, trials=1e14)", f"trials {MOST} 10,000, not"),
    ("factor", "terms"): ("factor(a, {a}, {b}, terms=1e14)", f"terms {MOST} 1,000,"),
    ("rule", "most"): ("rule({a, b}, a, most=1e14)", f"most {MOST} 1,000,"),
    ("cleanup", "k"): ("cleanup(a, k=1e14)", None),
    ("text", "n"): ('text("abc", n=1e14)', f"n {MOST} 100, not"),
    ("number_of", "terms"): ("number_of(a, 0, 1, terms=1e14)", f"terms {MOST} 1,000,"),
    ("where", "axes"): ("where(a, a, axes=1e14)", f"axes {MOST} 3,"),
    ("item", "position"): ("item([a, b], 1e14)", "a power must be a number up to 1e+06"),
    ("decode", "length"): ("decode([a, b], 1e14)", f"length {MOST} 10,000, not"),
    ("leaf", "path"): ("leaf(a, 1e14)", "there is no part '100000000000000' in a path"),
    ("subtree", "path"): ("subtree(a, 1e14)", "there is no part '100000000000000' in a path"),
    ("append", "length"): ("append([a, b], a, 1e14)", "a power must be a number up to 1e+06"),
    ("concatenate", "length"): ("concatenate([a], [b], 1e14)", "a power must be a number up to 1e+06"),
    ("unchain", "length"): (
        "unchain(chain(a, b), 1e14)", f"length {MOST} 10,000, not"
    ),
    ("ngrams", "n"): ("ngrams(1e14, a, b)", "n must be from 1 to the number of items, 2"),
    ("read", "steps"): ("read(sparse_memory(), a, steps=1e14)", f"steps {MOST} 10,000,"),
    ("sparse_memory", "locations"): ("sparse_memory(locations=1e14)", f"locations {MOST}"),
    ("sparse_memory", "active"): ("sparse_memory(active=1e14)", f"active {MOST}"),
    ("settle", "steps"): ("settle(a, steps=1e14)", f"steps {MOST} 1,000,000,"),
    ("like", "k"): ('t = token(a); u = token(a); like(t, k=1e14)', None),
    ("similar", "count"): ('c = words("x", "y"); similar(compose("x"), count=1e14)', None),
    ("train", "epochs"): ('c = words(); train("none", 1e14)', f"epochs {MOST} 1,000,000"),
    ("train", "batch"): ('c = words(); train("none", batch=1e14)', f"batch {MOST} 1,000,000"),
    ("train", "threads"): ('c = words(); train("none", threads=1e14)', f"threads {MOST} 1,024"),
    ("person", "born"): (TRIO + 'person("x", born=1e14)', "born"),
    ("person", "died"): (TRIO + 'person("x", died=1e14)', "died"),
    ("relation", "length"): (TRIO + 'relation(person("x"), person("z"), 1e14)', None),
    ("tree", "up"): (
        TRIO + 'tree(person("x"), up=1e14)', f"up, which counts generations, {MOST} 50"
    ),
    ("tree", "down"): (
        TRIO + 'tree(person("x"), down=1e14)', f"down, which counts generations, {MOST} 50"
    ),
}  # fmt: skip


def test_every_count_is_here():
    plugins = load_plugins()
    brought = [value for name in plugins.bringers for value in plugins.brings(name).values()]
    functions = [*plugins.functions.values(), *(f for f in brought if isinstance(f, Function))]
    taken = {(f.name, p.name) for f in functions for p in f.parameters if int in p.types}
    assert taken == CALLS.keys()


@pytest.mark.parametrize("call", CALLS, ids=".".join)
def test_a_huge_count_ends(call):
    text, wanted = CALLS[call]
    session = vsa.Session(Space(dim=64))
    session.run("atom a, b")
    if wanted is None:
        session.run(text)
        return
    with pytest.raises(VsaError) as error:
        session.run(text)
    assert wanted in str(error.value).split("\n")[0]


@checked
def numbers(
    count: Annotated[int, Within(2, 5)],
    share: Annotated[float, Within(0, 1)] = 0.5,
    more: Annotated[int | None, Within(most=9)] = None,
) -> int:
    """Some numbers, in their bounds.

    > numbers(2)
    2
    """
    return count


def some(count: Annotated[int, Within(1, 3)]) -> int:
    """A number, in its bounds."""
    return count


class Plugin:
    @hookimpl
    def vsa_functions(self):
        return [numbers]

    @hookimpl
    def vsa_commands(self):
        return [some]


def test_bounds_hold_in_python_too():
    space, memory = Space(dim=64), vsa.Memory(Space(dim=64))
    with pytest.raises(ArgumentValueError, match=f"length {MOST} 10,000"):
        decode(sequence(space.atom("a")), int(HUGE), memory=memory)
    assert numbers(np.int64(5), 1, more=None) == 5
    for call, said in (
        (lambda: numbers(6), f"count {MOST} 5, not 6"),
        (lambda: numbers(np.float64(1)), "count must be a whole number of at least 2, not 1"),
        (lambda: numbers(2, 1.5), "share must be a number in [0, 1], not 1.5"),
        (lambda: numbers(2, more=10), f"more {MOST} 9, not 10"),
    ):
        with pytest.raises(ArgumentValueError) as error:
            call()
        assert str(error.value) == said


def test_bounds_in_the_language():
    plugins = load_plugins(extra=[("bounds", Plugin())])
    assert plugins.errors == []
    session = vsa.Session(Space(dim=16), plugins=plugins)
    assert session.run("numbers(5, 1, 9); :some 1 + 2") == [5, 3]
    for text, said in (
        ("numbers(1e300)", "a whole number is wanted here, not a number so large"),
        ("numbers(6)", f"count {MOST} 5, not 6"),
        ("numbers(2, share=2)", "share must be a number in [0, 1], not 2.0"),
        (":some 4", f"count {MOST} 3, not 4"),
    ):
        with pytest.raises(VsaError) as error:
            session.run(text)
        assert str(error.value).split("\n")[0] == said
