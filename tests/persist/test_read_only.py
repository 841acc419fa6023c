"""Files that are open for reading only: all can be asked, nothing changes."""

import subprocess
import sys

import pytest

import vsa
from vsa.persist import keeper, open_memory, open_session

SPACE = vsa.Space(dim=64)
NAMES = [f"n{i}" for i in range(40)]
REFUSED = r"^a\.vsa is open for reading only$"


@pytest.fixture
def path(tmp_path):
    with open_session(tmp_path / "a.vsa", SPACE) as session:
        session.run("atom a, b; x = a * b")
    return tmp_path / "a.vsa"


def contents(path):
    """What is in the files; SQLite leaves a log, which is empty, and its index."""
    found = {p.name: p.read_bytes() for p in path.parent.iterdir() if "-shm" not in p.name}
    return {name: data for name, data in found.items() if data}


def test_a_session(path):
    before = contents(path)
    with (
        vsa.Session.open(path, read_only=True) as one,
        vsa.Session.open(path, read_only=True) as two,
    ):
        assert str(one.run("cleanup(x / b)")[0]) == str(two.run("cleanup(x / b)")[0])
        for text in ("y = a", "atom c", "x = b", "def f(q) = q"):
            with pytest.raises(vsa.VsaError, match=REFUSED):
                one.run(text)
        assert list(one.values) == ["a", "b", "x"]
        assert list(one.memory) == ["a", "b"]
        assert one.history == ["atom a, b", "x = a * b"]
    assert contents(path) == before
    with pytest.raises(vsa.VsaError, match=r"there is no file gone\.vsa"):
        vsa.Session.open(path.with_name("gone.vsa"), read_only=True)


def test_no_rows_are_written_beside_it(path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    with open_memory(path, read_only=True) as memory:
        with pytest.raises(vsa.VsaError, match=REFUSED):
            memory.add(NAMES, SPACE.batch(NAMES))
        assert list(memory) == ["a", "b"]
    assert not path.with_name("a.vsa-rows").exists()


def test_mapped_rows(path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 64 * 4)
    with open_memory(path) as memory:
        memory.add(NAMES, SPACE.batch(NAMES))
    before = contents(path)
    with vsa.Memory.open(path, read_only=True) as memory:
        many = [f"m{i}" for i in range(100_000)]  # for which the file would have to grow
        for names, vectors in ((["one"], SPACE.batch(["one"])), (many, SPACE.random(len(many)))):
            for _ in range(2):
                with pytest.raises(vsa.VsaError, match=REFUSED):
                    memory.add(names, vectors)
        with pytest.raises(vsa.VsaError, match=REFUSED):
            memory.remove("n3")
        assert list(memory) == ["a", "b", *NAMES]
        assert memory.cleanup(SPACE.atom("n3")).name == "n3"
        assert memory.check() == 42
    assert contents(path) == before


def test_an_import_does_not_take_its_place(tmp_path):
    pytest.importorskip("safetensors", reason="the extra 'exchange' brings it")
    open_session(tmp_path / "a.vsa", SPACE).close()
    other = vsa.Session(SPACE)
    other.run(f"atom q; :export {tmp_path / 'out'}")
    before = (tmp_path / "a.vsa").read_bytes()
    with open_session(tmp_path / "a.vsa", read_only=True) as session:
        assert session.file == tmp_path / "a.vsa"
        with pytest.raises(vsa.VsaError, match=REFUSED):
            session.run(f":import {tmp_path / 'out'}")
    assert (tmp_path / "a.vsa").read_bytes() == before


def test_the_command_line(path):
    def vsa_(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "vsa", *arguments],
            cwd=path.parent, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    kept = ("--session", "a.vsa", "--read-only")
    with open_session(path, read_only=True):
        assert vsa_(*kept, "-c", "cleanup(x / b)") == (0, "a  1.00  certain\n")
        status, text = vsa_(*kept, "-c", "y = a")
        assert status == 1
        assert "a.vsa is open for reading only" in text
    (path.parent / "f.vsa-script").write_text("cleanup(x / a)\n")
    assert vsa_("run", "f.vsa-script", *kept) == (0, "b  1.00  certain\n")
    assert vsa_("--read-only", "-c", "1") == (
        2, "vsa: --read-only is for a session that is kept: name it with --session FILE\n"
    )  # fmt: skip
    assert vsa_("--session", "gone.vsa", "--read-only", "-c", "1") == (
        2, "vsa: there is no file gone.vsa\n"
    )  # fmt: skip
    for name, said in (
        ("", "no file is named: give the session a name, such as work.vsa"),
        ("/", "/ is a folder: name a file in it"),
    ):
        assert vsa_("--session", name, "-c", "1") == (2, f"vsa: {said}\n")
    assert not path.with_name("gone.vsa").exists()


def test_every_row_is_compared_where_that_is_wanted(path):
    assert not vsa.Memory.open(path, read_only=True).exact
    with vsa.Memory.open(path, exact=True, read_only=True) as memory:
        assert memory.exact
    with vsa.Memory.open(path.with_name("new.vsa"), SPACE, exact=True) as memory:
        assert memory.exact
    with open_memory(path.with_name("new.vsa"), exact=True) as memory:
        assert memory.exact
