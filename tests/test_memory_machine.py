"""Any sequence of changes to a memory, against plain dictionaries that are copied whole."""

import copy
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa.algebra.hrr import HRR
from vsa.algebra.space import Space
from vsa.memory.journal import Journal
from vsa.memory.memory import Memory

NAMES = ["a", "b", "c", "d", "e", "x/1", "x/2", "x/3"]
KINDS = ["atom", "token", "chunk/1", "chunk/2"]
SCOPES = ["people", "things"]
VECTORS = 6
ZERO = VECTORS  # the number of the zero vector
DEPTH = 6  # of undo


class RefusedError(Exception):
    """What the model raises where the memory raises VsaError."""


class Model:
    """The same memory with numbers for vectors."""

    def __init__(self):
        self.kind = {}  # of each name
        self.rows = []  # numbers of vectors, in the order in which each was first stored
        self.names = {}  # number → names, oldest first
        self.scopes = {}

    def add(self, names, numbers, kind, scope):
        if len(set(names)) < len(names) or any(n in self.kind for n in names) or ZERO in numbers:
            raise RefusedError
        for name, number in zip(names, numbers, strict=True):
            if number not in self.rows:
                self.rows.append(number)
            self.names.setdefault(number, []).append(name)
            self.kind[name] = kind
        if scope is not None:
            self.scopes[scope] = self.scopes.get(scope, frozenset()) | set(names)

    def remove(self, name):
        if name not in self.kind:
            raise RefusedError
        del self.kind[name]
        self.names[self.number(name)].remove(name)
        self.scopes = {scope: names - {name} for scope, names in self.scopes.items()}

    def rename(self, old, new):
        if old not in self.kind or new in self.kind:
            raise RefusedError
        self.kind[new] = self.kind.pop(old)
        names = self.names[self.number(old)]
        names[names.index(old)] = new
        for scope, members in self.scopes.items():
            if old in members:
                self.scopes[scope] = members - {old} | {new}

    def define_scope(self, scope, names):
        if any(name not in self.kind for name in names):
            raise RefusedError
        self.scopes[scope] = frozenset(names)

    def number(self, name):
        return next(n for n, names in self.names.items() if name in names)

    def order(self):
        return [name for number in self.rows for name in self.names[number]]

    def reported(self, number):
        chosen = [n for n in self.names[number] if "/" not in n] or self.names[number]
        return chosen[0]


names = st.sampled_from(NAMES)
changes = st.one_of(
    st.lists(st.tuples(names, st.integers(0, ZERO - 1) | st.integers(0, ZERO)), max_size=4).flatmap(
        lambda pairs: st.tuples(
            st.just("add"), st.just([n for n, _ in pairs]), st.just([v for _, v in pairs]),
            st.sampled_from(KINDS), st.sampled_from(SCOPES) | st.none(),
        )
    ),
    st.tuples(st.just("remove"), names),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("define_scope"), st.sampled_from(SCOPES), st.lists(names, max_size=3)),
)  # fmt: skip


