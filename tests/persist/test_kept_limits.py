"""What SQLite, the disk and the system hold no more of: refused in a line, the rest goes on."""

import json
import os
import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from backends import PRESENT
from test_kept_sessions import same

import vsa
from vsa.persist import keeper, open_memory, open_session, save
from vsa.persist.mapped import Mapped


@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("mapped", [False, True])
def test_no_blob_is_larger_than_sqlite_takes(tmp_path, monkeypatch, backend, mapped):
    monkeypatch.setattr(keeper, "PART", 20_000)
    if mapped:
        monkeypatch.setattr(keeper, "LARGE", 10_000)
    space = vsa.Space(dim=64, backend=backend)
    names = [f"n{i} {'long ' * (i % 9)}ü" for i in range(900)]
    with open_memory(tmp_path / "a.vsa", space) as memory:
        connection = memory.journal.keeper.database._connection
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 25_000)
        memory.add(names[:800], space.batch(names[:800]))
        memory.add(names[800:], space.batch(names[800:]))
        memory.journal.undo()  # the end of what is in several
        memory.add("n", space.atom("n"))
        assert (tmp_path / "a.vsa-rows").exists() == mapped
    with open_memory(tmp_path / "a.vsa", backend="numpy") as again:
        assert list(again) == [*names[:800], "n"]
        assert again.cleanup(again.space.atom(names[799])).name == names[799]
        assert again.check() == 801
        counts = [count for _, count, _ in again.journal.keeper.database.segments()]
        assert len(counts) > (5 if mapped else 10)
        assert sum(counts) == 801


def test_what_is_in_several_segments_is_exported(tmp_path, monkeypatch):
    pytest.importorskip("safetensors", reason="the extra 'exchange' brings it")
    monkeypatch.setattr(keeper, "PART", 2_000)
    session = vsa.Session(vsa.Space(dim=64))
    names = [f"n{i}" for i in range(50)]
    session.memory.add(names, session.space.batch(names))
    session.run(f":export {tmp_path / 'out'}")
    assert json.loads((tmp_path / "out.json").read_text())["names"] == names
    other = vsa.Session(vsa.Space(dim=64))
    other.run(f":import {tmp_path / 'out'}")
    same(session, other)


def test_one_value_that_is_too_large_is_no_damage(tmp_path):
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=64)) as session:
        connection = session.journal.keeper.database._connection
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 25_000)
        with pytest.raises(vsa.VsaError) as error:
            session.set("t", "x" * 30_000)
        assert str(error.value) == "a.vsa has no room for one value of a gigabyte: cut it up"
        session.set("t", "x")


LIMITED = """
import os, resource, sys
import vsa
from vsa.persist import keeper
keeper.LARGE = 1 << 20
space = vsa.Space(dim=64)
def add(start, stop):
    names = [f"n{i}" for i in range(start, stop)]
    try:
        memory.add(names, space.batch(names))
    except vsa.VsaError as error:
        print(error)
    print(len(memory), memory.cleanup(space.atom("n3")).name)
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
with vsa.Memory.open(sys.argv[1], space) as memory:
    add(0, 1000)
    limit(3 << 20)
    add(1000, 9000)
    print(os.path.exists(sys.argv[1] + "-rows"))
    limit(resource.RLIM_INFINITY)
    add(1000, 9000)
    limit(18 << 20)
    add(9000, 99_000)
    limit(resource.RLIM_INFINITY)
    add(9000, 9100)
with vsa.Memory.open(sys.argv[1]) as memory:
    print(memory.check())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no limits of this kind")
def test_a_limit_while_rows_move_or_grow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "a.vsa")], capture_output=True, text=True
    )
    refused = "a.vsa-rows cannot be written: File too large"
    said = [refused, "1000 n3", "False", "9000 n3", refused, "9000 n3", "9100 n3", "9100"]
    assert (done.stdout.splitlines(), done.stderr) == (["1000 n3", *said], "")


@pytest.mark.parametrize("backend", PRESENT)
def test_a_saving_that_fails_leaves_nothing_and_changes_nothing(tmp_path, monkeypatch, backend):
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    space = vsa.Space(dim=64, backend=backend)
    names = [f"n{i}" for i in range(40)]
    with open_session(tmp_path / "a.vsa", space) as session:
        session.memory.add(names, space.batch(names))
        before = sorted(os.listdir(tmp_path))

        def full(*_, **__):
            raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(type(session.journal.keeper.database), "put_segment", full)
            with pytest.raises(vsa.VsaError, match=r"b\.vsa cannot be written: the disk is full"):
                save(session, tmp_path / "b.vsa")
        assert sorted(os.listdir(tmp_path)) == before
        session.memory.add("x", space.atom("x"))
        save(session, tmp_path / "c.vsa")
        session.memory.add("y", space.atom("y"))
    for name, wanted in (("a", [*names, "x"]), ("c", [*names, "x", "y"])):
        with open_memory(tmp_path / f"{name}.vsa", backend="numpy") as memory:
            assert isinstance(memory.table.store, Mapped)
            assert list(memory) == wanted
            assert memory.check() == len(wanted)
            assert len(memory.table.sketch) == len(wanted)
            np.testing.assert_allclose(np.linalg.norm(memory.table.rows, axis=1), 1, atol=1e-5)
