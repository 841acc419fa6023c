"""A session is opened without reading what its names stand for; what is not sound is told when it is."""

import sqlite3
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import vsa
from vsa.errors import SaveWarning
from vsa.persist.database import Database
from vsa.persist.demand import OnDemand, Past
from vsa.persist.reader import Reader

DIM = 32


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "s.vsa"
    filled(path, 5)
    return path


def filled(path, count):
    session = vsa.Session(vsa.Space(dim=DIM))
    with session.journal.transaction("all"):
        for i in range(count):
            session.declare_atom(f"a{i}")
            session.put("values", f"v{i}", session.space.random())
    session.run("p = a1 * a2; n = 7; m = {a3, a2}; s = a1 + a2")
    session.save(path)
    found = {name: made(value) for name, value in session.values.items()}
    session.close()
    return found


def made(value):
    return value.numpy().tobytes() if isinstance(value, vsa.Vector) else repr(value)


@pytest.fixture
def calls(monkeypatch):
    """How often atoms are drawn, values decoded and the file is asked."""
    counts = dict.fromkeys(("atom", "decode", "_read"), 0)
    for cls, name in ((vsa.Space, "atom"), (Reader, "decode"), (Database, "_read")):
        plain = getattr(cls, name)

        def counted(*args, _plain=plain, _name=name, **kwargs):
            counts[_name] += 1
            return _plain(*args, **kwargs)

        monkeypatch.setattr(cls, name, counted)
    return counts


def test_opening_asks_the_file_as_often_and_makes_as_much_for_many_names(tmp_path, calls):
    seen = []
    for count in (4, 64):
        filled(tmp_path / f"{count}.vsa", count)
        calls.update(dict.fromkeys(calls, 0))
        vsa.Session.open(tmp_path / f"{count}.vsa").close()
        seen.append(dict(calls))
    assert seen[0] == seen[1]
    assert seen[0]["atom"] == 0


def test_what_is_asked_for_is_made_once(path, calls):
    with vsa.Session.open(path) as session:
        calls.update(dict.fromkeys(calls, 0))
        assert session.values["a2"] is session.values["a2"]
        assert session.values["v2"] is session.values.get("v2")
        assert session.values["n"] == 7
        assert "a3" in session.values
        assert (calls["atom"], calls["decode"]) == (1, 2)


def test_all_that_is_asked_for_together_is_read_together(tmp_path, calls):
    seen = []
    for count in (100, 200):
        filled(tmp_path / f"{count}.vsa", count)
        with vsa.Session.open(tmp_path / f"{count}.vsa") as session:
            calls.update(dict.fromkeys(calls, 0))
            assert len([value for name, value in session.values.items() if name[0] == "a"]) == count
            seen.append(
                calls["_read"] - count
            )  # a vector's numbers lie each in a place of their own
    assert seen[0] == seen[1] < 10


def test_threads_that_ask_get_the_same_value(path):
    with vsa.Session.open(path) as session, ThreadPoolExecutor(8) as pool:
        for name in ("a1", "v1", "s", "m"):
            assert len({id(v) for v in pool.map(lambda _: session.values[name], range(64))}) == 1  # noqa: B023


def test_a_closed_session_says_so_of_what_was_never_asked_for(path):
    session = vsa.Session.open(path)
    first = session.values["v1"]
    session.close()
    assert session.values["v1"] is first
    with pytest.raises(vsa.VsaError, match=r"^s\.vsa is closed: open it again to go on$"):
        session.values["v2"]


def test_every_value_is_what_it_was(tmp_path):
    path = tmp_path / "s.vsa"
    wanted = filled(path, 5)
    with vsa.Session.open(path) as session:
        assert list(session.values) == list(wanted)
        assert {name: made(value) for name, value in session.values.items()} == wanted
        assert session.values["a1"].label == "a1"
    with vsa.Session.open(path) as session:  # nor is it lost in another file
        session.save(path.with_name("t.vsa"))
    with vsa.Session.open(path.with_name("t.vsa")) as session:
        assert {name: made(value) for name, value in session.values.items()} == wanted


def test_a_name_that_was_never_asked_for_comes_back_by_an_undo(path):
    with vsa.Session.open(path) as session:
        session.run("v1 = 3")
        session.journal.undo()
    with vsa.Session.open(path) as session:
        assert session.values["v1"].shape == ()
        assert session.run("similarity(v1, v1)")[0] == pytest.approx(1, abs=1e-6)


