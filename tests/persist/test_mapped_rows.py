"""Large memories in files of their own: rows and their signs, mapped."""

import os
import shutil

import numpy as np
import pytest

import vsa
from vsa.memory.sketch.bits import Sketch
from vsa.memory.storage import asked
from vsa.persist import keeper, open_memory
from vsa.persist.mapped import Mapped


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 100 * 64 * 4)


def test_a_large_memory_is_mapped(tmp_path, small_limit):
    space = vsa.Space(dim=64)
    names = [f"n{i}" for i in range(300)]
    with open_memory(tmp_path / "a.vsa", space) as memory:
        memory.add(names[:90], space.batch(names[:90]))
        assert not isinstance(memory.table.store, Mapped)
        memory.add(names[90:120], space.batch(names[90:120]))
        assert isinstance(memory.table.store, Mapped)
        memory.add(names[120:], space.batch(names[120:]))
        memory.rename("n5", "five")
        memory.remove("n6")
        memory.add("twin", space.atom("n7"))
    assert (tmp_path / "a.vsa-rows").stat().st_size >= 300 * 64 * 4
    with open_memory(tmp_path / "a.vsa") as again:
        assert isinstance(again.table.store, Mapped)
        assert list(again) == list(memory)
        assert again.names_of(space.atom("n7")) == ["n7", "twin"]
        answer = again.cleanup(space.batch(["n200", "n5", "n6"]))
        assert answer.name.tolist() == ["n200", "five", None]
        assert not again.table.rows.flags.writeable
        again.add("x", space.atom("x"))
        again.journal.undo()
        again.add("y", space.atom("y"))
    with open_memory(tmp_path / "a.vsa", read_only=True) as third:
        assert list(third) == list(again)
        assert third.cleanup(space.atom("y")).name == "y"
        third.close()


def test_an_undo_reaches_behind_a_move(tmp_path, small_limit):
    """The move makes one segment of all; an undo takes back the end of it."""
    space = vsa.Space(dim=64)
    names = [f"n{i}" for i in range(120)]
    with open_memory(tmp_path / "a.vsa", space) as memory:
        memory.add(names[:80], space.batch(names[:80]))
        memory.add("alias", space.atom("n3"))
        memory.add(names[80:90], space.batch(names[80:90]))
        memory.add(names[90:], space.batch(names[90:]))  # moves
        memory.journal.undo()
        memory.journal.undo()
        memory.rename("n5", "five")
    with open_memory(tmp_path / "a.vsa") as again:
        assert list(again) == list(memory)
        assert len(again) == 81
        assert again.names_of(space.atom("n3")) == ["n3", "alias"]
        assert again.cleanup(space.atom("n5")).name == "five"


def test_a_move_that_is_interrupted(tmp_path, small_limit, monkeypatch):
    space = vsa.Space(dim=64)
    names = [f"n{i}" for i in range(200)]
    for when in ("_moved", "_settle"):
        path = tmp_path / f"{when}.vsa"
        memory = open_memory(path, space)
        memory.add(names[:90], space.batch(names[:90]))
        real = getattr(keeper.Keeper, when)
        calls = []

        def interrupted(self, *args, real=real, calls=calls, when=when):
            calls.append(1)
            if when == "_moved":
                real(self, *args)
            if len(calls) == (1 if when == "_moved" else 2):
                raise KeyboardInterrupt
            return real(self, *args)

        with monkeypatch.context() as patch:
            patch.setattr(keeper.Keeper, when, interrupted)
            with pytest.raises(KeyboardInterrupt):
                memory.add(names[90:120], space.batch(names[90:120]))
        assert list(memory) == names[:90]
        memory.add(names[90:], space.batch(names[90:]))
        memory.close()
        with open_memory(path) as again:
            assert list(again) == names
            rows = again.table.rows
            expected, _ = asked(space.batch(names))
            np.testing.assert_array_equal(rows, expected)


def test_older_signs_are_made_again(tmp_path, monkeypatch):
    """A copy of them may be from before the last rows, for which the file had room already."""
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    space, names = vsa.Space(dim=64), [f"n{i}" for i in range(300)]
    with open_memory(tmp_path / "a.vsa", space) as memory:
        memory.add(names[:250], space.batch(names[:250]))
        shutil.copy(tmp_path / "a.vsa-signs0", tmp_path / "older")
        memory.add(names[250:], space.batch(names[250:]))
    shutil.copy(tmp_path / "older", tmp_path / "a.vsa-signs0")
    for _ in range(2):
        with open_memory(tmp_path / "a.vsa") as memory:
            assert memory.cleanup(space.atom("n299")).name == "n299"
            memory.add("more", space.random()) if "more" not in memory else None
            assert memory.check() == 301


