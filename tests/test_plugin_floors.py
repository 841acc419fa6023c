"""The bundled plugins: no circle of imports, and the floors of kinship, lowest first."""

import ast
import graphlib
import importlib
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[1] / "plugins"
FLOORS = [{"codes"}, {"family"}, {"relations"}, {"drawing", "learn"}, {"language"}]
FILES = {
    ".".join(p.relative_to(PLUGINS).with_suffix("").parts).removesuffix(".__init__"): p
    for p in (PLUGINS / "vsa_plugins").rglob("*.py")
}


def imported(path):
    """The plugins' files that one imports, also in functions and for types alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name} imports by dots"
            within = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in FILES else node.module for name in within)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


GRAPH = {name: {i for i in imported(p) if i in FILES} for name, p in FILES.items()}


def test_no_circle():
    graphlib.TopologicalSorter(GRAPH).prepare()  # CycleError names one


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_kinship_imports_downwards(floor):
    allowed = set.union(*FLOORS[:floor]) if floor else set()
    for room in FLOORS[floor]:
        for name in (n for n in FILES if f"{n}.".startswith(f"vsa_plugins.kinship.{room}.")):
            used = {f"{i}.".split(".")[2] for i in GRAPH[name] if "kinship" in i}
            assert used <= {*allowed, room}, f"{name} imports {used - {*allowed, room}}"


@pytest.mark.parametrize("plugin", ["kinship", "composition", "associative_lstm"])
def test_a_plugin_has_its_public_names(plugin):
    module = importlib.import_module(f"vsa_plugins.{plugin}")
    assert module.HOMES.keys() == set(module.__all__)
    assert all(getattr(module, name) is not None for name in module.__all__)
    with pytest.raises(AttributeError, match=f"^module 'vsa_plugins.{plugin}' has no attribute"):
        module.nothing  # noqa: B018
