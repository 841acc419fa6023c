"""The interactive session: keys, history, Ctrl-C, progress, and poor terminals."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import to_plain_text
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

import vsa
from vsa.errors import Quit
from vsa.hooks.hookspecs import hookimpl
from vsa.hooks.loader import load_plugins
from vsa.hooks.plugins import Plugins
from vsa.lang.session import Session
from vsa.layout import columns
from vsa.terminal.progress import Progress
from vsa.terminal.prompt import Prompt, history, status
from vsa.terminal.report import TextReporter
from vsa.terminal.run import Runner

Captured = pytest.CaptureFixture[str]
Condition = Callable[[Buffer], bool]
ENTER, TAB, CTRL_C, CTRL_D, UP, RIGHT, ALT_ENTER = (
    "\r", "\t", "\x03", "\x04", "\x1b[A", "\x1b[C", "\x1b\r",
)  # fmt: skip


class Extra:
    """A plugin with functions that are interrupted."""

    @hookimpl
    def vsa_functions(self) -> list[Any]:
        def ctrl_c(x: float) -> float:
            """Ctrl-C."""
            raise KeyboardInterrupt

        def remember_then_ctrl_c(*, session: Session) -> float:
            """Change the memory, then Ctrl-C."""
            session.memory.add("half", session.space.atom("half"))
            raise KeyboardInterrupt

        return [ctrl_c, remember_then_ctrl_c]


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    found = load_plugins(extra=[("extra", Extra())])
    assert found.errors == []
    return found


@pytest.fixture
def session(plugins: Plugins) -> Session:
    made = Session(vsa.Space(dim=512), plugins=plugins)
    made.run("atom mark, fish, eat; size = 3; def twice(x) = x + x; s = frame(eat, agt=mark)")
    return made


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the user's state, where nothing of the user's own is."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


# --- at the prompt --------------------------------------------------------------------------
class Screen:
    """Types keys into a prompt; where a condition stands among them, waits for it."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def type(self, *keys: str | Condition, end: bool = True) -> Prompt:
        with create_pipe_input() as keyboard, create_app_session(keyboard, DummyOutput()):
            prompt = Prompt(Runner(self.session, TextReporter(located=False, caret=True)))

            def press() -> None:
                for key in [*keys, *([CTRL_D] if end else [])]:
                    if isinstance(key, str):
                        keyboard.send_text(key)
                    else:
                        patience = time.monotonic() + 10
                        while not key(prompt.editor.default_buffer):
                            if time.monotonic() > patience:
                                keyboard.send_text(CTRL_C + CTRL_D)
                                return
                            time.sleep(0.005)

            typist = threading.Thread(target=press)
            typist.start()
            try:
                prompt.read()
            finally:
                typist.join()
        return prompt


def recalls(buffer: Buffer) -> bool:
    """Earlier lines have been read, which happens while nobody types."""
    return len(buffer._working_lines) > 1