class MemoryMachine(RuleBasedStateMachine):
    space = Space(64)

    def __init__(self):
        super().__init__()
        self.memory = Memory(self.space, Journal(DEPTH))
        self.model = Model()
        self.undone = deque(maxlen=DEPTH)
        atoms = self.space.batch(map(str, range(VECTORS)))
        again = self.space.vector(atoms.numpy())  # the same up to rounding
        self.vectors = [*atoms, self.space.zero()]
        self.others = [*again, self.space.zero()]
        self.count = 0

    def change(self, what, *arguments):
        """Change both, or neither; returns whether they were changed."""
        before = copy.deepcopy(self.model)
        try:
            getattr(self.model, what)(*arguments)
        except RefusedError:
            self.model = before
            with pytest.raises(vsa.VsaError):
                self.perform(what, *arguments)
            return False
        self.perform(what, *arguments)
        return True

    def perform(self, what, *arguments):
        if what == "add":
            new, numbers, kind, scope = arguments
            self.count += 1
            drawn = self.vectors if self.count % 2 else self.others
            self.memory.add(new, [drawn[n] for n in numbers], kind, scope)
        else:
            getattr(self.memory, what)(*arguments)

    @rule(change=changes)
    def one_change(self, change):
        before = copy.deepcopy(self.model)
        if self.change(*change):
            self.undone.append(before)

    @rule(several=st.lists(changes, max_size=5), fails=st.booleans())
    def several_in_a_transaction(self, several, fails):
        before = copy.deepcopy(self.model)
        try:
            with self.memory.journal.transaction("several"):
                changed = [self.change(*change) for change in several]
                if fails:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            self.model = before
            return
        if any(changed):
            self.undone.append(before)

    @rule(several=st.lists(changes, max_size=3), rehearsed=st.lists(changes, max_size=3))
    def some_of_them_rehearsed(self, several, rehearsed):
        before = copy.deepcopy(self.model)
        with self.memory.journal.transaction("several"):
            changed = [self.change(*change) for change in several]
            between = copy.deepcopy(self.model)
            with self.memory.journal.rehearsal():
                for change in rehearsed:
                    self.change(*change)
            self.model = between
        if any(changed):
            self.undone.append(before)

    @rule(times=st.integers(1, DEPTH + 1))
    def undo(self, times):
        for _ in range(times):
            if not self.undone:
                with pytest.raises(vsa.VsaError, match="nothing to undo"):
                    self.memory.journal.undo()
                return
            self.memory.journal.undo()
            self.model = self.undone.pop()

    @rule(several=st.lists(changes | st.just(("undo",)), min_size=2, max_size=3))
    def several_by_threads_at_once(self, several):
        """What they come to, and which of them are refused, is that of some order of them."""
        with ThreadPoolExecutor(len(several)) as pool:
            done = list(pool.map(lambda change: self.succeeds(*change), several))
        model, undone = self.model, self.undone
        for order in permutations(range(len(several))):
            self.model, self.undone = copy.deepcopy(model), undone.copy()
            if all(self.would_succeed(*several[i]) == done[i] for i in order) and self.agrees():
                return
        raise AssertionError(f"{several} gave {done}, which no order of them does")

    def succeeds(self, what, *arguments):
        try:
            self.memory.journal.undo() if what == "undo" else self.perform(what, *arguments)
        except vsa.VsaError:
            return False
        return True

    def would_succeed(self, what, *arguments):
        """The same in the model; what is refused changes nothing."""
        if what == "undo":
            if self.undone:
                self.model = copy.deepcopy(self.undone.pop())  # other orders are tried with it, too
                return True
            return False
        before = copy.deepcopy(self.model)
        try:
            getattr(self.model, what)(*arguments)
        except RefusedError:
            self.model = before
            return False
        self.undone.append(before)
        return True

    def agrees(self):
        memory, model = self.memory, self.model
        kinds = {name: memory.kind(name) for name in memory}
        return (memory.names(), kinds, memory.scopes) == (model.order(), model.kind, model.scopes)

    @invariant()
    def the_names_agree(self):
        memory, model = self.memory, self.model
        assert list(memory) == memory.names() == model.order()
        assert len(memory) == len(model.kind)
        assert {n for n in NAMES if n in memory} == set(model.kind)
        assert {name: memory.kind(name) for name in memory} == model.kind
        assert memory.kinds == sorted(set(model.kind.values()))
        for kind in KINDS:
            assert memory.names(kind) == [n for n in model.order() if model.kind[n] == kind]
        assert memory.scopes == model.scopes
        for number in range(VECTORS):
            assert memory.names_of(self.others[number]) == model.names.get(number, [])

    @invariant()
    def cleanup_finds_what_there_is(self):
        wanted = {"all": {}, **{k: {"kinds": k} for k in KINDS}, "chunks": {"kinds": "chunk/*"}}
        wanted |= {scope: {"among": scope} for scope in self.model.scopes}
        present = [n for n in ("a", "x/1") if n in self.model.kind]
        wanted["without"] = {"exclude": ["a", "x/1"], "kinds": KINDS[:2]}
        wanted["these"] = {"among": present}
        queries = self.space.stack(self.vectors[:VECTORS])
        for where in wanted.values():
            expected = [self.eligible(number, where) for number in range(VECTORS)]
            answer = self.memory.cleanup(queries, k=VECTORS, **where)
            assert answer.items == sum(expected)
            for number, found in enumerate(answer):
                reported = self.model.reported(number) if expected[number] else None
                sure = found.similarity > 0.999
                assert (found.name if sure else None) == reported
                assert sure == expected[number]

    def eligible(self, number, where):
        names = self.model.names.get(number, [])
        kinds = where.get("kinds", "*")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        inside = where.get("among", names)
        inside = self.model.scopes[inside] if isinstance(inside, str) else inside
        return (
            any(self.is_of(self.model.kind[n], k) for n in names for k in kinds)
            and any(n in inside for n in names)
            and not any(n in where.get("exclude", ()) for n in names)
        )

    @staticmethod
    def is_of(kind, wanted):
        return kind.startswith(wanted[:-1]) if wanted.endswith("*") else kind == wanted

    @invariant()
    def the_vectors_are_there(self):
        for name in self.memory:
            number = self.model.number(name)
            assert np.allclose(self.memory[name].numpy(), self.vectors[number].numpy(), atol=1e-6)


def machine(algebra, backend, examples):
    class Machine(MemoryMachine):
        space = Space(64, algebra, backend=backend)

    case = Machine.TestCase
    case.settings = settings(max_examples=examples, stateful_step_count=20)
    return case


TestOfHRR = machine(HRR, "numpy", 40)
TestOfMAPB = machine(MAPB, "numpy", 15)
if "torch" in PRESENT:
    TestOnTorch = machine(HRR, "torch", 5)
if "cupy" in PRESENT:
    TestOnCupy = machine(HRR, "cupy", 5)
