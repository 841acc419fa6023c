"""A value that cannot be read costs that value and a note; it stays in the file and comes back."""

import json
import sqlite3
import warnings
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from test_damaged_files import SPACE, change

import vsa
from vsa.errors import SaveWarning
from vsa.hooks.loader import load_plugins
from vsa.persist import open_session, save

FAMILY = 'load_family("{}/f.csv"); who = person("ann"); kin = mother(who)'


def opened(path, **options):
    """The session, and what is said of it when all of it has been asked for."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", SaveWarning)
        session = open_session(path, **options)
        dict(session.values.items()), session.history
    return session, [str(warning.message) for warning in said]


def raw(path, name):
    """What the file has under a name, byte for byte."""
    connection = sqlite3.connect(path)
    key = (name.encode(),)
    entry = connection.execute("SELECT section, state, crc FROM entry WHERE name=?", key).fetchall()
    arrays = connection.execute("SELECT number, data, crc FROM array WHERE name=?", key).fetchall()
    connection.close()
    return entry, arrays


@pytest.fixture
def path(tmp_path):
    with open_session(tmp_path / "s.vsa", SPACE) as session:
        session.run("atom a, b; def f(q) = q / b; n = 3; keep = a * b")
        session.set("batch", SPACE.random(4))
    return tmp_path / "s.vsa"


@pytest.fixture
def family(tmp_path):
    """A session with values of a plugin that may be left out, one of which refers to another."""
    (tmp_path / "f.csv").write_text("ann,mother,bea\nbea,mother,cid\n")
    with open_session(tmp_path / "s.vsa", SPACE) as session:
        session.run("atom a; keep = a * a")
        session.run(FAMILY.format(tmp_path))
    return tmp_path / "s.vsa"


# --- what is written there -------------------------------------------------------------------
VECTOR = '{"vector": {"array": [0, "%s", %s]}, "label": null}'
ANSWER = {
    "answer": {
        "rows": {"array": [0, "<i8", [1]]}, "similarities": {"array": [1, "<f8", [1]]},
        "probabilities": {"array": [2, "<f8", [1]]}, "nothing": {"array": [3, "<f8", []]},
        "margin": {"array": [4, "<f8", []]}, "log_sum": {"array": [5, "<f8", []]},
    },
    "names": ["a"], "items": 2, "labels": None, "query": None, "of": {"memory": True},
}  # fmt: skip
ROWS = [np.array([1], "<i8"), np.ones(1), np.ones(1), np.zeros(()), np.ones(()), np.zeros(())]
UNSOUND = {
    "no JSON": "{",
    "JSON in JSON in JSON": "[" * 100_000 + "]" * 100_000,
    "lists in lists": "[" * 500 + "]" * 500,
    "no value": '{"import": "os"}',
    "a class of nobody": '{"type": "Popen", "plugin": "subprocess", "state": {}}',
    "a class that is not registered": '{"type": "Quotation", "plugin": "algebra", "state": 1}',
    "a class made of something else": '{"type": "Family", "plugin": "kinship", "state": 1}',
    "a function of nobody": '{"function": "system", "plugin": "os"}',
    "an object that is not there": '{"object": 77}',
    "an array that is not there": VECTOR % ("<c8", [17]),
    "a definition that is none": '{"definition": "1 + 1", "free": {}}',
    "two statements for one": '{"definition": "def g(x) = x; atom zz", "free": {}}',
    "a row that memory does not have": '{"set": [[2, 1]], "of": {"memory": true}}',
    "a row before the first": '{"set": [[-1, 1]], "of": {"memory": true}}',
    "a member that is no row": '{"set": [["a", 1]], "of": {"memory": true}}',
    "a set of nothing": '{"set": [[0, 1]], "of": 5}',
    "short rows of a table": '{"table": ["t", ["x", "y"], [{"tuple": [1, 2]}, {"tuple": [1]}]]}',
    "rows of a table that are none": '{"table": ["t", ["x"], [1]]}',
}
UNSOUND_ARRAYS = {
    "objects of Python": (VECTOR % ("|O", [4, 17]), [np.zeros((4, 17), "<c8")]),
    "more numbers than there are": (VECTOR % ("<c8", [4_000_000_000, 17]), [np.zeros(9)]),
    "another dimension": (VECTOR % ("<c8", [17, 4]), [np.zeros((17, 4), "<c8")]),
    "numbers that are none": (VECTOR % ("<c8", [17]), [np.full(17, np.nan, "<c8")]),
    "numbers the other way round": (VECTOR % (">c8", [17]), [np.ones(17, "<c8")]),
    "one array twice": (
        f"[{VECTOR},{VECTOR}]" % ("<c8", [17], "<c8", [17]), [np.ones(17, "<c8")],
    ),
    "an answer with a row too many": (
        json.dumps(ANSWER), [np.array([2], "<i8"), *ROWS[1:]],
    ),
    "an answer of two shapes": (
        json.dumps(ANSWER).replace('[1, "<f8", [1]]', '[1, "<f8", [2]]'),
        [ROWS[0], np.ones(2), *ROWS[2:]],
    ),
    "an answer with names that are lists": (
        json.dumps({**ANSWER, "names": [{"a": 1}]}), ROWS,
    ),
}  # fmt: skip


def plant(path, state, arrays=()):
    """Make this what the file says of n."""
    rows = [
        ("INSERT INTO array VALUES ('values', CAST('n' AS BLOB), ?, 0, ?, ?)",
         (i, array.tobytes(), zlib.crc32(array.tobytes())))
        for i, array in enumerate(arrays)
    ]  # fmt: skip
    entry = "UPDATE entry SET state=? WHERE section='values' AND name=CAST('n' AS BLOB)"
    change(path, (entry, (state,)), *rows)


@pytest.mark.parametrize("what", [*UNSOUND, *UNSOUND_ARRAYS])
def test_what_is_no_value(path, what):
    state, arrays = UNSOUND_ARRAYS.get(what) or (UNSOUND[what], ())
    plant(path, state, arrays)
    before = raw(path, "n")
    session, said = opened(path)
    with session:
        assert len(said) == 1, said
        assert said[0].startswith("'n' cannot be read and stays in s.vsa: ")
        assert "\n" not in said[0]
        assert list(session.values) == ["a", "b", "keep", "batch"]
        session.run("z = a")
    assert raw(path, "n") == before


def test_what_is_planted_can_be_read_where_it_is_sound(path):
    """So that the answers above are refused for what is wrong with each."""
    plant(path, json.dumps(ANSWER), ROWS)
    session, said = opened(path)
    with session:
        assert (said, session.values["n"].name) == ([], "a")


def test_thirty_levels_of_shared_lists(path):
    """What would be 2³⁰ lists when it is shown or compared: only things are shared, no lists."""
    insert = "INSERT INTO entry (section, name, number, state) VALUES ('objects', ?, ?, ?)"
    level = '[{"object": %d}, {"object": %d}]'
    rows = [(insert, (str(i).encode(), i, level % (i + 1, i + 1))) for i in range(10, 40)]
    change(path, *rows, (insert, (b"40", 40, "[]")))
    plant(path, '{"object": 10}')
    session, said = opened(path)
    session.close()
    assert said == ["'n' cannot be read and stays in s.vsa: what is kept once is not one thing"]


def test_an_object_that_is_made_of_itself(path):
    insert = "INSERT INTO entry (section, name, number, state) VALUES ('objects', ?, 9, ?)"
    change(path, (insert, (b"9", '{"definition": "def g(x) = y", "free": {"y": {"object": 9}}}')))
    plant(path, '{"object": 9}')
    session, said = opened(path)
    session.close()
    assert said == ["'n' cannot be read and stays in s.vsa: object 9 is made of itself"]


@pytest.mark.parametrize(("section", "state"), [
    ("definitions", "5"), ("counters", '"x"'), ("history", "[]"), ("settings", '"x"'),
])  # fmt: skip
def test_what_does_not_belong_to_its_section(path, section, state):
    insert = "INSERT INTO entry (section, name, number, state) VALUES (?, ?, NULL, ?)"
    name = "why.terms" if section == "settings" else "w"
    change(path, (insert, (section, name.encode(), state)))
    session, said = opened(path)
    session.close()
    assert said == [f"'{name}' cannot be read and stays in s.vsa: it is none of the {section}"]


def test_damage_costs_what_is_damaged(path):
    connection = sqlite3.connect(path)
    connection.execute("UPDATE entry SET state='4' WHERE name=CAST('n' AS BLOB)")
    connection.execute("UPDATE array SET data=x'00' WHERE name=CAST('batch' AS BLOB)")
    connection.execute("UPDATE entry SET state='\"z\"' WHERE section='history' AND number=1")
    connection.commit()
    connection.close()
    session, said = opened(path)
    with session:
        assert said == [
            "'n' cannot be read and stays in s.vsa: it has changed since it was written",
            "'batch' cannot be read and stays in s.vsa: an array of 'batch' has changed",
            "number 1 of the history cannot be read and stays in s.vsa: it has changed since it "
            "was written",
        ]
        session.run("z = a; y = z")
        history = session.history
        assert history == ["atom a, b", "n = 3", "keep = a * b", "z = a", "y = z"]
    session, _ = opened(path)
    with session:
        assert session.history == history


# --- of a plugin that is not there -----------------------------------------------------------
def test_values_of_a_plugin_that_is_left_out_come_back_with_it(family):
    before = {name: raw(family, name) for name in ("family", "who", "kin")}
    without = load_plugins(exclude=["kinship"])
    session, said = opened(family, plugins=without)
    with session:
        assert len(said) == 1
        assert said[0].endswith(
            " cannot be read and stay in s.vsa: the plugin 'kinship' is not loaded"
        )
        assert all(f"'{name}'" in said[0] for name in ("family", "who", "kin", "mother"))
        with pytest.raises(vsa.VsaError, match="the plugin 'kinship' is not loaded"):
            session.run("who")
        session.run("keep = a; atom c; def g(x) = x * c; :undo; who = a; :undo; kin = c")
        session.run(":undo")
        with pytest.raises(vsa.VsaError):
            session.run("who = frame(a, agt=nobody)")
    assert {name: raw(family, name) for name in before} == before
    with open_session(family) as again:
        assert str(again.run("child(kin)")[0]) == "{ann}"
        assert again.values["who"].family is again.values["family"]
        again.run("d = mother(kin)")


def test_another_value_takes_its_name(family):
    session, _ = opened(family, plugins=load_plugins(exclude=["kinship"]))
    with session:
        session.run("who = a")
    with open_session(family) as again:
        assert again.values["who"].label == "a"
        assert str(again.values["kin"]) == "{bea}"


def test_it_goes_along_to_another_file(family, tmp_path):
    session, _ = opened(family, plugins=load_plugins(exclude=["kinship"]))
    session.run("who = a")
    save(session, tmp_path / "t.vsa")
    session.run(":undo")
    session.close()
    with open_session(tmp_path / "t.vsa") as again:
        assert again.values["who"].family is again.values["family"]
        assert str(again.run("child(kin)")[0]) == "{ann}"


def test_it_is_not_exported_and_nothing_is_imported_over_it(family, tmp_path):
    pytest.importorskip("safetensors", reason="the extra 'exchange' brings it")
    session, _ = opened(family, plugins=load_plugins(exclude=["kinship"]))
    with session:
        *_, outcome = session.execute(f":export {tmp_path / 'out'}")
        assert "'family'" in outcome.notes[0]
        assert outcome.notes[0].endswith(" cannot be read and not be exported")
        session.memory.remove("a")
        for name in list(session.values):
            with session.journal.transaction("forget"):
                session.journal.discard("values", session.values, name)
        with pytest.raises(vsa.VsaError, match="this session has names already"):
            session.run(f":import {tmp_path / 'out'}")


# --- what is not written ---------------------------------------------------------------------
class Odd:
    """A value of a plugin that gives one state and takes another."""

    def __init__(self, state):
        self.state = state

    def vsa_state(self):
        if self.state == "fails":
            raise OSError("no disk")
        return self.state

    @classmethod
    def vsa_restored(cls, state):
        if state != "sound":
            raise KeyError(state)
        return cls(state)


def odd(state: str) -> Odd:
    """One.

    > odd("sound")
    """
    return Odd(state)


PLUGIN = SimpleNamespace(
    vsa_functions=vsa.hookimpl(lambda: [odd]), vsa_types=vsa.hookimpl(lambda: [Odd])
)


@pytest.mark.parametrize(("text", "why"), [
    ('odd("strange")', "plugin 'odd' cannot read it: KeyError: 'strange'"),
    ('odd("fails")', "vsa_state of plugin 'odd' failed: OSError: no disk"),
    ("1e15 * (1e15 * (1e15 * a))", "a vector with NaN or infinite components cannot be saved"),
])  # fmt: skip
def test_what_could_not_be_read_back_is_not_written(tmp_path, text, why):
    plugins = load_plugins(extra=[("odd", PLUGIN)])
    with open_session(tmp_path / "s.vsa", SPACE, plugins) as session:
        session.run('atom a; good = odd("sound")')
        *_, outcome = session.execute(f"x = {text}")
        assert outcome.notes[-1].startswith(f"'x' is not in s.vsa: {why}")
        session.run("y = a")
        assert "x" in session.values
    session, said = opened(tmp_path / "s.vsa", plugins=plugins)
    with session:
        assert (said, list(session.values)) == ([], ["a", "good", "y"])


def test_python_values_that_no_file_can_hold(tmp_path):
    deep = []
    for _ in range(150):
        deep = [deep]
    odd = {"deep": deep, "digits": 10**5000, "complex": np.complex64(1j), "long": np.longdouble(1)}
    with open_session(tmp_path / "s.vsa", SPACE) as session:
        for name, value in odd.items():
            with pytest.warns(SaveWarning, match=f"^'{name}' is not in s.vsa: "):
                session.set(name, value)
        session.set("n", np.float32(0.1))
    with open_session(tmp_path / "s.vsa") as again:
        assert again.values == {"n": float(np.float32(0.1))}


def test_a_set_whose_members_were_undone_is_not_written(tmp_path):
    """Its rows may be those of other items by now."""
    with open_session(tmp_path / "s.vsa", SPACE) as session:
        session.run("atom a; atom b")
        members = session.run("{a, b}")[0]
        session.run(":undo; atom c")
        with pytest.warns(SaveWarning, match="a set whose members were undone cannot be saved"):
            session.set("m", members)
    open_session(tmp_path / "s.vsa").close()
