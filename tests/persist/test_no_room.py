"""Where nothing can be written, the message says so and what to do; nothing is lost by it."""

import os
import subprocess
import sys

import pytest
from test_logs import contents, killed

import vsa
from vsa.persist import open_memory, open_session

SPACE = vsa.Space(dim=32)
MEND = "open it for reading only (--read-only, or read_only=True), or copy it to another folder"


def says(call, *args, **more):
    with pytest.raises(vsa.VsaError) as error:
        call(*args, **more)
    return str(error.value)


@pytest.fixture
def locked(monkeypatch):
    """Have the system say that nothing may be written at these places."""
    places, access = set(), os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: str(path) not in places and access(path, mode)
    )
    return places


def test_a_folder_that_is_read_only(tmp_path, locked):
    path = tmp_path / "r.vsa"
    with open_session(path, SPACE) as session:
        session.run("atom mark; s = push(nil, mark)")
    before = contents(path)
    locked.add(str(tmp_path))
    wanted = f"r.vsa cannot be written: its folder is read-only: {MEND}"
    assert says(open_session, path) == says(open_memory, path) == wanted
    with open_session(path, read_only=True) as session:
        assert session.run("top(s)")[0].name == "mark"
    assert contents(path) == before


def test_a_file_that_is_read_only(tmp_path, locked):
    path = tmp_path / "r.vsa"
    open_session(path, SPACE).close()
    locked.add(str(path))
    assert says(open_session, path) == f"r.vsa cannot be written: it is read-only: {MEND}"
    open_session(path, read_only=True).close()


def test_a_log_that_is_left_where_nothing_can_be_written(tmp_path, locked):
    path = tmp_path / "r.vsa"
    killed(path, "atom a", "x = a")
    locked.add(str(tmp_path))
    assert says(open_session, path, read_only=True) == (
        "r.vsa-wal has changes that are not in r.vsa yet, and their folder is read-only: copy both to "
        "a folder that can be written"
    )
    locked.clear()
    with open_session(path, read_only=True) as session:
        assert list(session.values) == ["a", "x"]


def test_an_empty_log_is_in_nobodys_way(tmp_path, locked):
    """A reader leaves one."""
    path = tmp_path / "r.vsa"
    with open_session(path, SPACE) as session:
        session.run("atom a")
    open_session(path, read_only=True).close()
    locked.add(str(tmp_path))
    with open_session(path, read_only=True) as session:
        assert list(session.values) == ["a"]


def test_a_full_disk(tmp_path):
    """SQLite says the same of a file that may not grow."""
    path = tmp_path / "f.vsa"
    with open_session(path, SPACE) as session:
        session.run("atom a")
        connection = session.journal.keeper.database._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")
        assert says(session.set, "big", SPACE.random(200)) == (
            "f.vsa cannot be written: the disk is full: make room and do it once more"
        )
        assert list(session.values) == ["a"]
        connection.execute("PRAGMA max_page_count=1000000")
        session.set("big", SPACE.random(200))
    with open_session(path) as session:
        assert list(session.values) == ["a", "big"]


LIMITED = """
import resource, sys, vsa
with vsa.Session.open(sys.argv[1], vsa.Space(dim=32)) as session:
    session.run("atom a")
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        session.set("big", session.space.random(2000))
    except vsa.VsaError as error:
        print(error)
    session.run("x = a")
with vsa.Session.open(sys.argv[1]) as session:
    print(*session.values)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no limits of this kind")
def test_a_file_that_may_not_grow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "f.vsa")], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "f.vsa cannot be read or written: the disk reports an error (disk I/O error)", "a x",
    ], done.stderr  # fmt: skip


def test_notes_at_the_command_line(tmp_path):
    """What is said of a file when it is opened stands before all else, in a line."""
    path = tmp_path / "f.vsa"
    with open_session(path, SPACE) as session:
        session.run('atom a; g = family"ann mother bea"')
    command = [sys.executable, "-m", "vsa", "--session", path, "--no-plugin", "kinship", "-c", "a"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout.split()[0]) == (0, "a")
    assert done.stderr == (
        "note: 'g' cannot be read and stays in f.vsa: the plugin 'kinship' is not loaded\n"
    )
