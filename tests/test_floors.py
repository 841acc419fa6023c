"""The plan of the house: imports run downwards, and in no circle."""

import pytest
from imports import MODULES, circles, imported

# The lowest first. A file imports its own floor's folder and what is below, wherever the import
# stands; files beside each other on one floor do not count as one folder.
FLOORS = [
    {"errors"}, {"annotations", "extras", "notes", "suggest"}, {"arguments"},
    {"theory"}, {"algebra"}, {"memory"}, {"workers"}, {"hooks"}, {"soft", "encode"},
    {"lang"}, {"cluster", "nn"}, {"persist"}, {"plugin"}, {""}, {"terminal"}, {"__main__"},
]  # fmt: skip
PAIR = frozenset({"vsa.algebra.space", "vsa.algebra.vector"})  # each is of the other


def floor(module: str) -> int:
    room = [*module.split("."), ""][1]
    return next(i for i, rooms in enumerate(FLOORS) if room in rooms)


@pytest.mark.parametrize("module", [m for m in MODULES if m.partition(".")[0] == "vsa"])
def test_no_import_runs_up(module):
    for other in imported(module):
        if other.partition(".")[0] == "vsa":
            same = module.split(".")[:2] == other.split(".")[:2]
            assert same or floor(other) < floor(module), f"{module} imports {other}"
        else:
            assert (module, other) == ("vsa.lang.syntax.tables", "vsa_grammar"), other


def test_no_files_import_each_other():
    assert circles(frozenset({PAIR})) == []
