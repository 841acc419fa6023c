"""`:plot`, `:picture` and the functions whose values are pictures, as they are typed; and kept."""

import json
import re

import numpy as np
import pytest

import vsa
from vsa.hooks.loader import load_plugins
from vsa.pictures import Bars, Curves, HeatMap, Points, Tree
from vsa.plugin import open_session, pictured, save, show
from vsa.terminal.cli import main
from vsa.terminal.complete import offers
from vsa.terminal.words import roles

PLUGINS = load_plugins()
SENTENCES = """
atom mark, john, fish, eat, see, cause, hunger
s = push(push(nil, mark), fish)
s1 = frame(eat, agt=mark, obj=fish)
s2 = frame(cause, agt=hunger, obj=s1)
"""


@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(dim=1024), plugins=PLUGINS)
    session.run(SENTENCES)
    return session


def drawn(session, expression):
    (value,) = session.run(expression)
    return pictured(value, session.memory)


# --- what is drawn -------------------------------------------------------------------------------
def test_an_answer_is_drawn_by_its_probabilities(session):
    picture = drawn(session, "cleanup(s, k=3)")
    (answer,) = session.run("cleanup(s, k=3)")
    assert isinstance(picture, Bars)
    assert dict(picture.rows) == {
        **{name: p for name, _, p in answer.matches()}, "nothing": float(answer.nothing),
    }  # fmt: skip
    assert (picture.top, picture.faint[0]) == (1.0, "nothing")


def test_a_set_of_many_is_drawn_with_what_it_leaves_out():
    space = vsa.Space(dim=64)
    memory = vsa.Memory(space)
    memory.add([f"a{i}" for i in range(100)], space.random(100))
    answer = memory.cleanup(space.random(), k=90, prior_nothing=0.1)
    rows = pictured(answer).rows
    assert [name for name, _ in rows[40:]] == ["the rest", "nothing"]
    assert sum(p for _, p in rows) == pytest.approx(
        1 - answer.found.probabilities[90:].sum(), abs=0.2
    )
    assert rows[40][1] == pytest.approx(sum(p for _, _, p in answer.matches()[40:]))


def test_answers_are_drawn_one_a_row(session):
    picture = drawn(session, "slots(s1)")
    assert [name for name, _ in picture.rows] == ["agt  mark", "obj  fish"]
    answers = session.memory.cleanup(
        session.space.stack([session.memory["mark"], session.space.random()])
    )
    rows = pictured(answers).rows
    assert rows[0] == ("1  mark", pytest.approx(1, abs=1e-3))
    assert (rows[1][0], pictured(answers).faint) == ("2  nothing", ["2  nothing"])
    square = session.memory.cleanup(session.space.random((2, 2)))
    with pytest.raises(vsa.VsaError, match=r"one batch \(n,\), not of shape \(2, 2\): take a row$"):
        pictured(square)


def test_a_matrix_is_a_heat_map_and_columns_are_bars(session):
    picture = drawn(session, "similarities(mark, s1, fish)")
    assert isinstance(picture, HeatMap)
    assert list(picture.rows) == list(picture.columns) == ["mark", "s1", "fish"]
    assert np.allclose(np.diag(picture.values), 1)
    assert drawn(session, "{mark, fish, mark}").rows == [("mark", 2), ("fish", 1)]
    why = drawn(session, "why(s1.agt)").rows
    assert why[-1][0] == "total  similarity with mark"
    for table, said in [
        (vsa.Table(["a"], [["x"]]), "this table has no column of numbers"),
        (vsa.Table(["", "a", "b"], [["x", 1, 2]]), "one column of numbers, and this has 2: a, b"),
    ]:
        with pytest.raises(vsa.VsaError, match=said):
            pictured(table)


def test_a_vector_is_drawn_by_what_it_is_like(session):
    picture = drawn(session, "s")
    assert picture.rows[0][0] == "fish"
    assert len(picture.rows) == 9  # all items
    assert vsa.plot(session.values["s"], memory=session.memory) == session.run(":plot s")[0]