@pytest.fixture
def screen(session: Session, monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setattr("vsa.terminal.prompt.terminal", lambda stream: True)
    return Screen(session)


def test_values_are_shown_after_each_line(screen: Screen, capsys: Captured) -> None:
    screen.type("1 + 1", ENTER, "x = 5", ENTER, "x; x + 1", ENTER)
    assert capsys.readouterr().out.split() == ["2", "5", "6"]


def test_an_error_is_shown_and_the_session_goes_on(screen: Screen, capsys: Captured) -> None:
    screen.type("x = 1; mrk; x = 2", ENTER, "x", ENTER)
    out, err = capsys.readouterr()
    assert out == "1\n"
    assert err.startswith("error: unknown name 'mrk'\n")
    assert "^^^" in err


def test_enter_continues_what_is_open(screen: Screen, capsys: Captured) -> None:
    screen.type("twice(", ENTER, "size", ENTER, ")", ENTER, "[1 2", ENTER, "size", ENTER)
    out, err = capsys.readouterr()
    assert out == "6\n3\n"
    assert err.count("error") == 1


def test_alt_enter_always_continues(screen: Screen, capsys: Captured) -> None:
    prompt = screen.type("x = 1", ALT_ENTER, "x + 1", ENTER)
    assert capsys.readouterr().out == "2\n"
    assert prompt.editor.history.get_strings()[-1] == "x = 1\nx + 1"  # read as one text


def test_tab_completes(screen: Screen, capsys: Captured) -> None:
    screen.type("twi", TAB, lambda b: b.text == "twice", "(1)", ENTER)
    assert capsys.readouterr().out == "2\n"


def test_enter_takes_a_completion_before_it_runs(screen: Screen, capsys: Captured) -> None:
    screen.session.run("size_a = 7; size_b = 8")
    chosen: Condition = lambda b: b.text == "size_b" and b.complete_state is not None  # noqa: E731
    taken: Condition = lambda b: b.complete_state is None  # noqa: E731
    offered: Condition = lambda b: b.complete_state is not None  # noqa: E731
    screen.type("size_", TAB, offered, TAB, TAB, chosen, ENTER, taken, "+ 1", ENTER)
    assert capsys.readouterr().out == "9\n"


def test_ctrl_c_clears_the_line(screen: Screen, capsys: Captured) -> None:
    screen.type("x = 1", CTRL_C, "2", ENTER, CTRL_C)
    out, err = capsys.readouterr()
    assert out == "2\n"
    assert "x" not in screen.session.values
    assert err.count("Ctrl-D") == 1  # a hint at the empty line


def test_ctrl_c_leaves_no_trace_of_a_statement(screen: Screen, capsys: Captured) -> None:
    screen.type("remember_then_ctrl_c()", ENTER, "1", ENTER)
    out, err = capsys.readouterr()
    assert err == "interrupted; nothing was changed\n"
    assert "half" not in screen.session.memory
    assert out == "1\n"


def test_ctrl_c_keeps_the_statements_before(screen: Screen, capsys: Captured) -> None:
    screen.type("x = 1; ctrl_c(1); y = 2", ENTER, "x", ENTER)
    out, err = capsys.readouterr()
    assert out == "1\n"
    assert "those before it stay done" in err
    assert "y" not in screen.session.values


def test_ctrl_c_while_a_value_is_printed(
    screen: Screen, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("vsa.terminal.report.shown", interrupt)
    screen.type("frame(eat, agt=fish)", ENTER)
    assert capsys.readouterr().err == "interrupted when the statement was done already\n"


def test_quit(screen: Screen) -> None:
    with pytest.raises(Quit):
        screen.type("x = 1; :quit; x = 2", ENTER, end=False)
    assert screen.session.values["x"] == 1


def test_help(screen: Screen, capsys: Captured) -> None:
    screen.type("?push", ENTER)
    assert "push(stack, item)" in capsys.readouterr().out


def test_the_status_tells_of_the_space_and_of_the_call(session: Session) -> None:
    text = to_plain_text(status(session, "push(nil, "))
    for part in ("dim 512", "hrr", "unitary", "numpy", f"{len(session.memory)} items", "6 names"):
        assert part in text
    assert text.endswith("push(stack, item)")
    assert "(" not in to_plain_text(status(session, "push(nil, mark)"))


@pytest.mark.parametrize("room", [60, 80, 100, 200])
def test_the_status_fits_and_cuts_no_word(session: Session, room: int) -> None:
    whole = to_plain_text(status(session, "x"))
    for before in ("x", "push(", "advise(", "load_table("):
        text = to_plain_text(status(session, before, room))
        assert columns(text) <= room
        assert set(text.split()) - {"…"} <= set(to_plain_text(status(session, before)).split())
    assert "push(stack, item)" in to_plain_text(status(session, "push(", room))
    assert to_plain_text(status(session, "advise(", 60)).startswith("advise(items, terms, ")
    assert to_plain_text(status(session, "x", 200)) == whole


# --- history --------------------------------------------------------------------------------
def test_history_is_kept_for_the_next_session(
    screen: Screen, state: Path, capsys: Captured
) -> None:
    screen.type("twice(", ENTER, "size)", ENTER, "1 +", ENTER)
    assert (state / "vsa" / "history").exists()
    capsys.readouterr()
    screen.type(recalls, UP, UP, ENTER)
    assert capsys.readouterr().out == "6\n"


def test_a_suggestion_comes_from_history(screen: Screen, capsys: Captured) -> None:
    screen.type("size + 1000", ENTER)
    capsys.readouterr()
    screen.type("size", lambda b: b.suggestion is not None, RIGHT, ENTER)
    assert capsys.readouterr().out == "1003\n"


@pytest.mark.skipif(sys.platform == "win32", reason="modes differ there")
def test_history_is_the_users_own(state: Path) -> None:
    history()
    assert (state / "vsa" / "history").stat().st_mode & 0o077 == 0


def test_history_that_cannot_be_written(
    screen: Screen, state: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (state / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(state / "file"))
    assert isinstance(history(), InMemoryHistory)
    screen.type("1", ENTER, recalls, UP, ENTER)
    assert capsys.readouterr().out == "1\n1\n"


def test_history_that_can_no_longer_be_written(
    screen: Screen, state: Path, capsys: Captured
) -> None:
    kept = history()
    (state / "vsa" / "history").unlink()
    (state / "vsa" / "history").mkdir()
    kept.append_string("1 + 1")
    assert kept.get_strings()[-1] == "1 + 1"


# --- progress -------------------------------------------------------------------------------
def test_a_session_reports_its_counted_work(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vsa.terminal.run.terminal", lambda stream: True)
    seen: list[Any] = []
    monkeypatch.setattr(Progress, "count", lambda self, *args: seen.append(args))
    Runner(session, TextReporter(located=False, caret=False))
    assert list(session.track([1, 2], "work")) == [1, 2]
    assert seen[0] == ("work", 0, 2)
