"""The committed figures of the full benchmark: of a named machine, all tables, over all seeds."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from benchmarks.biases import ROOMS, learned
from benchmarks.biases.rows import COLUMNS

FILE = Path(__file__).parents[2] / "benchmarks" / "figures" / "papers-biases.json"


def test_the_committed_figures_are_of_all_rows_and_seeds():
    found = json.loads(FILE.read_text(encoding="utf-8"))
    assert "cores" in found["machine"]
    assert "torch" in found["machine"]
    tables = found["tables"]
    assert len(tables) >= 2 * len(ROOMS)
    for table in tables:
        assert tuple(table["columns"]) == COLUMNS
        assert len(table["data"]) == len(table["rows"]), "names of rows repeat"
        for cells in table["rows"]:
            numbers = table["data"][cells[0]]["ours"]
            assert len(numbers) == int(cells[4])
    rows = {cells[0]: cells for table in tables for cells in table["rows"]}
    for row in (*learned.RULES, *learned.NUMBERS):  # none was left out, none is of other seeds
        assert int(rows[row.name][4]) == row.seeds
