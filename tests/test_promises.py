"""Plugins that are loaded when asked for: what they promise is what they offer, and when they load."""

import json
import os
import subprocess
import sys
import threading
from binascii import crc32

import pytest

import vsa
from vsa import VsaError, hookimpl
from vsa.hooks import loader, promises
from vsa.hooks.offers import class_name
from vsa.hooks.plugins import CLASSES, NAMED
from vsa.lang.session import Session

POINTS = sorted(loader.entry_points("vsa"), key=lambda e: (not promises.is_ours(e), e.name))
OURS = [point for point in POINTS if promises.is_ours(point)]


def offering(*functions, **hooks):
    class Plugin:
        @hookimpl
        def vsa_functions(self):
            return functions

    for name, hook in hooks.items():
        setattr(Plugin, name, hook)
    return Plugin()


def push(x: float) -> float:
    """A rival."""
    return x


def owner(said):
    """The plugin that has said this of a class."""
    return said if isinstance(said, str) else said[0]


def eager(extra=()):
    """All plugins, loaded at once."""
    return loader._loaded((), POINTS, extra, {})


@pytest.fixture(scope="module")
def kept():
    """What the library's own plugins promise, worked out afresh."""
    return promises._worked_out(OURS, loader._alone)


@pytest.fixture
def counted(monkeypatch):
    """The plugins that are loaded, in turn."""
    seen = []
    load = loader.EntryPoint.load
    monkeypatch.setattr(loader.EntryPoint, "load", lambda p: seen.append(p.name) or load(p))
    return seen


# --- the promises are kept -------------------------------------------------------------------
def test_every_plugin_of_the_library_promises_and_nobody_elses(kept, tmp_path):
    assert list(kept) == [point.name for point in OURS]
    stranger = loader.EntryPoint("stranger", "json")
    made = promises.promised([stranger], lambda point: pytest.fail("loaded"), str(tmp_path))
    assert made == {}


def test_what_is_promised_is_what_is_offered(kept):
    at_once, later = eager(), loader._loaded((), POINTS, (), kept)
    assert not at_once.problems
    for table in NAMED:  # names, in their order, and who has them
        there, promised = getattr(at_once, table), getattr(later, table)
        assert list(promised) == list(there)
        assert [promised.owner(name) for name in promised] == [there.owner(name) for name in there]
    for table in CLASSES:
        owned = [(class_name(cls), owner(said)) for cls, said in getattr(at_once, table).items()]
        assert owned == [(cls, name) for name in kept for cls in kept[name][table]]
    assert later.loaded == at_once.loaded


def test_what_is_fetched_is_the_same_in_the_same_order_whatever_was_fetched_first(kept):
    at_once, later = eager(), loader._loaded((), POINTS, (), kept)
    assert later.functions["frame"] == at_once.functions["frame"]
    assert later.functions["push"] == at_once.functions["push"]
    for table in (*NAMED, *CLASSES):
        assert dict(getattr(later, table)) == dict(getattr(at_once, table))
        assert list(getattr(later, table)) == list(getattr(at_once, table))
    assert later.errors == at_once.errors == []


# --- who is loaded when ----------------------------------------------------------------------
def test_names_load_nothing_and_a_look_loads_one(kept, counted):
    plugins = loader._loaded((), POINTS, (), kept)
    assert len(plugins.functions) > 100
    assert "push" in plugins.functions
    assert {"plot", "undo"} <= set(plugins.commands)
    assert "why.terms" in plugins.settings
    assert plugins.functions.get("no such") is None
    assert plugins.owner(1.5, "text") == ""
    assert counted == []
    assert plugins.functions["push"].plugin == "stack"
    assert plugins.functions["top"].plugin == "stack"
    assert counted == ["stack"]


def test_a_session_loads_what_its_text_names(kept, counted):
    session = Session(vsa.Space(dim=256), plugins=loader._loaded((), POINTS, (), kept))
    session.run("atom mark; 1 + 1; x = 2 * mark; def twice(v) = v + v; twice(3)")
    with pytest.raises(VsaError, match="unknown name"):
        session.run("mrak")
    counted.clear()
    assert session.run("top(push(nil, mark))")[0].name == "mark"
    assert counted in (["stack"], [])
    session = Session(vsa.Space(dim=256), plugins=loader._loaded((), POINTS, (), kept))
    counted.clear()
    session.run("atom mark; top(push(nil, mark)); cleanup(mark)")
    assert counted == ["stack", "memory"]


