"""The command line: what is printed where, and the exit status."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vsa.terminal.cli import main

Captured = pytest.CaptureFixture[str]


def standard_input(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


# --- statements on the command line ---------------------------------------------------------
def test_values_are_printed(capsys: Captured) -> None:
    assert main(["-c", "1 + 1; x = 3; x * 2"]) == 0
    out, err = capsys.readouterr()
    assert out.split() == ["2", "6"]
    assert err == ""


def test_several_texts_run_in_one_session(capsys: Captured) -> None:
    assert main(["-c", "x = 3", "-c", "-x", "--json", "-c", "(x +\n x)", "--dim", "64"]) == 0
    assert [line["value"] for line in map(json.loads, capsys.readouterr().out.splitlines())] == [
        -3,
        6,
    ]
    assert main(["-c", "1", "-c", "x", "-c", "2"]) == 1  # none after one that fails
    assert capsys.readouterr().out == "1\n"
    assert main(["-c", "1", "-c", ":quit", "-c", "2"]) == 0
    assert capsys.readouterr().out == "1\n"
    assert main(["-c", "1", "-c"]) == 2
    assert "argument -c: expected one argument" in capsys.readouterr().err


def test_a_note_is_said_once_in_a_session(capsys: Captured) -> None:
    asked = "accuracy(8, 1000); atom top; top"
    assert main(["-c", asked, "-c", ":undo", "-c", "atom top"]) == 0
    assert capsys.readouterr().err.count("note: ") == 1
    assert main(["-c", "atom top", "-c", "atom depth"]) == 0
    assert capsys.readouterr().err.count("note: ") == 2


def test_structures_work(capsys: Captured) -> None:
    assert main(["-c", "atom mark, fish; top(push(push(nil, mark), fish))"]) == 0
    assert capsys.readouterr().out.startswith("fish ")


def test_an_error_is_underlined_and_what_precedes_it_stays_done(capsys: Captured) -> None:
    assert main(["-c", "atom mark; 1\n2 + mrk; 3"]) == 1
    out, err = capsys.readouterr()
    assert out == "1\n"
    message, source, carets = err.splitlines()
    assert message == "error: unknown name 'mrk'"
    assert source == "  2 | 2 + mrk; 3"
    assert carets.index("^") == source.index("mrk")
    assert "did you mean 'mark'?" in carets


def test_text_that_looks_like_an_option(capsys: Captured) -> None:
    assert main(["--dim", "64", "-c", "-2", "--seed", "-1"]) == 0
    assert capsys.readouterr().out == "-2\n"
    assert main(["-c", "--json"]) == 1
    assert "unknown name 'json'" in capsys.readouterr().err


def test_quit_ends_a_text_well(capsys: Captured) -> None:
    assert main(["-c", "1; :quit; 2"]) == 0
    assert capsys.readouterr().out == "1\n"


def test_notes_go_to_stderr(capsys: Captured) -> None:
    stack = "nil"
    for i in range(30):
        stack = f"push({stack}, a{i})"
    text = f"atom {', '.join(f'a{i}' for i in range(30))}; top(pop({stack})); 1"
    assert main(["--dim", "32", "-c", text]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("note: ")
    assert "dim" in err
    assert "note" not in out


# --- files ----------------------------------------------------------------------------------
def test_a_file_is_run(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "a.vsa"
    file.write_text("\ufeffatom a # a comment\ntop(push(nil,\n  a))\n", encoding="utf-8")
    assert main(["run", str(file)]) == 0
    assert capsys.readouterr().out.startswith("a ")


def test_errors_in_a_file_are_located(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "a.vsa"
    file.write_text("1\natom a; top(nil)\n2\n")
    assert main(["run", str(file)]) == 1
    out, err = capsys.readouterr()
    assert out == "1\n"
    assert err == f"{file}:2:9: the stack is empty\n"


def test_a_text_is_parsed_whole_before_it_is_run(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "a.vsa"
    file.write_text("1\n2 +\n")
    assert main(["run", str(file)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{file}:2:3: ")


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    standard_input(monkeypatch, "1 + 2\nx\n3")
    assert main(["run", "-"]) == 1
    out, err = capsys.readouterr()
    assert out == "3\n"
    assert err.startswith("<stdin>:2:1: unknown name 'x'")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("ü\ná ".encode() + b"\xff", ":2:3: this is not a text in UTF-8: byte 0xff\n"),
        (b"1\n\0", ":2:1: "),
    ],
)
def test_what_is_no_text_is_one_line(
    content: bytes, said: str, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "a.vsa"
    file.write_bytes(content)
    assert main(["run", str(file)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{file}{said}")
    assert err.count("\n") == 1


def test_a_missing_file_is_one_line(tmp_path: Path, capsys: Captured) -> None:
    assert main(["run", str(tmp_path / "none")]) == 1
    assert main(["run", str(tmp_path)]) == 1
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2
    assert err[0] == f"error: there is no file {tmp_path / 'none'}"


# --- piped statements -----------------------------------------------------------------------
def test_piped_statements_go_on_after_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    standard_input(monkeypatch, "1\n\n[a,\n b]\nx = 2; y\nx")
    assert main([]) == 1
    out, err = capsys.readouterr()
    assert out == "1\n2\n"
    first, second = err.splitlines()
    assert first.startswith("<stdin>:3:2: unknown name 'a'")
    assert second.startswith("<stdin>:5:8: unknown name 'y'")


def test_piped_statements_without_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    standard_input(monkeypatch, "atom a\ntop(\n\npush(nil, a)\n)\n:quit\nx")
    assert main(["--dim", "512"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("a ")
    assert "\x1b" not in out
    assert err == ""


def test_a_piped_line_that_is_no_text(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    standard_input(monkeypatch, b"1\n\xff\n2\nx\n")
    assert main([]) == 1
    out, err = capsys.readouterr()
    assert out == "1\n2\n"
    assert err.startswith("<stdin>:2:1: this is not a text in UTF-8: byte 0xff\n<stdin>:4:1: ")


def test_a_bracket_left_open_at_the_end(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    standard_input(monkeypatch, "1\n[2,\n")
    assert main([]) == 1
    assert capsys.readouterr().err.startswith("<stdin>:2:")


def test_an_error_in_a_def_is_located_where_it_is_called(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    standard_input(monkeypatch, "\ndef f(x) = top(x)\nf(nil)\n")
    assert main([]) == 1
    assert capsys.readouterr().err.startswith("<stdin>:3:1: in f: ")


def test_no_input_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main([]) == 0


# --- the process ----------------------------------------------------------------------------
def command(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, "-m", "vsa", *arguments],
        capture_output=True, text=True, env=environment, timeout=60, check=False, **settings,
    )  # fmt: skip


def test_as_a_program_with_a_poor_encoding() -> None:
    done = command("-c", 'atom été; top(push(nil, été)); "ü"; x')
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("\\xe9t\\xe9 ")
    assert done.stdout.splitlines()[1] == "\\xfc"
    assert "unknown name 'x'" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGPIPE there")
def test_a_closed_pipe_shows_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "vsa", "functions"],
            stdout=closed, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "vsa", "functions"],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.stderr == "vsa: No space left on device\n"
    assert done.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
def test_a_real_ctrl_c() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "vsa"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("41 + 1\n")
        process.stdin.flush()
        assert process.stdout.readline() == "42\n"  # answered as soon as the line is there
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "interrupted\n"