def rewritten(path, name, data, crc):
    file = sqlite3.connect(path, isolation_level=None)
    where = "WHERE section='values' AND name=CAST(? AS BLOB)"
    file.execute(f"UPDATE array SET data=?, crc=? {where}", (data, crc, name))
    file.close()


UNSOUND = [
    (np.nan, True, "a vector is not of this space"),
    (1.0, False, "an array of 'v1' has changed"),
]


@pytest.mark.parametrize(("value", "sound", "said"), UNSOUND)
def test_a_vector_that_is_not_sound_is_told_when_it_is_asked_for(path, value, sound, said):
    data = np.full(DIM // 2 + 1, value, "<c8").tobytes()  # half a spectrum
    rewritten(path, "v1", data, zlib.crc32(data) + (not sound))
    told = f"'v1' cannot be read and stays in s.vsa: {said}"
    with vsa.Session.open(path) as session:
        *_, outcome = session.execute("v2")
        assert outcome.notes == ()
        with pytest.warns(SaveWarning, match=told), pytest.raises(KeyError):
            session.values["v1"]
        assert "v1" not in session.values
        assert session.values["v2"].shape == ()
        with pytest.raises(vsa.VsaError, match=said):  # by the name that nobody knows any more
            session.run("v1")
        session.run("v1 = 3; :undo")
    with vsa.Session.open(path) as session:  # it lies as it lay
        with pytest.warns(SaveWarning, match=told):
            assert "v1" not in dict(session.values.items())
        session.run("v1 = 3")
    with vsa.Session.open(path) as session:
        assert session.values["v1"] == 3


@pytest.mark.parametrize("change", ["v1 = 3", "def v1(q) = q", "atom v1", ":reset yes"])
def test_whatever_takes_the_place_of_what_cannot_be_read(change, path):
    rewritten(path, "v1", b"", 0)
    with vsa.Session.open(path) as session:
        *_, outcome = session.execute(change)
        assert any("'v1' cannot be read" in said for said in outcome.notes)
        assert ("v1" in session.values) == (change in ("v1 = 3", "atom v1"))


def test_it_is_a_mapping_like_any_other():
    asked = []

    def read(names):
        asked.append(names)
        return {name: list(name) for name in names if name != "lost"}

    names = OnDemand(threading.RLock(), read)
    names.wait(["ax", "lost"])
    names["b"] = 2
    assert len(names) == 3
    assert names == {"ax": ["a", "x"], "b": 2} == dict(names)
    assert asked == [["ax", "lost"]]
    assert repr(names) == "{'ax': ['a', 'x'], 'b': 2}"
    assert (list(reversed(names)), len(names)) == (["b", "ax"], 2)
    del names["b"]
    assert ("b" in names, names.get("b", 5), names.pop("ax")) == (False, 5, ["a", "x"])
    with pytest.raises(KeyError):
        names["ax"]


# --- the history ---------------------------------------------------------------------------------
def test_a_history_is_read_when_somebody_asks_for_it(path, calls):
    with vsa.Session.open(path) as session:
        calls["_read"] = 0
        session.run("q = 3")
        before = calls["_read"]
        session.run("q = 4; :undo; q = 5")
        assert session.logged == 5
        wanted = ["p = a1 * a2", "n = 7", "m = {a3, a2}", "s = a1 + a2", "q = 3", "q = 5"]
        asked = calls["_read"]
        assert session.history == wanted == session.history
        assert calls["_read"] == asked + 1
        assert before < 5
    with vsa.Session.open(path) as session:
        assert session.history == wanted


def test_what_is_past_is_a_mapping_like_any_other():
    asked = []

    def read():
        asked.append(1)
        return {0: "a", 3: "b", 4: "c", 9: "of a change that was not kept"}

    lock = threading.RLock()
    past = Past(lock, 4, read)
    past[5] = "d"
    past[6] = "e"
    del past[6]
    assert (past[5], 6 in past, next(reversed(past))) == ("d", False, 5)
    del past[5]
    assert (next(reversed(past)), next(reversed(Past(lock, -1, dict)), -1)) == (4, -1)
    assert asked == []
    past[5] = "d"
    assert list(reversed(Past(lock, 4, read))) == [4, 3, 0]
    assert list(reversed(past)) == [5, 4, 3, 0] == list(reversed(past))
    assert (list(past), len(past), past[3], 1 in past) == ([0, 3, 4, 5], 4, "b", False)
    past[3] = "B"
    del past[0]
    assert past == {3: "B", 4: "c", 5: "d"}
    assert len(asked) == 2