def test_what_stands_behind_a_dot_loads_who_makes_its_class(kept, counted):
    plugins = loader._loaded((), POINTS, (), kept)
    session = Session(vsa.Space(dim=256), plugins=plugins)
    counted.clear()
    assert session.run("atom mark, eat; s = frame(eat, agt=mark); s.agt")[-1].name == "mark"
    assert counted == ["frame"]
    from vsa_plugins.kinship import Family

    assert plugins.attributes(Family) == eager().attributes(Family) != {}
    assert "kinship" in counted


def loaded_by(*arguments, tmp_path):
    """The modules that a run of vsa loads, with a cache that is filled."""
    code = "import sys; from vsa.terminal.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True, text=True, check=True, env=environment, encoding="utf-8",
        )  # fmt: skip
    return done.stdout.splitlines()[:-1], set(done.stdout.splitlines()[-1].split())


def numpys():
    """What NumPy loads, whatever its release."""
    code = "import numpy, sys; print(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_a_sum_loads_no_plugin_and_nothing_else_that_it_does_not_need(tmp_path):
    printed, modules = loaded_by("-c", "1+1", tmp_path=tmp_path)
    assert printed == ["2"]
    assert [m for m in modules if m.startswith("vsa_plugins.")] == []
    heavy = {
        "lark", "interegular", "pluggy", "prompt_toolkit", "importlib.metadata", "email", "zipfile",
        "numpy.random", "numpy.ma", "numpy.fft", "hashlib", "statistics", "fractions", "decimal",
        "html", "pathlib", "urllib", "csv", "logging", "tempfile", "traceback", "sqlite3", "torch",
        "vsa.pictures", "vsa.encode", "vsa.numbers", "vsa.soft", "vsa.products", "vsa.views", "vsa.nn",
        "vsa.learn", "vsa.persist", "vsa.cluster", "vsa.hooks.hookspecs", "vsa.terminal.converse",
        "vsa.lang.syntax.tables", "vsa.lang.help",
    }  # fmt: skip
    assert heavy & modules <= numpys()


def test_a_structure_loads_its_own_plugin(tmp_path):
    printed, modules = loaded_by("-c", "atom a; top(push(nil, a))", tmp_path=tmp_path)
    assert printed[0].startswith("a  1.00")
    assert "vsa_plugins.stack" in modules
    assert {m.split(".")[1] for m in modules if m.startswith("vsa_plugins.")} <= {
        "stack",
        "algebra",
    }


# --- plugins of others -----------------------------------------------------------------------
def test_a_plugin_of_others_is_loaded_at_once_and_told_as_ever(kept):
    rival = [("rival", offering(push))]
    later = loader._loaded((), POINTS, rival, kept)
    assert later.errors == eager(rival).errors
    assert later.errors == [
        "plugin 'rival': the function 'push' is already defined by plugin 'stack'"
    ]


def test_a_class_that_is_promised_is_taken(kept):
    rival = [("rival", offering(vsa_types=hookimpl(lambda self: [vsa.Vector])))]
    later = loader._loaded((), POINTS, rival, kept)
    assert later.errors == eager(rival).errors
    assert later.errors == ["plugin 'rival': the type 'Vector' is already registered by 'algebra'"]


def test_plugins_whose_promises_clash_are_loaded_at_once_and_told(kept, monkeypatch):
    load = loader.EntryPoint.load
    rival = offering(push)
    monkeypatch.setattr(
        loader.EntryPoint, "load", lambda point: rival if point.name == "zwei" else load(point)
    )
    points = [*OURS, loader.EntryPoint("zwei", "vsa_plugins.zwei")]
    clash = {**kept, "zwei": {**kept["associative_lstm"], "functions": ["push"]}}
    later, at_once = (loader._loaded((), points, (), made) for made in (clash, {}))
    assert later.errors == at_once.errors
    assert later.errors == [
        "plugin 'zwei': the function 'push' is already defined by plugin 'stack'"
    ]


def test_who_leaves_a_plugin_out_has_it_not_loaded(monkeypatch, counted):
    monkeypatch.setattr(promises.cache, "cache_folder", lambda: None)
    plugins = vsa.load_plugins(exclude=["stack"])
    assert "stack" not in counted
    assert "push" not in plugins.functions
    assert plugins.errors == []


