"""What is printed fits the window: at any width, in one way for all that there is to print."""

import re
import sys
from pathlib import Path

import pytest
from terminals import at_a_terminal

import vsa
from vsa.hooks.loader import load_plugins
from vsa.lang.syntax.errors import LanguageError
from vsa.layout import aligned, columns, fitted, within
from vsa.memory.answer import Answer
from vsa.pictures.text import bars
from vsa.terminal.listing import list_functions, list_plugins
from vsa.terminal.report import TextReporter, shown

ROOT = Path(__file__).parent.parent
WIDTHS = [60, 80, 100, 200]
PLUGINS = load_plugins()
NAMES = [f"item_{'long_' * (i % 5)}{i}" for i in range(30)]


@pytest.fixture(scope="module")
def session():
    made = vsa.Session(vsa.Space(dim=256), plugins=PLUGINS)
    made.run(f'atom {", ".join(NAMES)}, agt, eat; prose = "{"many words " * 30}"')
    made.run(f"def all_of_them(x) = x + {' + '.join(NAMES)}")
    return made


SHOWN = {
    "help": "help()",
    "help of a function": "?load_family",
    "help of a sign": "?-",
    "a set": "{%s}" % ", ".join(NAMES),  # noqa: UP031
    "a sequence of answers": f"members({' + '.join(NAMES)})",
    "a matrix": f"similarities({', '.join(NAMES[:12])})",
    "a table": "why(frame(eat, agt=%s).agt)" % NAMES[4],  # noqa: UP031
    "a vector": f"{NAMES[4]} + {NAMES[9]} + {NAMES[14]}",
    "several matches": f"cleanup({NAMES[4]} + {NAMES[9]}, k=3)",
    "a text": "prose",
    "names": ":names",
    "bars": f":plot {' + '.join(NAMES[:9])}",
}


@pytest.mark.parametrize("room", WIDTHS)
@pytest.mark.parametrize("what", SHOWN)
def test_values_fit(session, what, room):
    with within(room):
        (value,) = session.run(SHOWN[what])
    lines = shown(session, value, room).splitlines()
    assert max(map(columns, lines)) <= room
    wide = shown(session, session.run(SHOWN[what])[0])
    if what not in ("a matrix", "bars"):  # where first columns stand again, and bars are shorter
        assert sorted("".join(lines).replace(" ", "")) == sorted("".join(wide.split()))


@pytest.mark.parametrize("room", WIDTHS)
def test_words_are_not_broken_where_they_need_not_be(session, room):
    text = shown(session, session.run("prose")[0], room)
    assert set(text.split()) == {"many", "words"}
    assert len(text.splitlines()) == len(fitted("many words " * 30, room).splitlines())
    members = shown(session, session.run(SHOWN["a set"])[0], room)
    assert set(re.findall(r"[\w]+", members)) == set(NAMES)


@pytest.mark.parametrize("room", WIDTHS)
def test_every_help_fits(session, room):
    with within(room):
        for name in [*PLUGINS.functions, *(f":{c}" for c in PLUGINS.commands)]:
            lines = fitted(session.run(f'help("{name}")')[0]).splitlines()
            assert max(map(columns, lines)) <= room, name


@pytest.mark.parametrize("room", WIDTHS)
@pytest.mark.parametrize(
    "text",
    [f"{NAMES[0]} + {' * '.join(NAMES[:20])} + item_lnog_1", "x = mark; " * 20 + "?!", "1 +"],
)
def test_errors_fit_and_carets_stand_under_the_culprit(session, text, room):
    with pytest.raises(LanguageError) as caught:
        session.run(text)
    with within(room):
        lines = fitted(f"error: {caught.value.pretty()}").splitlines()
    assert max(map(columns, lines)) <= room
    under = next(i for i, line in enumerate(lines) if re.match(r"^ +\| +\^", line))
    at = [i for i, char in enumerate(lines[under]) if char == "^"]
    span = caught.value.span
    assert lines[under - 1][at[0] : at[-1] + 1] == text[span.start : span.end]


@pytest.mark.parametrize("room", WIDTHS)
def test_notes_and_listings_fit(room, monkeypatch, capsys):
    monkeypatch.setattr("vsa.terminal.report.window", lambda stream: room)
    reporter = TextReporter(located=False, caret=True, colour=True)
    reporter.aside("note", "a note of many words " * 20)
    list_functions(PLUGINS, reporter)
    list_plugins(PLUGINS, reporter)
    out, err = capsys.readouterr()
    assert err.startswith("\x1b[33mnote:\x1b[0m a note of many words")
    assert max(map(columns, [*out.splitlines(), err.replace("\x1b[33m", "")[:room]])) <= room


def test_a_pipe_is_no_window(session, capsys):
    TextReporter(located=True, caret=False).aside("note", "many words " * 50)
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert len(shown(session, session.run(SHOWN["a set"])[0]).splitlines()) == 1


def test_wide_characters_take_two_columns():
    assert fitted("犬" * 40, 60).split("\n") == ["犬" * 30, "  " + "犬" * 10]
    assert aligned([("犬", "1"), ("dog", "20")], {1}) == "犬    1\ndog  20"
    names = vsa.Memory(vsa.Space(dim=64))
    names.add(["犬", "cat"], names.space.batch(["犬", "cat"]))
    answer = names.cleanup(names.space.atom("犬") + names.space.atom("cat"), k=2)
    assert isinstance(answer, Answer)
    lines = str(answer).splitlines()
    assert len({columns(line[: line.index("0.")]) for line in lines}) == 1
    assert bars([("犬", 1.0), ("dog", 1.0)]).splitlines()[0].startswith("犬    1.00  █")


def test_a_wide_table_stands_in_blocks_with_its_first_column():
    cells = [["name", *(f"column {i}" for i in range(6))], ["row", *"123456"]]
    with within(40):
        blocks = aligned(cells, range(1, 7)).split("\n\n")
    assert [block.split()[0] for block in blocks] == ["name", "name"]
    assert "".join(" ".join(block.split("\n")[1] for block in blocks).split()) == "row123row456"


def test_a_cell_of_text_is_broken_where_that_is_enough():
    with within(40):
        assert aligned([("a", "word " * 15, "3")], {2}).splitlines() == [
            "a  word word word word word word word  3",
            "   word word word word word word word",
            "   word",
        ]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize("room", WIDTHS)
def test_at_a_terminal(room):
    code = f"help(); atom {', '.join(NAMES)}; {{{', '.join(NAMES)}}}; mrk + {' + '.join(NAMES)}"
    status, lines = at_a_terminal(code, room, "dumb")
    assert status == 1
    assert room - 20 < max(map(columns, lines)) <= room
