"""What is printed as text commands no terminal, wherever it comes from."""

import io

import numpy as np
import pytest

from vsa import Session, Space, hookimpl, load_plugins
from vsa.errors import Note, VsaError
from vsa.lang.show import show
from vsa.notes import note
from vsa.suggest import printable
from vsa.terminal.cli import main
from vsa.terminal.progress import Progress
from vsa.terminal.report import TextReporter
from vsa.terminal.run import Runner

RED = "\x1b[31mred\x07\u202e\r"
SAFE = r"\x1b[31mred\x07\u202e\x0d"


def test_text_keeps_its_lines_tabs_and_letters():
    kept = "naïve\t✓\n日本 e\u0301 👩\u200d👩 \u00a0\u200e"
    assert printable(kept) == kept
    assert printable(RED + "\x9b1m\x7f\x85\u2028\ud800") == SAFE + r"\x9b1m\x7f\x85\u2028\ud800"


def shout() -> str:
    """Say something, and note it."""
    note(Note(RED))
    return RED


def fail() -> str:
    """Raise it."""
    raise VsaError(RED)


class Plugin:
    @hookimpl
    def vsa_functions(self):
        return [shout, fail]


def test_values_notes_and_errors(capsys):
    plugins = load_plugins(extra=[("red", Plugin())], installed=False)
    session = Session(Space(dim=16), plugins=plugins)
    Runner(session, TextReporter(located=False, caret=False, echo=True)).run(
        "x = shout()\nshout()\nfail()", "<input>"
    )
    out, err = capsys.readouterr()
    assert out == f"> x = shout()\n{SAFE}\n"
    assert err == f"note: {SAFE}\nerror: {SAFE}\n"  # the same note once


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", f'"{RED}"'],
        ["-c", r'"\u001b[31mred"'],
        ["-c", f"# {RED}\nnobody_is_called_this"],
        ["-c", f'load_family("{RED}")'],
        ["-c", f'load_words("{RED}")'],
        ["run", RED],
        ["functions", RED],
        ["--session", f"/nowhere/{RED}"],
        [f"--{RED}"],
        ["--no-plugin", RED, "-c", "1"],
        ["--traceback", "-c", f'load_family("{RED}")'],
    ],
    ids=str,
)
def test_what_is_typed_or_is_the_name_of_a_file(arguments, capsys):
    main(arguments)
    out, err = capsys.readouterr()
    assert not {"\x1b", "\x07", "\u202e"} & set(out + err)
    assert "red" in out + err or "nobody" in err


def test_what_is_counted():
    stream = io.StringIO()
    progress = Progress(stream, delay=0)
    progress.count(RED, 1, 2)
    progress._draw(1)
    assert stream.getvalue().startswith("\r" + SAFE)


@pytest.mark.parametrize("apart", [1e-8, -1e-8, 1e-3, -1e-3])
def test_of_items_that_are_as_near_but_for_rounding_the_oldest_comes_first(monkeypatch, apart):
    """What is printed is the same on all processors, whose products differ in the last bits."""
    session = Session(Space(dim=256))
    session.run("atom zebra, ant")
    cosines = np.array([[0.7, 0.7 + apart]])
    monkeypatch.setattr(type(session.memory), "similarities", lambda *given: cosines.copy())
    printed = show(session, session.run("zebra + ant")[-1])
    first = "ant 0.70, zebra 0.70" if apart == 1e-3 else "zebra 0.70, ant 0.70"
    assert printed.endswith(f"like {first}")
