"""Copies of a session: `:backup` makes whole ones, and one that is not whole says so."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from test_kept_sessions import same
from test_logs import contents

import vsa
from vsa.persist import keeper, open_memory, open_session
from vsa.persist.connect import merge

SPACE = vsa.Space(dim=64)
NAMES = [f"n{i}" for i in range(40)]
MISSING = (
    "copy.vsa is not whole: copy.vsa-wal, which has its last changes, is missing: copy both, or have "
    ":backup copy an open session"
)


def says(call, *args, **more):
    with pytest.raises(vsa.VsaError) as error:
        call(*args, **more)
    return str(error.value)


# --- by hand ---------------------------------------------------------------------------------
def test_a_copy_without_its_log(tmp_path):
    """Made while the session is open, or after its process was killed."""
    path, copy = tmp_path / "w.vsa", tmp_path / "copy.vsa"
    with open_session(path, SPACE) as session:
        shutil.copy(path, copy)  # nothing has been said yet
        open_session(copy).close()
        for text in ("atom a", "x = a", "y = x"):
            session.run(text)
            shutil.copy(path, copy)
            before = contents(copy)
            for read_only in (False, True):
                assert says(open_session, copy, read_only=read_only) == MISSING
                assert says(open_memory, copy, read_only=read_only) == MISSING
            assert contents(copy) == before
        shutil.copy(f"{path}-wal", f"{copy}-wal")
        with open_session(copy) as other:
            same(session, other)
    shutil.copy(path, copy)
    with open_session(copy) as other:  # closed, it is whole
        same(session, other)


def test_what_was_merged_on_the_way_is_no_whole_copy(tmp_path):
    """SQLite merges its log now and then: the file grows, and is not whole for that."""
    path, copy = tmp_path / "w.vsa", tmp_path / "copy.vsa"
    with open_session(path, SPACE) as session:
        session.run("atom a")
        size = path.stat().st_size
        for i in range(400):
            session.set(f"v{i}", SPACE.random(50))
        assert path.stat().st_size > size
        shutil.copy(path, copy)
        assert says(open_session, copy) == MISSING


def test_a_killed_session_is_marked_until_it_is_closed(tmp_path):
    path, copy = tmp_path / "w.vsa", tmp_path / "copy.vsa"
    child = os.fork()
    if child == 0:
        open_session(path, SPACE).run("atom a")
        os._exit(9)
    os.waitpid(child, 0)
    shutil.copy(path, copy)
    assert says(open_session, copy) == MISSING
    with open_session(path) as session:
        assert list(session.values) == ["a"]
    assert not os.path.exists(f"{path}-wal")
    shutil.copy(path, copy)
    with open_session(copy) as session:
        assert list(session.values) == ["a"]


def test_a_closed_copy_in_the_place_of_a_file_with_a_log(tmp_path):
    """The log of one state of a file is not merged into another."""
    path, copy = tmp_path / "w.vsa", tmp_path / "copy.vsa"
    with open_session(path, SPACE) as session:
        session.run("atom a")
    shutil.copy(path, copy)
    with open_session(path) as session:
        session.run("x = a; y = x; z = y")
        shutil.copy(f"{path}-wal", f"{copy}-wal")
    before = contents(copy)
    for read_only in (False, True):
        wanted = "copy.vsa-wal is left of another copy.vsa: move it away"
        assert says(open_session, copy, read_only=read_only) == wanted
    assert contents(copy) == before


def test_an_empty_log_opens_what_is_there(tmp_path):
    """The way out for whoever has lost the log."""
    path, copy = tmp_path / "w.vsa", tmp_path / "copy.vsa"
    with open_session(path, SPACE) as session:
        session.run("atom a")
        merge(session.journal.keeper.database._connection)
        session.run("atom b")
        shutil.copy(path, copy)
    assert says(open_session, copy) == MISSING
    copy.with_name("copy.vsa-wal").touch()
    with open_session(copy) as session:
        assert list(session.values) == ["a"]
    open_session(copy).close()


def test_a_copy_without_its_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    path, copy = tmp_path / "w.vsa", tmp_path / "copy.vsa"
    with open_memory(path, SPACE) as memory:
        memory.add(NAMES, SPACE.batch(NAMES))
    shutil.copy(path, copy)
    assert says(open_memory, copy) == (
        "copy.vsa is not whole: copy.vsa-rows, which has its vectors, is missing: copy both, or have "
        ":backup copy an open session"
    )


# --- :backup ---------------------------------------------------------------------------------
@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_backup_is_the_session(tmp_path, monkeypatch, mapped, read_only):
    if mapped:
        monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    path, copy = tmp_path / "w.vsa", tmp_path / "copy.vsa"
    session = open_session(path, SPACE)
    session.run("atom a, b; x = a * b")
    session.memory.add(NAMES, SPACE.batch(NAMES))
    if read_only:
        session.close()
        session = open_session(path, read_only=True)
    with session:
        assert session.run(f":backup {copy}") == [f"copied to {copy}"]
        assert os.path.exists(f"{copy}-rows") == mapped
        assert not any(".new-" in name or "copy.vsa-wal" in name for name in os.listdir(tmp_path))
        with open_session(copy) as other:
            same(session, other)
            assert other.memory.check() == 42
            other.run("atom more")
            if not read_only:
                session.run("atom another")
                session.memory.add("m", SPACE.random())
    with open_session(copy) as other, open_session(path) as again:
        assert "more" in other.values
        assert "another" not in other.values
        assert ("another" in again.values) == (not read_only)
        assert again.memory.check() == (42 if read_only else 44)


def test_from_python(tmp_path):
    with vsa.Memory.open(tmp_path / "m.vsa", SPACE) as memory:
        memory.add(NAMES, SPACE.batch(NAMES))
        memory.backup(tmp_path / "copy.vsa")
        memory.add("m", SPACE.random())
    with vsa.Memory.open(tmp_path / "copy.vsa") as copy:
        assert list(copy) == NAMES
    with vsa.Session.open(tmp_path / "s.vsa", SPACE) as session:
        session.run("atom a")
        session.backup(tmp_path / "t.vsa")
    with vsa.Session.open(tmp_path / "t.vsa") as copy:
        assert list(copy.values) == ["a"]


def test_a_backup_that_is_refused_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    path = tmp_path / "w.vsa"
    with open_session(path, SPACE) as session:
        session.memory.add(NAMES, SPACE.batch(NAMES))
        (tmp_path / "taken.vsa").write_text("mine")
        (tmp_path / "rows.vsa-rows").write_text("mine")
        before = contents(path)
        assert says(session.backup, path) == "w.vsa exists already: choose another name"
        assert says(session.backup, tmp_path / "taken.vsa") == (
            "taken.vsa exists already: choose another name"
        )
        assert says(session.backup, tmp_path / "no" / "b.vsa").startswith("there is no folder")
        assert says(session.backup, tmp_path / "b.vsa-wal").startswith("b.vsa-wal is named like")
        assert says(session.backup, tmp_path / "rows.vsa") == (
            "rows.vsa-rows exists and is not a file of rows: move it away"
        )

        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr("vsa.persist.large.copied", full)
        assert says(session.backup, tmp_path / "b.vsa") == (
            "b.vsa cannot be written: the disk is full: make room and do it once more"
        )
        assert contents(path) == before
    assert says(session.backup, tmp_path / "b.vsa") == "w.vsa is closed: open it again to go on"
    assert says(vsa.Session(SPACE).backup, tmp_path / "b.vsa") == (
        "nothing is kept in a file: :save FILE or Memory.open(FILE) keeps it"
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="who makes the copies is forked")
def test_a_backup_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    """Copying is killed at twenty moments; what is left does not stand in the way of the next."""
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    names = [f"m{i}" for i in range(20_000)]
    with open_memory(tmp_path / "w.vsa", SPACE) as memory:
        memory.add(names, SPACE.batch(names))
    chance, copy = random.Random(5), tmp_path / "copy.vsa"
    found = []
    while len(found) < 20 or len(set(found)) < 2:
        child = os.fork()
        if child == 0:
            try:
                with open_memory(tmp_path / "w.vsa") as memory:
                    memory.backup(copy)
            finally:
                os._exit(0)
        time.sleep(chance.uniform(0, 0.005 + 0.01 * (len(found) % 40)))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found.append(copy.exists())
        if copy.exists():
            with open_memory(copy) as memory:
                assert memory.check() == 20_000
            for file in tmp_path.glob("copy.vsa*"):
                file.unlink()
        assert len(found) < 500
    with open_memory(tmp_path / "w.vsa") as memory:
        memory.backup(copy)
        assert memory.check() == 20_000


UNCLOSED = """
import sys, vsa
session = vsa.Session.open(sys.argv[1])
session.run(f"x{len(session.values)} = a")
def left(path):
    vsa.Session.open(path, session.space).run("atom a")
left(sys.argv[2])
if len(session.values) == 3:
    raise SystemExit(3)
"""


def test_who_does_not_close_a_session_leaves_it_whole(tmp_path):
    """At the end of a program, or when nobody holds it any more; or another program merges the log."""
    path, copy = tmp_path / "w.vsa", tmp_path / "copy.vsa"
    with open_session(path, SPACE) as session:
        session.run("atom a")
    for i in range(3):
        other = tmp_path / f"other{i}.vsa"
        subprocess.run([sys.executable, "-c", UNCLOSED, path, other], check=False)
        assert {p.name for p in tmp_path.glob("*.vsa-*")} == set()
        for left, names in ((path, ["a", "x1", "x2", "x3"][: i + 2]), (other, ["a"])):
            with open_session(left) as session:
                assert list(session.values) == names
    with open_session(path) as session:
        session.run("y = a")
        for end in ("", "-wal"):
            shutil.copy(f"{path}{end}", f"{copy}{end}")
    connection = sqlite3.connect(copy)
    connection.execute("SELECT count(*) FROM entry")
    connection.close()
    assert not os.path.exists(f"{copy}-wal")
    with open_session(copy) as session:
        assert list(session.values) == ["a", "x1", "x2", "x3", "y"]
