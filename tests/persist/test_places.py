"""Which files a session may be, and who else has one open: each in one line, nothing touched."""

import os
import subprocess
import sys

import pytest

import vsa
from vsa.persist import keeper, open_memory, open_session, save

SPACE = vsa.Space(dim=64)
NAMES = [f"n{i}" for i in range(30)]


def says(call, *args, **more):
    with pytest.raises(vsa.VsaError) as error:
        call(*args, **more)
    return str(error.value)


def test_what_belongs_to_a_file_lies_beside_it_and_not_beside_a_link(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    real, linked = tmp_path / "real", tmp_path / "linked"
    real.mkdir()
    linked.mkdir()
    (linked / "l.vsa").symlink_to(real / "t.vsa")
    with open_memory(linked / "l.vsa", SPACE) as memory:  # made where the link leads
        memory.add(NAMES, SPACE.batch(NAMES))
        assert memory.file == real / "t.vsa"
    assert os.listdir(linked) == ["l.vsa"]
    with open_memory(real / "t.vsa") as memory:
        assert list(memory) == NAMES
        memory.add("x", SPACE.atom("x"))
    with open_memory(linked / "l.vsa") as memory:
        assert list(memory) == [*NAMES, "x"]


@pytest.mark.parametrize(
    "end", ["-wal", "-shm", "-journal", "-rows", "-bytes", "-signs0", "-WAL", ".new-7"]
)
def test_names_of_what_lies_beside_a_session(tmp_path, end):
    path = tmp_path / f"w.vsa{end}"
    wanted = f"w.vsa{end} is named like what lies beside the session w.vsa: choose another name"
    assert says(open_memory, path, SPACE) == wanted
    assert says(open_session, path, SPACE) == wanted
    assert says(save, vsa.Session(SPACE), path) == wanted
    assert not path.exists()
    with open_memory(tmp_path / "good.vsa", SPACE) as memory:
        memory.add("precious", SPACE.atom("precious"))
    os.rename(tmp_path / "good.vsa", path)
    assert says(open_memory, path, read_only=True) == wanted


@pytest.mark.parametrize("read_only", [False, True])
def test_a_session_in_the_place_of_a_log_is_not_written_over(tmp_path, read_only):
    for name in ("w.vsa", "other.vsa"):
        with open_memory(tmp_path / name, SPACE) as memory:
            memory.add("precious", SPACE.atom("precious"))
    os.rename(tmp_path / "other.vsa", tmp_path / "w.vsa-wal")
    assert says(open_memory, tmp_path / "w.vsa", read_only=read_only) == (
        "w.vsa-wal is a database and in the way of w.vsa: rename it"
    )
    os.rename(tmp_path / "w.vsa-wal", tmp_path / "other.vsa")
    with open_memory(tmp_path / "other.vsa") as memory:
        assert list(memory) == ["precious"]


@pytest.mark.parametrize("end", ["wal", "shm"])
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_in_the_place_of_a_log(tmp_path, end, make):
    open_memory(tmp_path / "w.vsa", SPACE).close()
    make(tmp_path / f"w.vsa-{end}")
    assert says(open_memory, tmp_path / "w.vsa") == (
        f"w.vsa-{end} is no file and in the way of w.vsa: rename it"
    )


def test_the_log_of_a_session_that_is_gone_is_not_taken_for_ones_own(tmp_path):
    memory = open_memory(tmp_path / "w.vsa", SPACE)
    memory.add("old", SPACE.atom("old"))
    log = (tmp_path / "w.vsa-wal").read_bytes()
    assert log
    memory.close()
    (tmp_path / "w.vsa").unlink()
    (tmp_path / "w.vsa-wal").write_bytes(log)
    assert says(open_memory, tmp_path / "w.vsa", SPACE) == (
        "w.vsa-wal is left of another w.vsa: move it away"
    )
    assert (tmp_path / "w.vsa-wal").read_bytes() == log


def test_what_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "empty.vsa").touch()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    no_name = "no file is named: give the session a name, such as work.vsa"
    no_file = "is a device or a pipe and not a file: choose another name"
    empty = "empty.vsa is an empty file: delete it or choose another name"
    for path, said in {
        "": no_name,
        "/": "/ is a folder: name a file in it",
        "folder": "folder is a folder: name a file in it",
        "pipe": f"pipe {no_file}",
        os.devnull: f"{os.devnull} {no_file}",
        "empty.vsa": empty,
        "a\x00b": "'a\\x00b' cannot be the name of a file: choose another name",
    }.items():
        assert says(open_session, path, SPACE) == said
        assert says(open_memory, path, read_only=True) == said
    assert "Too many levels of symbolic links" in says(open_memory, "loop", SPACE)
    session = vsa.Session(SPACE)
    session.run("atom a")
    assert says(session.run, ':save ""') == no_name
    assert says(session.run, ":save empty.vsa") == "empty.vsa exists already: choose another name"
    assert says(session.run, ":save folder") == "folder is a folder: name a file in it"
    assert sorted(os.listdir()) == ["empty.vsa", "folder", "loop", "pipe"]


def test_a_second_opening_takes_no_lock_away(tmp_path):
    """To look into a file and close it gives up all locks that a process has on it."""
    path = tmp_path / "a.vsa"
    code = (
        "import sys, vsa\n"
        "try:\n    vsa.Memory.open(sys.argv[1])\n"
        "except vsa.VsaError as error:\n    print(error)"
    )
    for read_only in (False, True):
        with open_memory(path, SPACE, read_only=read_only):
            assert says(open_memory, path) == "a.vsa is open already: close it first"
            if not read_only:
                said = says(open_memory, path, read_only=True)
                assert said == "a.vsa is open already: close it first"
            else:
                open_memory(path, read_only=True).close()
            done = subprocess.run(
                [sys.executable, "-c", code, str(path)], capture_output=True, text=True
            )
            assert done.stdout == "a.vsa is in use by another process: close it there first\n"
    open_memory(path).close()


def test_what_is_closed_says_so(tmp_path, monkeypatch):
    wanted = "a.vsa is closed: open it again to go on"
    memory = open_memory(tmp_path / "a.vsa", SPACE)
    memory.add("a", SPACE.atom("a"))
    memory.close()
    assert says(memory.add, "b", SPACE.atom("b")) == wanted
    assert says(memory.check) == wanted
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    memory = open_memory(tmp_path / "a.vsa")
    memory.add(NAMES, SPACE.batch(NAMES))
    memory.close()
    assert says(memory.add, "b", SPACE.atom("b")) == wanted
    assert says(memory.add, ["b"] * 1, SPACE.random(1)) == wanted
    assert says(memory.check) == wanted
    assert list(memory) == ["a", *NAMES]


def test_another_space_is_told_by_what_is_other(tmp_path):
    open_memory(tmp_path / "a.vsa", SPACE).close()
    assert says(open_memory, tmp_path / "a.vsa", vsa.Space(dim=32, seed=3)) == (
        "a.vsa has dim 64 and seed 0, not dim 32 and seed 3: leave the space out, or give that of "
        "the file"
    )
