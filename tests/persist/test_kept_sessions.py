"""A session in a file: all that it has comes back, statement by statement, and on any backend."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from backends import PRESENT
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa.algebra.registry import register_algebra
from vsa.hooks.loader import load_plugins
from vsa.persist import open_memory, open_session, save

ROYAL = Path(__file__).parents[2] / "examples" / "data" / "royal92.ged"
STATEMENTS = """\
atom mark, fish, eat, being, person_
x = push(push(nil, mark), fish)
def second(q) = top(pop(q))
def third(q) = second(pop(q))
f = frame(eat, agt=mark, obj=fish)
n = 3
t = "hi"
l = [mark, fish]
s = {mark, fish} + {mark}
a = top(x)
tok = token(being, person_)
g = frame(eat, agt=f, obj=tok)
z = nil
"""
ASKED = "second(x); f.agt; g.agt.obj; n + 1; l; s; top(x); a; third(push(x, eat)); tok"


def same(a, b):
    """Whether two sessions hold the same, byte for byte where there are bytes."""
    assert list(a.memory) == list(b.memory)
    assert [a.memory.kind(n) for n in a.memory] == [b.memory.kind(n) for n in b.memory]
    assert a.memory.scopes == b.memory.scopes
    assert {k: a.memory.names(k) for k in a.memory.kinds} == {
        k: b.memory.names(k) for k in b.memory.kinds
    }
    numpy = a.space.backend.numpy
    assert numpy(a.memory.table.rows).tobytes() == numpy(b.memory.table.rows).tobytes()
    assert a.memory.table.norms.tobytes() == b.memory.table.norms.tobytes()
    assert list(a.values) == list(b.values)
    for name, value in a.values.items():
        other = b.values[name]
        assert type(value) is type(other), name
        if isinstance(value, vsa.Vector):
            assert numpy(value.data).tobytes() == numpy(other.data).tobytes(), name
            assert value.label == other.label
        else:
            assert str(value) == str(other), name
    assert list(a.definitions) == list(b.definitions)
    assert a.sections["counters"] == b.sections["counters"]
    assert a.history == b.history


def shown(session, text):
    return [str(session.plugins.render(v)) for v in session.run(text)]


@pytest.fixture(params=["unitary", "gaussian"])
def space(request):
    return vsa.Space(dim=512, atoms=request.param)


def test_everything_comes_back(tmp_path, space):
    with open_session(tmp_path / "a.vsa", space) as session:
        session.run(STATEMENTS)
        before = shown(session, ASKED)
    with open_session(tmp_path / "a.vsa") as again:
        assert again.space == space
        same(session, again)
        assert shown(again, ASKED) == before
        assert again.run("b = frame(eat, agt=mark); fr = frame(eat, agt=fish)")
        assert again.sections["counters"]["frame"] == session.sections["counters"]["frame"] + 2
    with open_session(tmp_path / "a.vsa") as third:
        same(again, third)


def test_each_statement_is_there_before_its_result(tmp_path):
    """What another process would find if this one stopped here."""
    path = tmp_path / "a.vsa"
    session = open_session(path, vsa.Space(dim=64))
    for text in ("atom a, b", "x = a * b", "def f(q) = q / b", "x = f(x)", ":undo", "n = 1"):
        session.run(text)
        files = {p.name: p.read_bytes() for p in tmp_path.iterdir() if "shm" not in p.name}
        folder = tmp_path / "copy"
        folder.mkdir(exist_ok=True)
        for name, data in files.items() if isinstance(files, dict) else ():
            if not (tmp_path / name).is_dir():
                (folder / name).write_bytes(data)
        with open_session(folder / "a.vsa") as found:
            same(session, found)
        for p in folder.iterdir():
            p.unlink()
        folder.rmdir()
    session.close()


def test_what_fails_or_is_undone_is_not_there(tmp_path):
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=64)) as session:
        session.run("atom a, b; x = a * b")
        with pytest.raises(vsa.VsaError):
            session.run("x = frame(a, agt=nobody)")
        session.run("x = b; atom c; y = c * a")
        session.run(":undo; :undo; :undo")
        assert session.history == ["atom a, b", "x = a * b"]
    with open_session(tmp_path / "a.vsa") as again:
        same(session, again)
        assert "c" not in again.memory
        with pytest.raises(vsa.VsaError, match="there is nothing to undo"):
            again.run(":undo")


def test_a_family_is_kept_once_and_whole(tmp_path):
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=64)) as session:
        session.run(f'load_family("{ROYAL}"); e = person("Edward", born=1841); m = mother(e)')
        session.run("kin = (child @ parent) - self; twice = exactly(cousin, 2); old = ~uncle")
    size = os.path.getsize(tmp_path / "a.vsa")
    with open_session(tmp_path / "a.vsa") as again:
        same(session, again)
        assert again.values["e"].family is again.values["family"]
        assert again.values["m"].codebook is again.values["family"]
        assert str(again.run("kin(e)")[-1]) == str(session.plugins and kin_of(tmp_path))
        again.run("d = daughter(m)")
    assert os.path.getsize(tmp_path / "a.vsa") < size + 100_000  # not once more


def kin_of(tmp_path):
    other = vsa.Session(vsa.Space(dim=64))
    other.run(f'load_family("{ROYAL}"); e = person("Edward", born=1841)')
    return other.run("((child @ parent) - self)(e)")[-1]


def test_what_cannot_be_kept_is_said_and_goes_on_living(tmp_path):
    class Thing:
        def __str__(self):
            return "a thing"

    path = tmp_path / "a.vsa"
    with open_session(path, vsa.Space(dim=64)) as session:
        with pytest.warns(vsa.errors.SaveWarning) as said:
            session.set("thing", Thing())
        assert str(said[0].message) == "'thing' is not in a.vsa: a thing cannot be saved"
        (outcome,) = session.execute("other = thing")
        assert outcome.notes == ("'other' is not in a.vsa: a thing cannot be saved",)
        assert str(session.run("thing")[0]) == "a thing"
        session.run("n = 1")
    with open_session(path) as again:
        assert list(again.values) == ["n"]


@pytest.mark.parametrize("backend", PRESENT)
def test_a_file_may_be_opened_on_another_backend(tmp_path, backend):
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=512)) as session:
        session.run(STATEMENTS)
        before = shown(session, "second(x); f.agt; s")
    with open_session(tmp_path / "a.vsa", backend=backend) as other:
        assert other.space.backend_name == backend
        assert shown(other, "second(x); f.agt; s") == before
        other.run("atom new; y = new * mark")
        expected = other.space.backend.numpy(other.values["y"].data)
    with open_session(tmp_path / "a.vsa") as again:
        np.testing.assert_array_equal(again.values["y"].data, expected)


def test_another_algebra_whose_sums_are_wider(tmp_path):
    register_algebra(MAPB)  # by which the file finds it
    plugins = load_plugins()
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=512, algebra=MAPB), plugins) as session:
        session.run("atom a, b, c; x = a * b + b * c; y = a + b + c")
        total = session.values["y"].total
    with open_session(tmp_path / "a.vsa", plugins=plugins) as again:
        assert again.space.algebra.name == "map-b"
        np.testing.assert_array_equal(again.values["y"].total, total)


def test_a_batch_and_numbers_of_any_kind(tmp_path):
    space = vsa.Space(dim=128)
    with open_session(tmp_path / "a.vsa", space) as session:
        session.set("q", space.random((3, 5)))
        session.set("n", 1e300)
        session.set("big", 2**70)
        session.set("inf", float("inf"))
        session.set("odd", "\x00 \ud800 ü")
        session.set("none", {"a": [1, (2, None)], 3: True})
    with open_session(tmp_path / "a.vsa") as again:
        np.testing.assert_array_equal(again.values["q"].data, session.values["q"].data)
        assert again.values["q"].shape == (3, 5)
        for name in ("n", "big", "inf", "odd", "none"):
            assert again.values[name] == session.values[name]


def test_save_keeps_from_now_on(tmp_path):
    session = vsa.Session(vsa.Space(dim=512))
    session.run(STATEMENTS)
    session.memory.rename("fish", "carp")
    session.memory.remove("eat")
    save(session, tmp_path / "a.vsa")
    session.run("late = mark * carp")
    save(session, tmp_path / "b.vsa")  # goes on there
    session.run("later = late * mark")
    session.close()
    with open_session(tmp_path / "a.vsa") as first:
        assert "late" in first.values
        assert "later" not in first.values
    with open_session(tmp_path / "b.vsa") as second:
        same(session, second)


def test_commands(tmp_path):
    session = vsa.Session(vsa.Space(dim=64))
    path = tmp_path / "work.vsa"
    assert shown(session, ":save") == ["the session is not kept: :save file keeps it from now on"]
    session.run("atom a, b; x = a * b")
    assert shown(session, f':save "{path}"') == [f"kept in {path} from now on"]
    assert shown(session, ":save") == [f"kept in {path}, with every statement"]
    session.run("y = x / a")
    other = vsa.Session(vsa.Space(dim=512))
    with pytest.raises(vsa.VsaError, match=r"work\.vsa is open already: close it first"):
        other.run(f":load {path}")
    session.close()
    assert shown(other, f":load {path}") == ["4 names, 2 items"]
    assert other.space.dim == 64
    assert "y" in other.values
    other.run("z = y; w = z")
    other.run(":undo")
    other.close()
    with pytest.raises(vsa.VsaError, match=r"work\.vsa is closed: open it again to go on"):
        other.run("v = z")
    with open_session(path) as again:
        assert list(again.values) == ["a", "b", "x", "y", "z"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            ":load {path}",
            "this session is not kept, and its 1 name, 1 item would be lost: :save it first",
        ),
        (":save {path}", "a.vsa exists already: choose another name"),
        (":save {folder}/no/b.vsa", "there is no folder '{folder}/no' to keep b.vsa in"),
    ],
)
def test_errors_of_commands(tmp_path, text, said):
    open_session(tmp_path / "a.vsa", vsa.Space(dim=64)).close()
    session = vsa.Session(vsa.Space(dim=64))
    session.run("atom a")
    names = {"path": tmp_path / "a.vsa", "folder": tmp_path}
    with pytest.raises(vsa.VsaError) as error:
        session.run(text.format(**names))
    assert said.format(**names) in str(error.value)
    assert list(session.values) == ["a"]


def test_a_missing_file_is_not_made_by_load(tmp_path):
    session = vsa.Session(vsa.Space(dim=64))
    with pytest.raises(
        vsa.VsaError, match=r"there is no file '.*b\.vsa'; :save .*b\.vsa makes one"
    ):
        session.run(f":load {tmp_path / 'b.vsa'}")
    assert not list(tmp_path.iterdir())


def test_the_command_line(tmp_path):
    def vsa_(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "vsa", *arguments],
            cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    assert vsa_("--session", "w.vsa", "--dim", "512", "-c", "atom a, b; x = a * b") == (0, "")
    assert vsa_("--session", "w.vsa", "-c", "x; :undo")[0] == 1
    status, text = vsa_("--session", "w.vsa", "-c", "cleanup(x / b)")
    assert (status, text) == (0, "a  1.00  certain\n")
    assert vsa_("--session", "w.vsa", "--dim", "256", "-c", "x") == (
        2, "vsa: w.vsa has dim 512: leave --dim 256 out\n"
    )  # fmt: skip
    (tmp_path / "t.txt").write_text("words")
    assert vsa_("--session", "t.txt", "-c", "1") == (
        2, "vsa: t.txt is not a session of vsa: choose another name\n"
    )  # fmt: skip
    assert (tmp_path / "t.txt").read_text() == "words"


def test_two_processes_on_one_file(tmp_path):
    session = open_session(tmp_path / "a.vsa", vsa.Space(dim=64))
    session.run("atom a")
    code = f"import vsa; vsa.Session.open({str(tmp_path / 'a.vsa')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "a.vsa is in use by another process: close it there first" in done.stderr
    session.run("atom b")
    session.close()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_many_may_read_and_then_none_may_write(tmp_path):
    path = tmp_path / "a.vsa"
    space = vsa.Space(dim=64)
    with open_memory(path, space) as memory:
        memory.add(["a", "b"], space.batch(["a", "b"]))
    first, second = (open_memory(path, read_only=True) for _ in range(2))
    assert first.cleanup(space.atom("b")).name == second.cleanup(space.atom("b")).name == "b"
    with pytest.raises(vsa.VsaError, match=r"a\.vsa is open already"):
        open_memory(path)
    with pytest.raises(vsa.VsaError, match=r"a\.vsa is open for reading only"):
        first.add("c", space.atom("c"))
    assert list(first) == ["a", "b"]
    first.close()
    second.close()
    with open_memory(path) as memory:
        memory.add("c", space.atom("c"))


def test_the_file_is_what_it_is_said_to_be(tmp_path):
    """SQLite, little-endian, write-ahead, with every commit on the disk; no objects of Python."""
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=16)) as session:
        session.run("atom a; x = a * 2")
        connection = session.journal.keeper.database._connection
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection = sqlite3.connect(tmp_path / "a.vsa")
    ((names, rows),) = connection.execute("SELECT names, rows FROM segment").fetchall()
    assert json.loads(names) == ["a"]
    np.testing.assert_array_equal(np.frombuffer(rows, "<f4")[None], session.memory.table.rows)
    ((state,),) = connection.execute("SELECT state FROM entry WHERE name=?", (b"a",)).fetchall()
    assert state == '{"atom":"a"}'
    connection.close()
