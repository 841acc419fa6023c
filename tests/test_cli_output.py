"""The command line: JSON, plugins and options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import vsa
from vsa.hooks.hookspecs import hookimpl
from vsa.hooks.loader import load_plugins
from vsa.hooks.plugins import Plugins
from vsa.lang.session import Session
from vsa.plugin import note
from vsa.terminal.cli import main
from vsa.terminal.report import JsonReporter, TextReporter, plain
from vsa.terminal.run import Runner

Captured = pytest.CaptureFixture[str]


def lines(text: str) -> list[Any]:
    """The JSON objects that a text consists of."""
    return [json.loads(line) for line in text.splitlines()]


# --- JSON -----------------------------------------------------------------------------------
def test_json_of_values(capsys: Captured) -> None:
    text = 'atom a, b; x = 1; 2; "t"; true; top(push(nil, a)); a; {a, b}; similarities(a, b)'
    assert main(["--json", "-c", text]) == 0
    found = lines(capsys.readouterr().out)
    assert all(set(line) == {"value", "notes"} and line["notes"] == [] for line in found)
    number, word, truth, answer, vector, members, table = (line["value"] for line in found)
    assert number == 2
    assert word == "t"
    assert truth is True
    assert answer["name"] == "a"
    assert answer["matches"][0]["probability"] > 0.99
    assert vector["vector"]["dim"] == 1024
    assert vector["vector"]["norm"] == pytest.approx(1)
    assert vector["vector"]["nearest"][0]["name"] == "a"
    assert members == {"a": 1, "b": 1}
    assert json.dumps(table)


def test_json_of_errors(tmp_path: Path, capsys: Captured) -> None:
    assert main(["-c", "atom mark; 1;\nmrk", "--json"]) == 1
    value, error = lines(capsys.readouterr().out)
    assert value["value"] == 1
    assert set(error["error"]) == {"message", "line", "column", "hint"}
    assert error["error"]["message"] == "unknown name 'mrk'"
    assert (error["error"]["line"], error["error"]["column"]) == (2, 1)
    assert "mark" in error["error"]["hint"]
    assert main(["run", str(tmp_path / "none"), "--json"]) == 1
    (error,) = lines(capsys.readouterr().out)
    assert error["error"]["line"] is None


def test_json_of_notes(capsys: Captured) -> None:
    session = Session(vsa.Space(dim=64), plugins=extra_plugins())
    assert Runner(session, JsonReporter()).run("doubtful(1); x = doubtful(1)", "x")
    out, err = capsys.readouterr()
    assert lines(out) == [{"value": 1.0, "notes": ["only a guess"]}]
    assert err == "note: only a guess\n"


def test_json_has_no_nan() -> None:
    session = Session(vsa.Space(dim=64), plugins=extra_plugins())
    data = plain(session, {"a": [float("nan"), float("inf"), 1.5], "b": (1, session.space)})
    assert data["a"] == [None, None, 1.5]
    assert json.loads(json.dumps(data, allow_nan=False)) == {**data, "b": list(data["b"])}


# --- plugins --------------------------------------------------------------------------------
class Extra:
    """A plugin whose functions fail, warn and are interrupted."""

    @hookimpl
    def vsa_functions(self) -> list[Any]:
        def doubtful(x: float) -> float:
            """The number, with a note."""
            note(vsa.CapacityWarning("only a guess"))
            return x

        def broken(x: float) -> float:
            """Fails by mistake."""
            raise ZeroDivisionError("oh")

        def unshowable(x: float) -> Unshowable:
            """What cannot be printed."""
            return Unshowable()

        def interrupted(x: float) -> float:
            """Ctrl-C."""
            raise KeyboardInterrupt

        return [doubtful, broken, unshowable, interrupted]


class Unshowable:
    """A value whose text cannot be made."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def extra_plugins() -> Plugins:
    plugins = load_plugins(extra=[("extra", Extra())])
    assert plugins.errors == []
    return plugins