# --- sweeps --------------------------------------------------------------------------------------
def test_a_sweep_is_drawn_beside_how_sure_its_answers_were(session):
    (table,) = session.run('sweep("dim", 16, 256, s2.obj.agt, answer=mark, trials=12)')
    said, right = pictured(table).series
    assert [row[1] for row in table.rows] == right.y.tolist()
    assert (said.line, right.line, pictured(table).log) == (True, False, True)
    low, high = right.error
    assert (right.y - low >= 0).all()
    assert (right.y + high <= 1 + 1e-9).all()
    # what they say is right as often, within three times the error of 12 trials
    assert (np.abs(said.y - right.y) < 3 * np.sqrt(0.25 / 12)).all()
    assert said.y[-1] > 0.95


def test_reliability_counts_all_answers_of_a_sweep(session):
    picture = drawn(session, 'reliability("dim", 16, 64, s1.agt, answer=mark, trials=10)')
    assert isinstance(picture, Curves)
    assert ", 30 answers, " in picture.note
    assert picture.diagonal


def test_a_trial_may_make_frames(session):
    (table,) = session.run('sweep("dim", 512, 512, frame(eat, agt=john).agt, trials=2)')
    assert table.rows[0][1] == 1


# --- trees ---------------------------------------------------------------------------------------
def names(node):
    return {part.edge: names(part) if part.parts else part.label for part in node.parts}


def test_frames_in_frames_are_read_back(session):
    tree = drawn(session, "constituents(s2)")
    assert isinstance(tree, Tree)
    assert tree.root.label == "s2"
    inner = {"head": "eat", "agt": "mark", "obj": "fish"}
    assert names(tree.root) == {"head": "cause", "agt": "hunger", "obj": inner}
    for node in (tree.root, tree.root.parts[2]):  # of three parts each has 1/√3
        assert [part.cosine for part in node.parts] == pytest.approx([3**-0.5] * 3, abs=0.06)


def test_chunks_stacks_and_sequences_are_read_back(session):
    tree = drawn(session, "constituents(chunks(mark, john, see, eat, mark, size=3))")
    assert [list(names(part).values()) for part in tree.root.parts] == [
        ["mark", "john", "see"],
        ["eat", "mark"],
    ]
    tree = drawn(session, 'constituents(push(s, s1), "stack")')
    assert [part.label for part in tree.root.parts] == ["s1", "fish", "mark"]
    assert names(tree.root.parts[0])["agt"] == "mark"
    assert tree.root.parts[2].cosine == pytest.approx(1, abs=0.01)
    tree = drawn(session, 'constituents([eat, see, s1], "sequence")')
    assert [part.label for part in tree.root.parts] == ["eat", "see", "s1"]


def test_what_is_no_structure_is_said(session):
    for text, said in [
        ("constituents(mark)", "of this vector memory does not know what structure it is: say which, as in "
         'constituents(s, "stack"); there are chunk, frame, queue, sequence, stack, token, tree'),
        ('constituents(s, "stak")', "kind must be one of chunk, frame, queue, sequence, stack, token, "
         "tree, not 'stak'"),
        ('constituents(nil, "stack")', "there is nothing to draw: nil has no parts"),
    ]:  # fmt: skip
        with pytest.raises(vsa.VsaError) as error:
            session.run(text)
        assert str(error.value) == said


