"""Any sequence of changes to a kept memory, with moves to a mapped file, against itself reopened."""

import tempfile
from contextlib import suppress
from pathlib import Path

from backends import PRESENT
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import vsa
from vsa.persist import keeper, open_memory

NAMES = ["a", "b", "c", "d", "x/1"]


class Kept(RuleBasedStateMachine):
    """A memory that is kept, with moves to a mapped file, against itself opened again, on any backend."""

    def __init__(self):
        super().__init__()
        self.limit, keeper.LARGE = keeper.LARGE, 6 * 16 * 4
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "m.vsa"
        self.memory = open_memory(self.path, vsa.Space(dim=16))
        self.count = 0

    @rule(
        names=st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=3),
        kind=st.sampled_from(["atom", "token"]),
        scope=st.sampled_from([None, "s"]),
        of=st.sampled_from(["a", "b", ""]),
    )
    def add(self, names, kind, scope, of):
        self.count += 1
        vectors = self.memory.space.batch([of or f"{n}{self.count}" for n in names])
        self._try(self.memory.add, names, vectors, kind=kind, scope=scope)

    @rule(name=st.sampled_from(NAMES))
    def remove(self, name):
        self._try(self.memory.remove, name)

    @rule(old=st.sampled_from(NAMES), new=st.sampled_from(NAMES))
    def rename(self, old, new):
        self._try(self.memory.rename, old, new)

    @rule()
    def undo(self):
        self._try(self.memory.journal.undo)

    @rule()
    def two_in_one(self):
        with self.memory.journal.transaction("two"):
            self.add(["a"], "atom", None, "")
            self.remove("a")
            self.add(["a", "b"], "token", None, "")
            self.rename("a", "c")

    @rule(backend=st.sampled_from(PRESENT))
    def reopen(self, backend):
        before = self._state()
        self.memory.close()
        self.memory = open_memory(self.path, backend=backend)
        assert self._state() == before

    def _try(self, change, *args, **more):
        with suppress(vsa.VsaError):
            change(*args, **more)

    def _state(self):
        memory = self.memory
        state = memory.state
        shown_names = [None if k == 0 else n for n, k in zip(
            memory.table.names.tolist(), memory.table.kinds.tolist(), strict=True)]  # fmt: skip
        aliases = {
            row: tuple(n for n in names if state.rows.get(n) == row)
            for row, names in state.aliases.items()
        }
        return (
            state.rows, state.kinds, {k: v for k, v in aliases.items() if v}, state.scopes,
            state.bits, shown_names, memory.table.kinds.tolist(),
            memory.space.backend.numpy(memory.table.rows).tobytes(),
        )  # fmt: skip

    @invariant()
    def names_agree(self):
        assert set(self.memory.state.rows) == set(self.memory.state.kinds)

    def teardown(self):
        try:
            self.reopen(PRESENT[0])
        finally:
            self.memory.close()
            self.folder.cleanup()
            keeper.LARGE = self.limit


Kept.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestKept = Kept.TestCase