def test_rows_of_another_session_are_refused(tmp_path, small_limit):
    space = vsa.Space(dim=64)
    names = [f"n{i}" for i in range(200)]
    for name in ("a", "b"):
        with open_memory(tmp_path / f"{name}.vsa", space) as memory:
            memory.add(names, space.batch(names))
    os.replace(tmp_path / "b.vsa-rows", tmp_path / "a.vsa-rows")
    with pytest.raises(vsa.VsaError, match=r"a\.vsa-rows is damaged: its rows belong to another"):
        open_memory(tmp_path / "a.vsa")
    with pytest.raises(
        vsa.VsaError, match=r"b\.vsa is not whole: b\.vsa-rows, which has its vectors"
    ):
        open_memory(tmp_path / "b.vsa")


def test_the_signs_are_kept_beside_the_rows(tmp_path, small_limit):
    """Opening makes no sketch: a first question reads the signs and a few rows."""
    space = vsa.Space(dim=64)
    names = [f"n{i}" for i in range(300)]
    path = tmp_path / "a.vsa"

    def in_step(memory):
        fresh = Sketch(64)
        fresh.follow(memory.table.rows)
        sketch = memory.table.sketch
        assert len(sketch) == len(memory.table)
        for plane, wanted in zip(sketch.planes(64), fresh.planes(64), strict=True):
            np.testing.assert_array_equal(plane, wanted)
        np.testing.assert_array_equal(sketch.exceptions, fresh.exceptions)

    with open_memory(path, space) as memory:
        memory.add(names[:150], space.batch(names[:150]))
        in_step(memory)
        memory.add(names[150:], space.batch(names[150:]))
        memory.add("sum", vsa.bundle(space.batch(names[:5])))
        memory.journal.undo()
        memory.add("other", space.atom("a") + space.atom("b"))
        in_step(memory)
    with open_memory(path) as again:
        assert all(isinstance(store, Mapped) for store in again.table.sketch.stores)
        in_step(again)
        again.add("more", space.atom("more"))
        in_step(again)
    (tmp_path / "a.vsa-signs1").unlink()
    with open_memory(path, read_only=True) as third:  # not needed to answer
        assert not len(third.table.sketch)
        assert third.cleanup(space.atom("more")).name == "more"
        in_step_after = third.table.sketch
        in_step_after.follow(third.table.rows)
        in_step(third)
    with open_memory(path) as fourth:
        fourth.add("last", space.atom("last"))
        in_step(fourth)
    with open_memory(path) as fifth:
        assert len(fifth.table.sketch) == len(fifth.table)


@pytest.mark.parametrize("count", [200, 6000])  # exact, and by the signs
def test_a_row_that_is_not_finite_is_named_and_never_an_answer(tmp_path, small_limit, count):
    space = vsa.Space(dim=1024)
    names = [f"n{i}" for i in range(count)]
    path = tmp_path / "a.vsa"
    with open_memory(path, space) as memory:
        memory.add(names, space.batch(names))
    with open(tmp_path / "a.vsa-rows", "r+b") as file:
        file.seek(4096 + 30 * 4096)
        file.write(np.full(1024, np.nan, "<f4").tobytes())
    with open_memory(path) as memory:
        for query in (space.atom("n30"), space.random(20)):
            with pytest.raises(vsa.VsaError) as error:
                memory.cleanup(query, exact=True)
            assert str(error.value) == (
                "the memory is damaged: 'n30' has NaN or infinite components"
            )
        memory.remove("n30")
        assert memory.cleanup(space.atom("n4"), kinds="atom").name == "n4"
    with open(tmp_path / "a.vsa-rows", "r+b") as file:
        file.seek(4096)
        file.write(np.full(1024, np.nan, "<f4").tobytes())
    with pytest.raises(vsa.VsaError, match=r"^a\.vsa is damaged: a row is not of length 1"):
        open_memory(path)


def test_a_name_that_is_gone_stays_gone(tmp_path):
    """Though the row that had it is still written down, and another had it for a while."""
    space = vsa.Space(dim=64)
    with open_memory(tmp_path / "a.vsa", space) as memory:
        with memory.journal.transaction("one"):
            memory.add("a", space.atom("first"))
            memory.remove("a")
        memory.add("b", space.atom("second"))
        memory.rename("b", "c")
        memory.add(["a", "b"], space.batch(["third", "third"]))
        memory.journal.undo()
        memory.add("a", space.atom("fourth"))
        memory.journal.undo()
    with open_memory(tmp_path / "a.vsa") as again:
        assert list(again) == list(memory) == ["c"]
        again.add("a", space.atom("fifth"))
    with open_memory(tmp_path / "a.vsa") as third:
        assert third.cleanup(space.atom("fifth")).name == "a"
        assert list(third) == ["c", "a"]
