"""The interactive session at real terminals, and the line that tells how far the work is."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vsa.terminal.progress import Progress

CTRL_C, CTRL_D = "\x03", "\x04"


# --- progress -------------------------------------------------------------------------------
class Stream(io.StringIO):
    """Remembers when something was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if text.strip():
            self.drawn.set()
        return written


def visible(text: str) -> str:
    """What a terminal shows of a line with carriage returns."""
    cells: list[str] = []
    at = 0
    for char in text:
        if char == "\r":
            at = 0
            continue
        cells[at : at + 1] = [char]
        at += 1
    return "".join(cells).rstrip()


def test_counted_work_is_drawn_and_erased() -> None:
    stream = Stream()
    progress = Progress(stream, delay=0.01)

    def work() -> Iterator[int]:
        progress.count("sweep", 340, 1000)
        assert stream.drawn.wait(10)
        yield 1

    for item in progress.watch(work()):
        assert item == 1
        assert "sweep 340/1000" in stream.getvalue()
        assert visible(stream.getvalue()) == ""
    assert visible(stream.getvalue()) == ""


def test_other_work_shows_the_time() -> None:
    stream = Stream()

    def work() -> Iterator[int]:
        assert stream.drawn.wait(10)
        raise KeyboardInterrupt
        yield 1

    with pytest.raises(KeyboardInterrupt):
        list(Progress(stream, delay=0.01).watch(work()))
    assert " s" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
    assert visible(stream.getvalue()) == ""


def test_quick_work_draws_nothing() -> None:
    stream = Stream()
    assert list(Progress(stream, delay=100).watch([1, 2, 3])) == [1, 2, 3]
    assert stream.getvalue() == ""


# --- terminals ------------------------------------------------------------------------------
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_dumb_terminal(tmp_path: Path) -> None:
    with Terminal({"TERM": "dumb", "XDG_STATE_HOME": str(tmp_path)}) as terminal:
        terminal.wait("> ")
        terminal.send("atom mark\ntop(push(nil,\n mark))\n")
        terminal.wait("certain\r\n> ")
        terminal.send("x = (")
        terminal.send(CTRL_C)
        terminal.insist("mrk\n", "did you mean 'mark'?")
        terminal.send(":quit\n")
        assert terminal.end() == 0
    assert "\x1b" not in terminal.text
    assert "Traceback" not in terminal.text
    assert ". " in terminal.text  # the prompt of a line that goes on


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal(tmp_path: Path) -> None:
    with Terminal({"TERM": "xterm", "XDG_STATE_HOME": str(tmp_path)}) as terminal:
        terminal.wait("help()")
        terminal.wait("dim 512")
        terminal.send("atom mark; top(push(nil, mark))\r")
        terminal.wait("certain")
        terminal.wait("1 item")
        terminal.send('sweep("dim", 64, 128, mark, trials=10000)\r')
        terminal.wait("sweep ")  # how far it is
        terminal.send(CTRL_C)
        terminal.wait("interrupted; nothing was changed")
        terminal.wait("dim 512")
        terminal.send("1 + 41\r")
        terminal.wait("42\r")
        terminal.wait("dim 512")
        terminal.send(CTRL_D)
        assert terminal.end() == 0
    assert "Traceback" not in terminal.text
    assert "top(push(nil" in (tmp_path / "vsa" / "history").read_text()


class Terminal:
    """`vsa` at a pseudo-terminal."""

    def __init__(self, environment: dict[str, str]) -> None:
        import pty

        self.text = ""
        self.seen = 0
        self.process, self.file = pty.fork()
        if self.process == 0:  # the child
            os.environ.update(environment)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's `&` would have it ignored
            os.execv(sys.executable, [sys.executable, "-m", "vsa", "--dim", "512"])

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *failure: object) -> None:
        os.close(self.file)
        if any(failure):
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)

    def send(self, text: str) -> None:
        os.write(self.file, text.encode())

    def wait(self, text: str) -> None:
        """Read until a text comes."""
        while text not in self.text[self.seen :]:
            assert self._read(), f"{text!r} never came: {self.text!r}"
        self.seen = self.text.index(text, self.seen) + len(text)

    def insist(self, line: str, text: str) -> None:
        """Send a line until a text comes: what is typed while an interrupt is handled is lost.

        The system drops it, or the interrupt takes it along; there is no sign when that is over.
        """
        for _ in range(60):
            self.send(line)
            end = time.monotonic() + 1
            while time.monotonic() < end:
                if self._ready(0.1):
                    self._read()
                if text in self.text[self.seen :]:
                    return self.wait(text)
        raise AssertionError(f"{text!r} never came: {self.text!r}")

    def _ready(self, seconds: float) -> bool:
        import select

        return bool(select.select([self.file], [], [], seconds)[0])

    def _read(self) -> bool:
        assert self._ready(30), f"nothing more came: {self.text!r}"
        try:
            data = os.read(self.file, 65536)
        except OSError:  # how Linux says that the other end is closed
            return False
        self.text += data.decode()
        if "\x1b[6n" in data.decode():  # asked where the cursor is
            self.send("\x1b[1;1R")
        return bool(data)

    def end(self) -> int:
        """Read what is left; the exit status."""
        while self._read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
