"""examples/classify.py, the page's table, and what the benchmark's tables hold."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'learn'")

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT), str(ROOT / "examples")]

import classify  # noqa: E402

from benchmarks import papers, papers_classification  # noqa: E402


def test_the_example_prints_its_tables_and_draws(tmp_path, capsys):
    pytest.importorskip("pandas")
    picture = tmp_path / "classify.png"
    drawn = ["--out", str(picture)] if _has("matplotlib") else []
    classify.main(["--quick", *drawn])
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: re.findall(r"([\d.]+)%", line) for line in lines if "%" in line}
    assert list(rows) == ["checkerboard", "spirals", "wine"]
    assert float(rows["spirals"][0]) > 98 > 75 > float(rows["spirals"][1])
    (why,) = (i for i, line in enumerate(lines) if line.startswith("the wine that is least sure"))
    assert " rather than " in lines[why + 1]
    assert lines[why + 2].split() == ["part", "share", "from"]
    if drawn:
        assert picture.stat().st_size > 10_000


def test_groups_of_about_as_sure_rows():
    sure = np.array([0.55, 0.7, 0.75, 0.999])
    rows = classify.reliability(sure, np.array([True, True, False, True]))
    assert [row[1:] for row in rows] == [(1.0, 1), (0.5, 2), (1.0, 1)]
    assert rows[1][0] == pytest.approx(0.725)


def test_the_calibration_error_of_what_is_known():
    right = np.arange(1000) < 700
    assert papers_classification.calibration_error(np.full(1000, 0.7), right) == pytest.approx(0)
    assert papers_classification.calibration_error(np.full(1000, 0.9), right) == pytest.approx(0.2)


def test_the_group_is_known_and_its_splits_are_those_it_says():
    assert papers.GROUPS["classification"] == "papers_classification"
    x, y = papers_classification.checkerboard()
    assert sorted(np.unique(y)) == [0, 1]
    parts = list(papers_classification.splits(x, y, 3))
    assert [[len(part) for part in split] for split in parts] == [[560, 560, 240, 240]] * 3


def test_the_table_of_novelty_is_the_pages():
    table = papers_classification.novelty(True)
    normal, digits = table.rows
    assert normal[1:4] == ("1.00 ±.00", "1.00", "50 of 50")
    assert float(normal[4].split()[0]) == pytest.approx(0.05, abs=0.01)
    assert float(digits[1].split()[0]) > 0.85
    page = (ROOT / "docs" / "learning" / "classification.md").read_text(encoding="utf-8")
    for cell in (normal[3], normal[4], *digits[1:5:2], digits[4]):
        assert cell.replace("±", "± ") in page, cell


def _has(package):
    import importlib.util

    return importlib.util.find_spec(package) is not None