def test_a_plugin_that_breaks_after_it_has_promised_is_named(kept):
    plugins = loader._loaded((), POINTS, (), kept)

    def broken():
        raise ImportError("no such thing")

    plugins._waiting["stack"] = kept["stack"], broken
    said = "plugin 'stack' could not be loaded: ImportError: no such thing"
    with pytest.raises(VsaError) as error:
        plugins.functions["push"]
    assert str(error.value).startswith(said)
    assert plugins.errors[0].startswith(said)
    assert "push" not in plugins.functions
    assert plugins.functions.get("top") is None


@pytest.mark.parametrize("name", ["algebra", "kinship", "commands"])
def test_a_plugin_that_is_interrupted_while_it_loads_waits_again(kept, monkeypatch, name):
    at_once, plugins = eager(), loader._loaded((), POINTS, (), kept)
    add, before = type(plugins.functions).add, list(plugins.functions)

    def interrupted(*arguments):
        add(*arguments)
        raise KeyboardInterrupt

    first = kept[name]["functions"][0]
    with monkeypatch.context() as patch:
        patch.setattr(type(plugins.functions), "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            plugins.functions[first]
    assert list(plugins.functions) == before
    assert plugins.functions[first] == at_once.functions[first]
    assert dict(plugins.types) == dict(at_once.types)
    assert dict(plugins.renderers) == dict(at_once.renderers)
    assert plugins.errors == []


def test_a_plugin_that_is_interrupted_after_its_classes_waits_again(kept, monkeypatch):
    at_once, plugins = eager(), loader._loaded((), POINTS, (), kept)

    add = plugins.renderers.add

    def interrupted(*arguments):
        add(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(plugins.renderers, "add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            plugins.functions["load_family"]
    assert plugins.functions["load_family"] == at_once.functions["load_family"]
    assert dict(plugins.types) == dict(at_once.types)
    assert dict(plugins.renderers) == dict(at_once.renderers)
    assert plugins.errors == []


def test_a_plugin_that_offers_other_things_than_it_promised_offers_those(kept):
    wrong = {**kept["stack"], "functions": ["top", "shove"]}
    plugins = loader._loaded((), POINTS, (), {**kept, "stack": wrong})
    assert "shove" in plugins.functions
    assert plugins.functions["top"].plugin == "stack"
    assert "shove" not in plugins.functions
    assert plugins.functions["push"].plugin == "stack"


def test_threads_that_ask_at_once_have_it_loaded_once(kept, counted):
    plugins, found = loader._loaded((), POINTS, (), kept), []
    threads = [
        threading.Thread(target=lambda: found.append(plugins.functions["push"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == ["stack"]
    assert len(found) == 8
    assert all(function is found[0] for function in found)


# --- the cache -------------------------------------------------------------------------------
@pytest.fixture
def worked(kept, tmp_path, monkeypatch):
    """How often promises were worked out, with a cache of its own."""
    calls = []
    monkeypatch.setattr(promises, "_worked_out", lambda *_: calls.append(1) or kept)
    return lambda: (promises.promised(POINTS, loader._alone, str(tmp_path)), len(calls))


def test_they_are_worked_out_once(worked, kept):
    assert worked() == (kept, 1)
    assert worked() == (kept, 1)


def test_they_are_worked_out_anew_when_a_file_has_changed(worked, monkeypatch, tmp_path):
    worked()
    source = tmp_path / "vsa"
    source.mkdir()
    file = source / "deep" / "a.py"
    file.parent.mkdir()
    file.write_text("1")
    monkeypatch.setattr(promises.cache, "PLACE", str(source))
    assert worked()[1] == 2
    assert worked()[1] == 2
    os.utime(file, ns=(1, 1))
    assert worked()[1] == 3
    file.write_text("2")
    os.utime(file, ns=(1, 1))  # of the same size and the same time
    assert worked()[1] == 4
    (source / "b.py").write_text("")
    assert worked()[1] == 5
    (source / "b.py").unlink()
    assert worked()[1] == 6
    assert worked()[1] == 6


@pytest.mark.parametrize("data", ["[]", "null", '{"stack": {}}', '{"stack": {"functions": [1]}}'])
def test_a_cache_with_other_contents_is_made_anew(worked, tmp_path, kept, data):
    worked()
    (file,) = tmp_path.iterdir()
    stamp = json.loads(file.read_bytes().partition(b"\n")[2])["stamp"]
    body = f'{{"stamp":{json.dumps(stamp)},"data":{data}}}'.encode()
    file.write_bytes(b"%08x\n%s" % (crc32(body), body))
    assert worked() == (kept, 2)
    assert worked() == (kept, 2)