# --- commands ------------------------------------------------------------------------------------
def test_a_picture_is_written_and_says_where(session, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "my top.svg"
    assert session.run(f':picture "{path}" top(s)') == [f"drawn: {path}"]
    assert ">fish</text>" in path.read_text()
    light = path.read_bytes()
    session.run(":set picture.dark true")
    assert session.run(f":picture '{path}' top(s)") == [f"drawn: {path} in place of an old one"]
    assert path.read_bytes() != light
    assert len(session.history) == 4 + 1 - 1  # commands change nothing that is replayed


@pytest.mark.parametrize(
    ("text", "said", "under"),
    [
        (":picture", ":picture needs 'path': :picture path expression", "picture"),
        (":picture a.svg", ":picture needs 'expression': :picture path expression", "a.svg"),
        (":picture a.svg mrak", "unknown name 'mrak'", "mrak"),
        (":picture 'a.svg' * mark", "a value is missing before '*'", "*"),
        (":picture a.gif mark", "a picture ends in .svg, .png, .pdf, not '.gif'", None),
        (":plot nil", "nil is like nothing: there is nothing to draw", None),
        (":plot 3", "3.0 has no picture: what can be drawn is an answer", None),
        (':plot [mark] + "a"', "", None),
        (":plot", ":plot needs 'expression': :plot expression", "plot"),
    ],
)
def test_errors_are_where_they_belong(session, text, said, under, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(vsa.VsaError, match=f"^{re.escape(said)}") as error:
        session.run(text)
    if under is not None:
        assert text[error.value.span.start : error.value.span.end] == under
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [":picture a.svg to", ":picture 'a b.svg' to", ":plot to"])
def test_tab_completes_what_is_drawn(session, text):
    assert "top" in [offer.text for offer in offers(session, text)]
    assert offers(session, ":picture to") == []


def test_what_is_drawn_is_coloured_as_an_expression(session):
    text = ":picture a.svg top(s)"
    found = [(word.kind, word.text, word.start) for word in roles(session, text)]
    assert ("argument", "a.svg", 9) in found
    assert ("function", "top", 15) in found
    assert all(text[start:].startswith(word) for _, word, start in found)


def test_nothing_is_reckoned_for_a_file_that_cannot_be(session):
    with pytest.raises(vsa.VsaError, match=r"^a picture ends in"):
        session.run(":picture a.gif top(nil)")  # which would be an error itself


# --- values --------------------------------------------------------------------------------------
def test_pictures_are_kept_and_undone(session, tmp_path):
    pytest.importorskip("plotille")
    session.run(
        't = constituents(s2); m = memory_map(); f = spectrum(mark + fish, mark); b = 2; '
        'w = sweep("dim", 64, 64, top(s), trials=2)'
    )  # fmt: skip
    save(session, tmp_path / "s.vsa")
    session.close()
    with open_session(tmp_path / "s.vsa", plugins=PLUGINS) as again:
        for name in "tmfw":
            assert show(again, again.values[name]) == show(session, session.values[name])
        assert isinstance(again.values["m"], (Points, HeatMap))
        again.run("x = spectrum(mark); :undo")
        assert "x" not in again.values


def test_pictures_as_json(capsys):
    text = 'atom a, b; constituents(push(nil, a), "stack"); spectrum(a + b)'
    assert main(["--json", "--dim", "16", "-c", text]) == 0
    tree, curves = (json.loads(line)["value"] for line in capsys.readouterr().out.splitlines())
    assert tree["root"]["parts"][0]["label"] == "a"
    assert (curves["picture"], len(curves["series"][0]["y"])) == ("curves", 9)


class Clock:
    """A value of a plugin's class, which has a picture, or gives something else, or fails."""

    vsa_name = "clock"

    def __init__(self, given: object) -> None:
        self.given = given

    def vsa_picture(self) -> Bars:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("no picture", "vsa_picture of Clock must give a picture of vsa.pictures"),
        (
            ZeroDivisionError("oh"),
            "vsa_picture of plugin 'extra0' failed: ZeroDivisionError: oh",
        ),
    ],
)
def test_a_class_of_a_plugin_has_its_picture_or_is_named(given, said):
    def clock(right: bool) -> Clock:
        """A clock."""
        return Clock(Bars([("hours", 3.0)]) if right else given)

    class Plugin:
        @vsa.hookimpl
        def vsa_functions(self):
            return [clock]

        @vsa.hookimpl
        def vsa_types(self):
            return [Clock]

    session = vsa.Session(vsa.Space(16), plugins=load_plugins(extra=[("extra0", Plugin())]))
    (drawn,) = session.run(":plot clock(true)")
    assert drawn.startswith("hours   3.00  █")
    with pytest.raises(vsa.VsaError) as error:
        session.run(":plot clock(false)")
    assert str(error.value).split(" (")[0] == said
