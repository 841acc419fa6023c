"""Anyone's plugin: one that is installed beside the library, and ones that misbehave."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import vsa
from vsa import Vector, VsaError, hookimpl, load_plugins

EXAMPLE = Path(__file__).parent.parent / "examples" / "own_plugin"
TURNSTILE = 'm = fsm"locked -coin-> unlocked, unlocked -turn-> locked"; '


# --- installed -------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Run Python with the example's distribution installed into a folder of its own."""
    pytest.importorskip("hatchling", reason="it is built without fetching anything")
    pytest.importorskip("pip")
    target = tmp_path_factory.mktemp("site")
    path = os.pathsep.join(filter(None, [str(target), os.environ.get("PYTHONPATH", "")]))

    def run(*arguments, cwd=None):
        return subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", cwd=cwd,
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}, check=False,
        )  # fmt: skip

    done = run(
        "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
        "--disable-pip-version-check", "--target", str(target), str(EXAMPLE),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return run


def test_an_installed_plugin_is_listed_with_its_functions(python):
    done = python("-m", "vsa", "functions")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert {"fsm", "stack"} <= set(done.stdout.splitlines())
    for heading in ("walk(machine, symbols, …)", "arc(state, symbol, next)", 'fsm"…"'):
        assert heading in done.stdout
    assert "vsa-automaton 0.1.0" in python("-m", "vsa", "plugins").stdout


def test_its_literal_operators_and_functions_work_in_the_language(python):
    done = python("-m", "vsa", "-c", TURNSTILE + "m @ coin @ coin")
    assert done.returncode == 1
    assert "nothing follows the state unlocked by coin" in done.stderr
    done = python("-m", "vsa", "-c", TURNSTILE + "m @ coin; walk(m, coin, turn, coin)")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "an automaton of load 2, in the state unlocked",
        "[unlocked, locked, unlocked]",
    ]


def test_its_values_are_kept_in_a_file(python, tmp_path):
    kept = ("-m", "vsa", "--session", str(tmp_path / "a.vsa"), "-c")
    done = python(*kept, TURNSTILE + "n = m @ coin")
    assert (done.returncode, done.stderr) == (0, "")
    done = python(*kept, "n; walk(m, coin, turn)")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "an automaton of load 2, in the state unlocked",
        "[unlocked, locked]",
    ]
    done = python(*kept, "atom later", "--no-plugin", "fsm")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        "note: 'm', 'n' cannot be read and stay in a.vsa: the plugin 'fsm' is not loaded\n"
    )
    done = python(*kept, "n; later")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "an automaton of load 2, in the state unlocked"


def test_help_and_completion_know_it(python):
    done = python("-m", "vsa", "-c", "?walk")
    assert "states that some symbols lead through" in done.stdout
    assert "from the plugin 'fsm'" in done.stdout
    code = (
        "import vsa; from vsa.terminal.complete import offers; session = vsa.Session(); "
        "print([o.text for text in ('x = wal', 'fs') for o in offers(session, text)])"
    )
    assert "walk" in python("-c", code).stdout
    assert "fsm" in python("-c", code).stdout


def test_without_it_its_names_are_free(python):
    done = python("-m", "vsa", "--no-plugin", "fsm", "functions")
    assert "walk(" not in done.stdout
    assert "push(" in done.stdout
    done = python("-m", "vsa", "--no-plugin", "fsm", "-c", "atom walk; cleanup(walk)")
    assert (done.returncode, done.stdout.split()[0]) == (0, "walk")
    done = python("-m", "vsa", "--no-plugin", "fsm", "-c", TURNSTILE)
    assert done.returncode == 1
    assert "fsm" in done.stderr


def test_its_own_tests_pass(python):
    done = python("-m", "pytest", "-p", "no:cacheprovider", "tests", cwd=EXAMPLE)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


# --- misbehaving -----------------------------------------------------------------------------------
def double(v: Vector) -> Vector:
    """A vector and itself."""
    return v + v


def push(stack: Vector, item: Vector) -> Vector:
    """Another push."""
    return stack + item


def falls(v: Vector) -> Vector:
    """Raises what is no error of the library's."""
    raise ZeroDivisionError("of all things")


def unannotated(v) -> Vector:
    """A parameter without a class."""
    return v


