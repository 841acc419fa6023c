"""What was printed can be pasted: prompts and results are told from what was typed."""

import io

import pytest

import vsa
from vsa.hooks.loader import load_plugins
from vsa.lang.syntax import is_open
from vsa.lang.syntax.errors import LanguageError
from vsa.lang.syntax.transcript import statements
from vsa.terminal.converse import Lines
from vsa.terminal.report import TextReporter
from vsa.terminal.run import Runner

PLUGINS = load_plugins()
PASTED = {
    "as it is printed here": "> atom bee, wasp\n> s = push(push(nil,\n.   bee), wasp)\n> top(s)\n"
    "wasp  0.71  certain\n> 1 + 1\n2\n",
    "as Python prints": ">>> atom bee, wasp\n>>> s = push(push(nil,\n...   bee), wasp)\n>>> top(s)\n"
    "wasp  0.71  certain\n>>> 1 + 1\n2\n",
    "with the name": "vsa> atom bee, wasp\nvsa> s = push(push(nil,\n...   bee), wasp)\nvsa> top(s)\n"
    "wasp  0.71  certain\nvsa> 1 + 1\n2\n",
    "echoed": "> atom bee, wasp\n> s = push(push(nil,\n>   bee), wasp)\n> top(s)\n"
    "wasp  0.71  certain\n> 1 + 1\n2\n",
    "from help": "\n    > atom bee, wasp; s = push(push(nil, bee), wasp)\n    > top(s)\n    wasp  …\n"
    "\n    > 1 + 1\n    2",
}
PASTED["with line ends of Windows"] = PASTED["echoed"].replace("\n", "\r\n")
NOTE = "a transcript: 2 lines without a prompt left out, as results"


@pytest.fixture
def session():
    return vsa.Session(vsa.Space(dim=256), plugins=PLUGINS)


@pytest.mark.parametrize("how", PASTED)
def test_a_transcript_runs(session, how):
    outcomes = list(session.execute(PASTED[how]))
    assert [str(o.value).split()[0] for o in outcomes if o.shown] == ["wasp", "2.0"]
    assert [note for o in outcomes for note in o.notes] == [NOTE]
    assert ">" not in "".join(session.history)


@pytest.mark.parametrize("how", PASTED)
def test_a_transcript_from_a_pipe(session, how, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASTED[how]))
    lines = Lines(Runner(session, TextReporter(located=True, caret=False)), "<stdin>")
    lines.read()
    out, err = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines()] == ["wasp", "2"]
    assert err == f"note: {NOTE}\n"
    assert not lines.failed


def test_places_are_those_of_the_transcript(session):
    with pytest.raises(LanguageError) as caught:
        session.run("> atom bee\n> bee\nbee: atom\n>   bea\n")
    assert caught.value.located().startswith("<input>:4:5: unknown name 'bea'")


def test_a_transcript_is_as_long_as_it_was():
    for text in PASTED.values():
        found, left_out = statements(text)
        assert (len(found), left_out) == (len(text), 2)
        assert found.splitlines(keepends=True) != text.splitlines(keepends=True)


@pytest.mark.parametrize("text", ["1 + 1\n> 2", "a.b", ".5 + 1", "... + 1", "x = 1 # > 2\n> 3"])
def test_other_texts_are_left_as_they_are(text):
    assert statements(text) == (text, 0)


def test_a_prompt_that_is_pasted_into_a_text_is_named(session):
    with pytest.raises(LanguageError) as caught:
        session.run("x = 1\n> x\n")
    assert str(caught.value) == (
        "a value is missing before '>'; "
        "a prompt is not typed; a transcript may be pasted from a prompt on"
    )
    assert session.run("1 > 2") == [False]


def test_enter_goes_on_in_a_transcript_that_is_open():
    assert is_open("> push(nil,")
    assert not is_open("> push(nil,\n. x)")
