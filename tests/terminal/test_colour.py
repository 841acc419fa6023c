"""Answers and errors in colour: by how sure they are, which words say too, and never in a pipe."""

import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from terminals import at_a_terminal

import vsa
from vsa.hooks.loader import load_plugins
from vsa.layout import aligned, columns, fitted, within
from vsa.numbers.estimate import Estimate
from vsa.style import ROLES, painted, styled, styling, sureness
from vsa.terminal.report import TextReporter, shown
from vsa.terminal.run import Runner
from vsa.terminal.style import TEXT, coloured

PLUGINS = load_plugins()
ESCAPES = re.compile(r"\x1b\[[\d;]*m")
ANSWERS = {
    "top(push(nil, red))": "red  1.00  <certain>certain</>",
    "cleanup(red * car)": "<nothing>nothing (closest: …)</>",
    "cleanup(red + 0.997 * blue, coverage=0.99, load=2)": "red    0.72  <doubtful>P = …, doubtful</>\n"
    "blue   0.72  <doubtful>P = …, doubtful</>",
    "cleanup(red * car, coverage=0.6)": "<nothing>nothing</>  <doubtful>P = …, doubtful</>",
    "cleanup(red * car, coverage=0.95)": "<nothing>nothing</>         <nothing>P = …</>\n"
    "red       0.07  <doubtful>P = …, doubtful</>",
    "decode([red, blue])": "[red, blue]",
    "decode([red, red + 0.99 * blue])": "[red, red (<likely>P = …, likely</>)]  at least 2 items",
    "familiar(red)": "familiar  <certain>certain</>, like red",
    "familiar(red * car)": "new  <doubtful>P = …, doubtful</>",
}


@pytest.fixture(scope="module")
def session():
    made = vsa.Session(vsa.Space(dim=256), plugins=PLUGINS)
    made.run("atom red, green, blue, car")
    return made


def marked(text):
    """Escape codes as the names of what they stand for."""
    for role in ("certain", "likely", "doubtful", "nothing", "culprit", "error"):
        text = text.replace(f"\x1b[{TEXT[role]}m", f"<{role}>")
    return text.replace("\x1b[0m", "</>")


def like(text, pattern):
    return re.fullmatch(re.escape(pattern).replace("…", "(?s:.*?)"), text)


@pytest.mark.parametrize("asked", ANSWERS)
def test_answers_are_coloured_by_how_sure_they_are(session, asked, capsys):
    Runner(session, TextReporter(located=False, caret=True, colour=True)).run(asked, "<input>")
    out = capsys.readouterr().out
    assert like(marked(out).rstrip("\n"), ANSWERS[asked]), marked(out)
    Runner(session, TextReporter(located=False, caret=True, colour=False)).run(asked, "<input>")
    assert capsys.readouterr().out == ESCAPES.sub("", out)  # and nothing else is different


@pytest.mark.parametrize(
    ("probability", "role"),
    [(1, "certain"), (0.995, "certain"), (0.99, "likely"), (0.9, "likely"), (0.89, "doubtful")],
)
def test_the_role_is_that_of_the_probability(probability, role):
    number = [np.array(x) for x in (3.0, 0.1, probability, 0.0)]
    with styling():
        for text in (sureness(probability), str(Estimate(*number)).split("  ")[1]):
            assert marked(painted(text, TEXT)).startswith(f"<{role}>")
            assert marked(painted(text, TEXT)).endswith("</>")
    number = "" if role == "certain" else f"P = {probability:.2f}, "
    assert sureness(probability) == number + role


def test_answers_are_told_apart_without_red_and_green():
    assert TEXT.keys() == set(ROLES)
    answers = [TEXT[role] for role in ("certain", "likely", "doubtful", "nothing")]
    assert len(set(answers)) == 4
    assert not any(code in {"31", "32"} for look in answers for code in look.split(";"))


def test_carets_are_coloured(session, capsys):
    reporter = TextReporter(located=False, caret=True, colour=True)
    assert not Runner(session, reporter).run("red + gren", "<input>")
    assert marked(capsys.readouterr().err) == (
        "<error>error:</> unknown name 'gren'\n"
        "  1 | red + gren\n"
        "    |       <culprit>^^^^</> did you mean 'green'? "
        "Or declare a new symbol with: atom gren\n"
    )


def test_texts_are_plain_but_where_they_are_shown_in_colour(session):
    (answer,) = session.run("top(push(nil, red))")
    assert str(answer) == shown(session, answer) == "red  1.00  certain"
    assert repr(answer) == "<Answer red  1.00  certain>"
    assert str(session.run(":time top(push(nil, red))")[0]).startswith("red  1.00  certain\n")


def test_colours_end_with_each_line():
    with styling(), within(30):
        text = fitted(styled(("many words " * 6).strip(), "nothing"))
    lines = painted(text, TEXT).split("\n")
    assert len(lines) > 1
    assert all(line.startswith("\x1b[2m") and line.endswith("\x1b[0m") for line in lines)
    assert ESCAPES.sub("", "\n".join(lines)) == fitted(("many words " * 6).strip(), 30)


def test_a_foreign_sign_leaves_no_colour_behind():
    assert painted("a\ufdd0b\ufdefc\ufdd0", TEXT).endswith("\x1b[0m")
    assert painted("a\ufdefb\ufdeec", TEXT) == "abc"


@pytest.mark.parametrize("room", [60, 80, 100, 200])
def test_colours_take_no_columns(room):
    def rows():
        return [(f"item {i} " * i, sureness(i / 12), "words " * 9) for i in range(12)]

    with styling():
        marks = rows()
    with within(room):
        assert ESCAPES.sub("", painted(aligned(marks), TEXT)) == aligned(rows())
        assert max(map(columns, aligned(marks).split("\n"))) <= room


# --- where ------------------------------------------------------------------------------------
class Screen(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environment", "screen", "pipe"),
    [
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"TERM": "xterm", "FORCE_COLOR": "0"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "3"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_where_there_is_colour(environment, screen, pipe, monkeypatch):
    for name in ("TERM", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert coloured(Screen()) is screen
    assert coloured(io.StringIO()) is pipe
    assert coloured(None) is False


def test_no_escape_codes_in_pipes_and_none_in_json():
    code = "atom red, blue; top(push(nil, red)); cleanup(red * blue); nosuch"
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    for options, forced in (((), ""), (("--json",), "1"), ((), "1")):
        done = subprocess.run(
            [sys.executable, "-m", "vsa", *options, "-c", code],
            capture_output=True,
            text=True,
            env={**environment, "FORCE_COLOR": forced},
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 1
        assert ("\x1b[1;36mcertain" in said) is (bool(forced) and not options)
        if options:
            assert [json.loads(line) for line in done.stdout.splitlines()]
        if options or not forced:
            assert "\x1b" not in said
            assert "\ufdd0" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize("room", [60, 200])
def test_at_a_terminal(room):
    code = "atom red, blue; cleanup(red + blue, k=2); cleanup(red * blue); top(push(nil, red)); rde"
    status, lines = at_a_terminal(code, room, "xterm")
    assert status == 1
    for role in ("certain", "nothing", "error", "culprit"):
        assert f"\x1b[{TEXT[role]}m" in "".join(lines)
    assert max(columns(ESCAPES.sub("", line)) for line in lines) <= room
    assert all(line.count("\x1b") % 2 == 0 for line in lines)  # begun and ended
