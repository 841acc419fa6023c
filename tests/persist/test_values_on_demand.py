"""A session is opened without making what its names stand for; what is not sound is told then."""

import sqlite3
import zlib

import numpy as np
import pytest

import vsa
from vsa.errors import SaveWarning
from vsa.persist.database import Database
from vsa.persist.demand import OnDemand, Waiting
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


def test_what_is_asked_for_is_made_once(path, calls):
    with vsa.Session.open(path) as session:
        calls.update(dict.fromkeys(calls, 0))
        assert session.values["a2"] is session.values["a2"]
        assert session.values["v2"] is session.values.get("v2")
        assert "a3" in session.values
        assert (calls["atom"], calls["decode"]) == (1, 1)


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


@pytest.mark.parametrize(
    ("value", "sound", "said"),
    [(np.nan, True, "a vector is not of this space"), (1.0, False, "an array of 'v1' has changed")],
)
def test_a_vector_that_is_not_sound_is_told_when_the_session_is_opened(path, value, sound, said):
    data = np.full(DIM // 2 + 1, value, "<c8").tobytes()  # half a spectrum
    rewritten(path, "v1", data, zlib.crc32(data) + (not sound))
    with pytest.warns(SaveWarning, match=f"'v1' cannot be read and stays in s.vsa: {said}"):
        session = vsa.Session.open(path)
    assert "v1" not in session.values
    assert "v2" in session.values
    session.close()


def test_it_is_a_mapping_like_any_other():
    names = OnDemand()
    names["ax"] = Waiting(list)
    names["b"] = 2
    assert names == {"ax": ["a", "x"], "b": 2} == dict(names)
    assert repr(names) == "{'ax': ['a', 'x'], 'b': 2}"
    assert (list(reversed(names)), len(names)) == (["b", "ax"], 2)
    del names["b"]
    assert ("b" in names, names.get("b", 5), names.pop("ax")) == (False, 5, ["a", "x"])
    with pytest.raises(KeyError):
        names["ax"]
