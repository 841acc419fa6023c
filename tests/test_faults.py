"""A plugin's mistakes, wherever its code is called: an error by its name, and the session goes on."""

import re
import sys

import pytest

from vsa import Session, Space, Vector, VsaError, hookimpl, load_plugins
from vsa.persist import open_session
from vsa.plugin import show, to_html, to_json
from vsa.terminal.cli import main
from vsa.terminal.complete import offers
from vsa.terminal.report import TextReporter
from vsa.terminal.run import Runner

RAISED = [ZeroDivisionError("no"), RuntimeError("no"), SystemExit(3), AssertionError("no")]


class MuteError(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise OSError("still no")


class Broken:
    """A value all of whose parts fail."""

    raised: BaseException = ZeroDivisionError("no")

    def fail(self, *_):
        raise self.raised

    def __add__(self, other: "Broken | float") -> "Broken":
        self.fail()

    def __rmul__(self, other: float) -> "Broken":
        self.fail()

    def __neg__(self) -> "Broken":
        self.fail()

    def __call__(self, x: float) -> float:
        self.fail()

    def vsa_attribute(self, name: str) -> float:
        self.fail()

    def vsa_state(self) -> object:
        self.fail()

    def vsa_vector(self) -> Vector:
        self.fail()

    def vsa_restored(self):
        raise NotImplementedError

    vsa_text = vsa_html = vsa_json = vsa_bars = vsa_attributes = vsa_complete = fail
    __str__ = __repr__ = fail
    __eq__ = object.__eq__
    __hash__ = object.__hash__


def broken() -> Broken:
    """A broken value."""
    return Broken()


def literal(text: str) -> Broken:
    """A literal that fails."""
    raise Broken.raised


def leave() -> None:
    """Fail."""
    raise Broken.raised


class Plugin:
    @hookimpl
    def vsa_types(self):
        return [Broken]

    @hookimpl
    def vsa_functions(self):
        return [broken, leave]

    @hookimpl
    def vsa_commands(self):
        return [leave]

    @hookimpl
    def vsa_literals(self):
        return {"bad": literal}

    @hookimpl
    def vsa_brings(self):
        def brings():
            raise Broken.raised

        return {"broken": brings}


@pytest.fixture(params=RAISED, ids=lambda error: type(error).__name__)
def raised(request, monkeypatch):
    monkeypatch.setattr(Broken, "raised", request.param)
    said = str(request.param) or "no message"
    return rf"{type(request.param).__name__}: {said} \(test_faults\.py:\d+\)"


@pytest.fixture
def session():
    session = Session(Space(dim=64), plugins=load_plugins(extra=[("bad", Plugin())]))
    assert session.plugins.errors == []
    session.run("b = broken(); n = 1")
    return session


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("leave()", "leave"),
        (":leave", "leave"),
        ('bad"text"', "literal"),
        ("b + b", r"'\+'"),
        ("b + 1", r"'\+'"),
        ("2 * b", r"'\*'"),
        ("-b", "'-'"),
        ("b(2)", "the call"),
        ("b.pages", "the attribute 'pages'"),
        ("push(nil, b)", "vsa_vector"),
        (":plot b", "vsa_bars"),
    ],
)
def test_in_a_statement(session, raised, text, what):
    with pytest.raises(VsaError, match=rf"^{what} of plugin 'bad' failed: {raised}$") as error:
        session.run(f"{text}")
    assert error.value.span is not None
    assert session.run("n = n + 1; n")[-1] == 2


def test_when_a_value_is_shown(session, raised, capsys):
    value = session.values["b"]
    with pytest.raises(VsaError, match=rf"^plugin 'bad' cannot show a Broken: {raised}$"):
        show(session, value)
    for part, call in (("vsa_json", to_json), ("vsa_html", to_html)):
        with pytest.raises(VsaError, match=rf"^{part} of plugin 'bad' failed: {raised}$"):
            call(session, value)
    Runner(session, TextReporter(located=False, caret=False)).run("b\n", "<input>")
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(raised, err)


def test_when_it_is_kept(session, raised, tmp_path):
    with open_session(tmp_path / "s.vsa", Space(dim=64), session.plugins) as kept:
        outcomes = list(kept.execute("n = 1; b = broken(); n = 2"))
        (said,) = outcomes[1].notes
        assert re.search(rf"vsa_state of plugin 'bad' failed: {raised}", said)
    with open_session(tmp_path / "s.vsa", plugins=session.plugins) as kept:
        assert kept.values["n"] == 2


def test_at_the_prompt(session, raised):
    assert offers(session, "b.") == []
    assert offers(session, 'bad"te') == []
    with pytest.raises(VsaError, match=r"^unknown name 'nobody'"):
        session.run("nobody")
    with pytest.raises(VsaError, match=rf"^vsa_brings of plugin 'bad' failed: {raised}$"):
        session.plugins.brings("broken")


def test_in_a_hook(raised):
    class Exiting:
        @hookimpl
        def vsa_functions(self):
            raise Broken.raised

        @hookimpl
        def vsa_settings(self):
            return {"bad.most": 3}

    plugins = load_plugins(extra=[("bad", Exiting())], installed=False)
    (said,) = plugins.errors
    assert re.fullmatch(rf"plugin 'bad' failed in vsa_functions: {raised}", said)
    assert plugins.settings == {"bad.most": 3}


def test_an_exception_that_cannot_be_shown(session, monkeypatch):
    monkeypatch.setattr(Broken, "raised", MuteError())
    with pytest.raises(VsaError, match=r"^leave of plugin 'bad' failed: MuteError: no message \("):
        session.run("leave()")


def test_what_is_no_fault_passes(session, monkeypatch):
    for passing in (KeyboardInterrupt(), MemoryError()):
        monkeypatch.setattr(Broken, "raised", passing)
        for text in ("leave()", "b + b"):
            with pytest.raises(type(passing)):
                session.run(text)
    monkeypatch.setattr(Broken, "raised", VsaError("said on purpose"))
    for text in ("leave()", "b + b", ":plot b"):
        with pytest.raises(VsaError, match=r"^said on purpose$"):
            session.run(text)


def test_a_module_that_exits_when_it_is_imported(monkeypatch, tmp_path, capsys):
    (tmp_path / "exiting.py").write_text("import sys\nsys.exit('goodbye')\n")
    monkeypatch.syspath_prepend(tmp_path)

    class Point:
        name, value, origin = "exiting", "exiting", ""

        def load(self):
            return __import__("exiting")

    from vsa.hooks import loader

    points = loader.entry_points
    monkeypatch.setattr(loader, "entry_points", lambda group: [*points(group=group), Point()])
    assert main(["-c", "1 + 1"]) == 0
    out, err = capsys.readouterr()
    assert out == "2\n"
    assert err == (
        "warning: plugin 'exiting' could not be loaded: SystemExit: goodbye (exiting.py:2)\n"
    )
    assert "exiting" not in sys.modules
