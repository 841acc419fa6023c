"""Rows of an open transaction, which go to the file of rows before they count."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from unittest.mock import Mock

import pytest

import vsa
from vsa.persist import keeper, open_memory
from vsa.persist.mapped import Mapped

NAMES = [f"n{i}" for i in range(400)]
LIFE = """
import os, signal, sys
import vsa
from vsa.persist import keeper, open_memory
keeper.LARGE = 100 * 64
path, algebra, before = sys.argv[1], sys.argv[2], int(sys.argv[3])
names = [f"n{i}" for i in range(400)]
space = vsa.Space(dim=64, algebra=algebra)
memory = open_memory(path, space)
if before:
    memory.add(names[:before], space.batch(names[:before]))
with memory.journal.transaction("many"):
    for start in range(before, 400, 50):
        part = names[start : start + 50]
        memory.add(part, space.batch(part))
    assert type(memory.table.store).__name__ == "Mapped"
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 100 * 64)


def _fill(memory, first, last):
    for start in range(first, last, 50):
        part = NAMES[start : min(start + 50, last)]
        memory.add(part, memory.space.batch(part))


@pytest.mark.parametrize("algebra", ["hrr", "map-i"])
@pytest.mark.parametrize("before", [0, 20])
def test_rows_that_are_taken_back_never_count(tmp_path, small_limit, algebra, before):
    space = vsa.Space(dim=64, algebra=algebra)
    with open_memory(tmp_path / "a.vsa", space) as memory:
        _fill(memory, 0, before)
        with suppress(KeyboardInterrupt), memory.journal.transaction("many"):
            _fill(memory, before, 400)
            assert isinstance(memory.table.store, Mapped)
            counts = [count for _, count, _ in memory.journal.keeper.database.segments()]
            assert sum(counts) == before
            raise KeyboardInterrupt
        assert list(memory) == NAMES[:before]
        memory.add("other", space.atom("other"))
        with memory.journal.transaction("once more"):
            _fill(memory, before, 400)
        memory.add("last", space.atom("last"))
    with open_memory(tmp_path / "a.vsa") as again:
        assert list(again) == [*NAMES[:before], "other", *NAMES[before:], "last"]
        assert again.check() == 402
        assert again.cleanup(space.atom(NAMES[300])).name == NAMES[300]


def test_all_of_it_is_undone(tmp_path, small_limit):
    space = vsa.Space(dim=64)
    with open_memory(tmp_path / "a.vsa", space) as memory:
        _fill(memory, 0, 20)
        with memory.journal.transaction("many"):
            _fill(memory, 20, 400)
        memory.journal.undo()
        assert list(memory) == NAMES[:20]
    with open_memory(tmp_path / "a.vsa", space) as memory:
        assert list(memory) == NAMES[:20]
        assert memory.cleanup(space.atom("n3")).name == "n3"


def test_a_move_in_a_transaction_that_fails(tmp_path, small_limit, monkeypatch):
    """Nothing of the transaction is there, and the memory goes on."""
    space = vsa.Space(dim=64)
    with open_memory(tmp_path / "a.vsa", space) as memory:
        _fill(memory, 0, 20)
        database = type(memory.journal.keeper.database)
        with monkeypatch.context() as patch:
            patch.setattr(database, "drop_rows", Mock(side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                memory.add(NAMES[20:], space.batch(NAMES[20:]))
        assert list(memory) == NAMES[:20]
        _fill(memory, 20, 400)
    with open_memory(tmp_path / "a.vsa", space) as memory:
        assert list(memory) == NAMES
        assert memory.check() == 400


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing is killed so here")
@pytest.mark.parametrize(("algebra", "before"), [("hrr", 20), ("hrr", 0), ("map-i", 20)])
def test_a_kill_in_the_midst_leaves_what_was_committed(tmp_path, algebra, before):
    path = tmp_path / "a.vsa"
    arguments = [sys.executable, "-c", LIFE, path, algebra, str(before)]
    done = subprocess.run(arguments, env=os.environ, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    space = vsa.Space(dim=64, algebra=algebra)
    with open_memory(path) as memory:
        assert list(memory) == NAMES[:before]
        assert memory.check() == before
        _fill(memory, before, 400)
        assert memory.cleanup(space.atom("n399")).name == "n399"