@pytest.mark.parametrize(("call", "said"), [("broken(1)", "extra"), ("unshowable(1)", "no words")])
def test_a_faulty_plugin_shows_no_traceback(call: str, said: str, capsys: Captured) -> None:
    session = Session(vsa.Space(dim=64), plugins=extra_plugins())
    assert not Runner(session, TextReporter(located=True, caret=False)).run(call, "x")
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_traceback_for_authors_of_plugins(capsys: Captured) -> None:
    session = Session(vsa.Space(dim=64), plugins=extra_plugins())
    for reporter in (TextReporter(True, False, traceback=True), JsonReporter(traceback=True)):
        assert not Runner(session, reporter).run("broken(1)", "x")
        assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_status_130(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    plugins = extra_plugins()
    monkeypatch.setattr("vsa.hooks.loader.load_plugins", lambda exclude=(): plugins)
    assert main(["-c", "1; interrupted(2); 3"]) == 130
    out, err = capsys.readouterr()
    assert out == "1\n"
    assert err == "interrupted\n"


def test_what_fails_to_load_is_a_warning(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    plugins = load_plugins(extra=[("odd", type("Odd", (), {"vsa_version": 99})())])
    monkeypatch.setattr("vsa.hooks.loader.load_plugins", lambda exclude=(): plugins)
    assert main(["-c", "1"]) == 0
    out, err = capsys.readouterr()
    assert out == "1\n"
    assert err.startswith("warning: plugin 'odd' ")
    assert main(["plugins"]) == 0
    assert "warning: plugin 'odd' " in capsys.readouterr().err


def test_plugins_are_left_out_wherever_they_are_named(capsys: Captured) -> None:
    assert main(["--no-plugin", "stack", "functions", "--no-plugin", "frame", "--json"]) == 0
    names = {line["name"] for line in lines(capsys.readouterr().out)}
    assert "bind" in names
    assert not names & {"push", "frame"}
    assert main(["--no-plugin", "nonesuch", "-c", "1"]) == 0
    assert "warning: no plugin is called 'nonesuch'" in capsys.readouterr().err


def test_functions_are_listed_by_plugin(capsys: Captured) -> None:
    assert main(["functions"]) == 0
    groups = capsys.readouterr().out.split("\n\n")
    stack = next(group for group in groups if group.startswith("stack\n"))
    assert "  push(stack, item)" in stack
    assert any("  :quit" in group for group in groups)


def test_all_about_one_function(capsys: Captured) -> None:
    assert main(["functions", "push"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("push(stack, item)\n")
    assert "> top(push" in out
    assert "plugin 'stack'" in out
    assert main(["functions", ":time", "--json"]) == 0
    (found,) = lines(capsys.readouterr().out)
    assert found["name"] == "time"
    assert found["signature"].startswith(":time ")
    assert main(["functions", "pusj"]) == 1
    assert "did you mean 'push'?" in capsys.readouterr().err


def test_plugins_are_listed(capsys: Captured) -> None:
    assert main(["plugins"]) == 0
    out = capsys.readouterr().out
    assert f"stack  (vsa-algebra {vsa.__version__})\n  functions: " in out
    assert main(["plugins", "--json"]) == 0
    stack = next(p for p in lines(capsys.readouterr().out) if p.get("plugin") == "stack")
    assert "push" in stack["functions"]
    assert stack["distribution"] == "vsa-algebra"
    assert stack["version"] == vsa.__version__


# --- options --------------------------------------------------------------------------------
def norm_of(arguments: list[str], capsys: Captured) -> float:
    assert main([*arguments, "--json", "-c", "atom a; norm(a)"]) == 0
    (line,) = lines(capsys.readouterr().out)
    return float(line["value"])


def test_options_make_the_space(capsys: Captured) -> None:
    assert main(["--dim", "77", "-c", "atom a; a", "--json", "--dtype", "float64"]) == 0
    (line,) = lines(capsys.readouterr().out)
    assert line["value"]["vector"]["dim"] == 77
    assert norm_of([], capsys) == pytest.approx(1)
    gaussian = norm_of(["--atoms", "gaussian"], capsys)
    assert abs(gaussian - 1) > 1e-4
    assert norm_of(["--atoms", "gaussian", "--seed", "5"], capsys) != gaussian


def test_options_before_and_after_the_command(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "a.vsa"
    file.write_text("atom a; a")
    for arguments in (["--dim", "66", "run", str(file)], ["run", "--dim", "66", str(file)]):
        assert main([*arguments, "--json"]) == 0
        assert lines(capsys.readouterr().out)[0]["value"]["vector"]["dim"] == 66
    assert main(["--json", "--dim", "65", "run", str(file), "--dim", "67"]) == 0
    assert lines(capsys.readouterr().out)[0]["value"]["vector"]["dim"] == 67


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dim", "many"], "--dim: a whole number is wanted, not 'many'"),
        (["--dim", "1", "-c", "1"], "dim must be"),
        (["--dim"], "--dim"),
        (["--atoms", "round", "-c", "1"], "round"),
        (["--algebra", "no", "-c", "1"], "unknown algebra 'no'"),
        (["--backend", "no", "-c", "1"], "backend must be one of numpy, cupy, torch, not 'no'"),
        (["--nonsense"], "--nonsense"),
        (["-c"], "-c"),
        (["-c", "1", "plugins"], "exclude each other"),
        (["run"], "FILE"),
        (["run", "a", "b"], "b"),
        (["file.vsa"], "vsa run file.vsa"),
    ],
)
def test_wrong_options_are_one_line(arguments: list[str], said: str, capsys: Captured) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_version_and_help(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"vsa {vsa.__version__}\n"
    assert main(["run", "--help"]) == 0
    assert "--no-plugin" in capsys.readouterr().out