def unreadable(v: "Vektor") -> Vector:  # type: ignore[name-defined]  # noqa: F821
    """A parameter of a class that there is not."""
    return v


def no_result(v: Vector):  # type: ignore[no-untyped-def]
    """Says nothing of what it returns."""
    return v


def silent(v: Vector) -> Vector:
    return v


def offering(*functions, **hooks):
    """A plugin with some functions."""
    return SimpleNamespace(vsa_functions=hookimpl(lambda: list(functions)), **hooks)


def plugins_with(**extra):
    return load_plugins(extra=list(extra.items()))


def session_of(plugins):
    session = vsa.Session(vsa.Space(dim=256), plugins=plugins)
    session.run("atom mark, fish")
    return session


def test_two_plugins_with_one_name_are_both_told_and_the_first_keeps_it():
    plugins = plugins_with(rival=offering(push, double))
    (error,) = plugins.errors
    assert all(word in error for word in ("'rival'", "'push'", "'stack'"))
    assert plugins.functions["push"].plugin == "stack"
    assert plugins.functions["double"].plugin == "rival"
    assert session_of(plugins).run("top(push(push(nil, mark), fish))")[0].name == "fish"


def test_two_plugins_of_one_name_do_not_both_load():
    plugins = plugins_with(stack=offering(double))
    (error,) = plugins.errors
    assert "'stack'" in error
    assert "double" not in plugins.functions
    assert "push" in plugins.functions


@pytest.mark.parametrize(
    ("culprit", "words"),
    [
        (unannotated, ("'unannotated'", "'v'")),
        (unreadable, ("'unreadable'", "Vektor")),
        (no_result, ("'no_result'", "return")),
        (silent, ("'silent'", "docstring")),
        ("push", ("'push'",)),
    ],
)
def test_a_function_that_says_too_little_of_itself_is_left_out_alone(culprit, words):
    plugins = plugins_with(sloppy=offering(culprit, double))
    (error,) = plugins.errors
    assert "'sloppy'" in error
    assert all(word in error for word in words)
    assert "\n" not in error
    assert getattr(culprit, "__name__", None) not in plugins.functions
    assert session_of(plugins).run("similarity(double(mark), mark)") == pytest.approx([1])


def test_a_hook_that_raises_costs_only_what_it_would_have_offered():
    def fails():
        raise KeyError("no such table")

    plugins = plugins_with(broken=offering(double, vsa_types=hookimpl(fails)))
    (error,) = plugins.errors
    assert all(word in error for word in ("'broken'", "vsa_types", "no such table"))
    assert "double" in plugins.functions
    assert "push" in plugins.functions


def test_a_plugin_that_cannot_be_imported_is_named(tmp_path, monkeypatch):
    (tmp_path / "broken_plugin.py").write_text("import no_such_module\n")
    info = tmp_path / "broken_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vsa]\nbroken = broken_plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    plugins = load_plugins()
    (error,) = plugins.errors
    assert all(word in error for word in ("'broken'", "no_such_module"))
    assert "push" in plugins.functions
    assert load_plugins(exclude=["broken"]).errors == []


def test_a_plugin_for_another_version_of_the_contract_is_refused():
    plugins = plugins_with(future=offering(double, vsa_version=99))
    (error,) = plugins.errors
    assert all(word in error for word in ("'future'", "99"))
    assert "double" not in plugins.functions


def test_what_a_function_raises_by_mistake_names_its_plugin_and_the_session_goes_on():
    session = session_of(plugins_with(clumsy=offering(falls)))
    before = list(session.memory)
    with pytest.raises(VsaError) as caught:
        session.run("x = frame(mark, agt=fish); y = falls(frame(fish, agt=x))")
    message = str(caught.value)
    for word in ("falls", "'clumsy'", "ZeroDivisionError", "of all things"):
        assert word in message
    # the statement before it stays, its own frame does not
    assert set(session.memory) - set(before) == {"x", "role/agt"}
    assert session.run("x.agt")[0].name == "fish"


def test_names_that_cannot_be_left_out_are_told():
    plugins = load_plugins(exclude=["stakc"])
    (error,) = plugins.errors
    assert "'stakc'" in error
    assert "stack" in error
