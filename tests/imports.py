"""Which file imports which, read from the source: imports in functions and for types count too."""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = (ROOT, "vsa"), (ROOT / "plugins", "vsa_plugins"), (ROOT / "grammar", "vsa_grammar")


def modules() -> dict[str, Path]:
    """Dotted name → file, of everything that is shipped."""
    found = {}
    for base, package in PACKAGES:
        for file in sorted((base / package).rglob("*.py")):
            parts = file.relative_to(base).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


MODULES = modules()


def imported(module: str) -> Iterator[str]:
    """The modules of ours that a module imports names of, or imports."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            while name and name not in MODULES:
                name = name.rpartition(".")[0]
            if name and name != module:
                yield name


def check_no_circle(allowed: frozenset[str]) -> None:
    """Raise CycleError, which names the files, where some import each other but an allowed pair."""
    arrows = {m: {n for n in imported(m) if {m, n} != allowed} for m in MODULES}
    graphlib.TopologicalSorter(arrows).prepare()
