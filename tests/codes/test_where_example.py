"""examples/where.py: its figures stand beside the theory, and it prints and draws them."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("where_example", ROOT / "examples" / "where.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(importlib.import_module("sys").modules, "where_example", module)
        spec.loader.exec_module(module)
        yield module


def test_the_cliff_stands_beside_the_theory(example):
    few, many = example.measure(512, (10, 80), asked=60, seed=3)
    assert few.lost <= 0.04
    assert few.error == pytest.approx(few.predicted, rel=0.35)
    # 60 of 80 things asked for: a share of .6 is good to three times .063
    assert many.lost == pytest.approx(many.predicted_lost, abs=0.2)
    assert many.said == pytest.approx(1 - many.lost, abs=0.25)
    assert few.said > 0.9


def test_it_prints_a_map_and_a_table_and_draws(example, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "scene.png"
    example.main(["--dim", "512", "--asked", "4", "--out", str(path)])
    printed = capsys.readouterr().out
    assert "20 things on 10 × 10" in printed
    assert "█" in printed
    rows = [line.split() for line in printed.splitlines()[-5:]]
    assert [int(row[0]) for row in rows] == list(example.COUNTS)
    assert path.stat().st_size > 10_000
    assert np.isfinite([float(row[2]) for row in rows]).all()


def test_what_cannot_be_is_said(example, capsys):
    for wrong in (["--asked", "0"], ["--dim", "1"]):
        with pytest.raises(SystemExit):
            example.main(wrong)
    assert "dim must be a whole number of at least 2, not 1" in capsys.readouterr().err
