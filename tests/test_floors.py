"""The plan of the house: imports run downwards, and in no circle."""

import importlib

import pytest
from imports import MODULES, check_no_circle, imported

# The lowest first. A file imports its own folder and what is on lower floors, wherever in it the
# import stands; rooms beside each other on one floor do not import each other.
FLOORS = [
    {"errors", "record"}, {"annotations", "cache", "entry_points", "extras", "later"},
    {"markup", "notes", "style", "suggest"},
    {"arguments", "layout"}, {"files", "progress", "threads"}, {"pictures"}, {"table"}, {"theory"},
    {"algebra"}, {"memory", "testing"}, {"workers"}, {"hooks"},
    {"soft", "encode", "products", "numbers", "views"}, {"lang"}, {"cluster", "learn", "nn"}, {"persist"},
    {"plugin"}, {""}, {"terminal"}, {"notebook"}, {"__main__"},
]  # fmt: skip
KINSHIP = [{"codes"}, {"family"}, {"relations"}, {"drawing", "learn"}, {"language"}, {""}]
PAIR = frozenset({"vsa.algebra.space", "vsa.algebra.vector"})  # each is of the other


def room(module, package):
    """The folder or file right under a package that a module is in, None where it is elsewhere."""
    inside = f"{module}.".startswith(f"{package}.")
    return f"{module}."[len(package) + 1 :].partition(".")[0] if inside else None


@pytest.mark.parametrize(("package", "floors"), [("vsa", FLOORS), ("vsa_plugins.kinship", KINSHIP)])
def test_no_import_runs_up(package, floors):
    height = {room: i for i, rooms in enumerate(floors) for room in rooms}
    for module in (m for m in MODULES if room(m, package) is not None):
        here = room(module, package)
        for other in imported(module):
            there = room(other, package)
            if there is not None and there != here:
                assert height[there] < height[here], f"{module} imports {other}"


def test_the_library_imports_no_plugin_and_the_grammar_in_one_place():
    for module in (m for m in MODULES if room(m, "vsa") is not None):
        others = {m for m in imported(module) if room(m, "vsa") is None}
        assert others <= ({"vsa_grammar"} if module == "vsa.lang.syntax.grammar" else set()), module


def test_no_files_import_each_other():
    check_no_circle(PAIR)


@pytest.mark.parametrize("plugin", ["kinship", "composition", "associative_lstm", "biases"])
def test_a_plugin_of_several_files_has_its_public_names(plugin):
    module = importlib.import_module(f"vsa_plugins.{plugin}")
    assert module.HOMES.keys() == set(module.__all__)
    assert all(getattr(module, name) is not None for name in module.__all__)
    with pytest.raises(AttributeError, match=f"^module 'vsa_plugins.{plugin}' has no attribute"):
        module.nothing  # noqa: B018
