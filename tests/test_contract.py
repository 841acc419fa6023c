"""The plugin contract: hooks, what a class may offer, settings, and what is wrong named."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

import pytest
from imports import MODULES, imported

import vsa
from vsa import Memory, Session, Space, Vector, VsaError, hookimpl, load_plugins
from vsa.plugin import Algebra, Value
from vsa.terminal.cli import main
from vsa.terminal.complete import offers

PUBLIC = {
    "vsa",
    "vsa.plugin",
    "vsa.nn",
    "vsa.nn.measures",
    "vsa.numbers",
    "vsa.pictures",
    "vsa.views",
    "vsa.encode",
    "vsa.learn",
}
INSIDERS = {"vsa_plugins.explain"}  # evaluates with vectors that know what they are made of


def inside(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in INSIDERS)


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("vsa_plugins")])
def test_plugins_import_the_face_and_the_contract_alone(module):
    others = {m for m in imported(module) if not m.startswith("vsa_plugins")}
    assert inside(module) or others <= PUBLIC


# --- a class with all parts ----------------------------------------------------------------------
class Shelf:
    """A codebook: it says how its members are printed."""

    def label(self, member: str) -> str:
        return f"book {member}"


SHELF = Shelf()


@dataclass(frozen=True)
class Book:
    """A value that offers all it may, but for a state of its own."""

    vsa_name = "book"
    title: str
    topic: Vector

    def vsa_text(self) -> str:
        return f"“{self.title}”"

    def vsa_html(self) -> str:
        return f"<i>{self.title}</i>"

    def vsa_json(self) -> Any:
        return {"title": self.title}

    def vsa_vector(self) -> Vector:
        return self.topic

    def vsa_member(self) -> tuple[Shelf, str]:
        return SHELF, self.title

    def vsa_attributes(self) -> list[str]:
        return ["title", "length"]

    def vsa_attribute(self, name: str) -> str | int:
        if name not in self.vsa_attributes():
            raise VsaError(f"a book has no {name}")
        return self.title if name == "title" else len(self.title)

    @classmethod
    def vsa_complete(cls, text: str) -> list[str]:
        return ["dick", "maid"] if text.startswith("moby ") else ["moby"]


def book(text: str, *, memory: Memory) -> Book:
    """A book of a title, about what its first word names."""
    return Book(text, memory.space.atom(text.split()[0]))


class Books:
    """The plugin."""

    @hookimpl
    def vsa_types(self):
        return [Book]

    @hookimpl
    def vsa_literals(self):
        return {"book": book}

    @hookimpl
    def vsa_settings(self):
        return {"books.most": 3, "books.shown": True, "books.order": "title"}


def loaded(*plugins: Any) -> vsa.plugin.Plugins:
    return load_plugins(extra=[(f"extra{i}", p) for i, p in enumerate(plugins)])


@pytest.fixture
def session():
    session = Session(Space(dim=512), plugins=loaded(Books()))
    session.run("atom moby, mark, fish")
    assert session.plugins.errors == []
    return session


def printed(capsys, text, *options):
    status = main([*options, "-c", text])
    return status, *capsys.readouterr()


def test_a_value_stands_for_its_vector(session):
    bound, name, inverse = session.run(
        'book"moby dick" * mark; top(push(nil, book"moby")); ~book"moby"'
    )
    moby, mark = session.space.atoms("moby", "mark")
    assert bound.similarity(moby * mark) > 0.999
    assert name.name == "moby"
    assert inverse.similarity(~moby) > 0.999


def test_a_value_has_attributes_of_its_own(session):
    assert session.run('b = book"moby dick"; b.title; b.length + 1')[1:] == ["moby dick", 10]
    with pytest.raises(VsaError, match=r"^a book has no pages$"):
        session.run("b.pages")


def test_values_are_members_of_sets_by_their_codebook(session):
    (found,) = session.run('{book"moby", book"dick", book"moby"}')
    assert str(found) == "{book moby ×2, book dick}"
    with pytest.raises(VsaError, match="must be of one codebook"):
        session.run('{book"moby", mark}')


def test_values_are_shown_as_their_class_says(session):
    from vsa.plugin import show, to_html, to_json

    (value,) = session.run('book"moby dick"')
    assert show(session, value) == "“moby dick”"
    assert to_html(session, value) == "<i>moby dick</i>"
    assert to_html(session, "a < b") == "<pre>a &lt; b</pre>"
    assert to_json(session, value) == {"title": "moby dick"}


def test_values_are_explained_and_drawn_by_their_vector(session):
    (drawn,) = session.run(':plot book"moby dick"')
    assert drawn.splitlines()[0].startswith("moby")
    (table,) = session.run('why(book"moby")')
    assert table.title.startswith("moby: moby")


def test_a_dataclass_is_kept_without_a_word(session, tmp_path):
    session.run(f'b = book"moby dick"; :save {tmp_path / "s.vsa"}')
    session.close()
    from vsa.plugin import open_session

    with open_session(tmp_path / "s.vsa", plugins=session.plugins) as again:
        assert again.run("b.title") == ["moby dick"]


def test_tab_offers_attributes_and_what_goes_on_in_a_literal(session):
    session.run('b = book"moby dick"; frame(moby, agt=mark)')
    offered = lambda text: [(o.text, o.start) for o in offers(session, text)]  # noqa: E731
    assert offered("b.") == [("title", 2), ("length", 2)]
    assert offered("b.le") == [("length", 2)]
    assert offered("moby.") == [("agt", 5)]
    assert offered('book"') == [("moby", 5)]
    assert offered('mark * book"moby d') == [("dick", 17)]
    assert offered('"moby ') == offered('nobody"moby ') == []


@dataclass
class Misspelt:
    vsa_sate: int = 0


class Half:
    def vsa_state(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("cls", "said"),
    [
        (Misspelt, "the class 'Misspelt' offers 'vsa_sate', which nothing asks for; "
                   "did you mean 'vsa_state'?"),
        (Half, "the class 'Half' offers 'vsa_state' but not 'vsa_restored'"),
        (3, "3 is not a class"),
    ],
)  # fmt: skip
def test_a_part_that_is_none_is_named(cls, said):
    class Plugin:
        @hookimpl
        def vsa_types(self):
            return [cls]

    assert loaded(Plugin()).errors == [f"plugin 'extra0': {said}"]


def test_every_part_is_documented():
    parts = {*vars(Value), *Value.__annotations__}
    page = (MODULES["vsa"].parent.parent / "docs" / "reference" / "plugins.md").read_text()
    assert [p for p in sorted(parts) if p.startswith("vsa_") and f"`{p}" not in page] == []


# --- hooks ---------------------------------------------------------------------------------------
def test_a_misspelt_hook_is_named_and_one_that_is_not_marked():
    def nothing():
        return []

    module = types.ModuleType("module")
    module.vsa_functions = nothing
    module.vsa_comands = hookimpl(lambda: nothing())
    module.vsa_version = 1
    assert loaded(module).errors == [
        "plugin 'extra0': there is no hook 'vsa_comands'; did you mean 'vsa_commands'?",
        "plugin 'extra0': vsa_functions is not marked as a hook: write @hookimpl above it",
    ]


def broken(x: float) -> float:
    """Fails by mistake."""
    return {}[x]  # the line that the error names


class Broken:
    @hookimpl
    def vsa_functions(self):
        return [broken]

    @hookimpl
    def vsa_types(self):
        raise ZeroDivisionError("oh")


def test_a_defect_is_told_with_file_and_line(monkeypatch, capsys):
    lines = (
        MODULES["vsa"].parent.parent.joinpath("tests", "test_contract.py").read_text().splitlines()
    )
    raised = next(i for i, line in enumerate(lines, 1) if 'raise ZeroDivisionError("oh")' in line)
    failed = next(i for i, line in enumerate(lines, 1) if "the line that the error names" in line)
    plugins = loaded(Broken())
    first = (
        f"plugin 'extra0' failed in vsa_types: ZeroDivisionError: oh (test_contract.py:{raised})"
    )
    assert plugins.errors == [first]
    second = f"broken of plugin 'extra0' failed: KeyError: 1.0 (test_contract.py:{failed})"
    with pytest.raises(VsaError) as caught:
        Session(Space(dim=64), plugins=plugins).run("broken(1)")
    assert str(caught.value) == second
    monkeypatch.setattr("vsa.hooks.loader.load_plugins", lambda exclude=(): plugins)
    status, _, said = printed(capsys, "broken(1)")
    assert status == 1
    assert "Traceback" not in said
    status, _, said = printed(capsys, "broken(1)", "--traceback")
    assert said.count("Traceback (most recent call last)") >= 2
    assert "return {}[x]  # the line that the error names" in said


# --- algebras ------------------------------------------------------------------------------------
def test_an_algebra_given_from_python_is_known_by_its_name():
    from vsa_plugins.algebras.map import MAPB

    class Plugin:
        @hookimpl
        def vsa_algebras(self):
            return [MAPB]

    assert loaded(Plugin()).errors == []
    assert isinstance(Space(dim=64, algebra=MAPB.name).algebra, MAPB)


def test_two_algebras_of_one_name_are_told():
    class Other(Algebra):
        name = "hrr"

    class Plugin:
        @hookimpl
        def vsa_algebras(self):
            return [Other, int]

    first, second = loaded(Plugin()).errors
    assert first == "plugin 'extra0': the algebra 'hrr' is already defined by vsa.algebra.hrr.HRR"
    assert second == (
        "plugin 'extra0': <class 'int'> is no algebra: make it a subclass of vsa.plugin.Algebra"
    )


def test_an_installed_algebra_is_loaded_when_a_space_is_made_of_it(monkeypatch):
    from vsa.algebra import registry
    from vsa.entry_points import EntryPoint

    points = [EntryPoint("mine", "test_contract:Mine"), EntryPoint("gone", "no_such_module:Gone")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    assert {"hrr", "mine", "gone"} <= set(registry.algebra_names())
    assert Space(dim=64, algebra="mine").algebra.name == "mine"
    with pytest.raises(VsaError, match=r"^the algebra 'gone' could not be loaded: ModuleNotFound"):
        Space(dim=64, algebra="gone")
    with pytest.raises(VsaError, match=r"^unknown algebra 'yours': choose one of .*gone.*mine"):
        Space(dim=64, algebra="yours")


class Mine(type(Space(dim=16).algebra)):
    """The usual one under a name of its own."""

    name = "mine"
