"""examples/associative_lstm.py, the tables beside the papers, and what the benchmark compares."""

import importlib.util
import re
import sys

import numpy as np
import pytest
from test_docs import ROOT
from vsa_plugins.associative_lstm import draw_curves, learn, task

from vsa import VsaError

pytest.importorskip("torch")
sys.path.append(str(ROOT))  # benchmarks are not installed

from benchmarks import associative_lstm as timed
from benchmarks import papers, papers_associative_lstm


@pytest.fixture(scope="module")
def example():
    path = ROOT / "examples" / "associative_lstm.py"
    spec = importlib.util.spec_from_file_location("associative_lstm_example", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SMALL = ["--tasks", "copy", "--steps", "4", "--every", "2", "--hidden", "8", "--copies", "2"]


def test_it_prints_a_line_for_each_run_and_draws(example, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "curves.svg"
    example.main([*SMALL, "--seeds", "2", "--out", str(path)])
    printed = capsys.readouterr().out
    assert len(re.findall(r"^copy .* seed \d", printed, re.MULTILINE)) == 4
    assert "associative, 2 copies" in printed
    text = path.read_text()
    assert "lstm" in text
    assert "associative, 2 copies" in text


def test_curves_without_matplotlib(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(VsaError) as caught:
        draw_curves([learn(task("copy"), "lstm", steps=1, hidden=2)], tmp_path / "curves.svg")
    assert str(caught.value) == (
        "a picture needs the package 'matplotlib': pip install \"vsa-algebra[plot]\""
    )


def test_ctrl_c_draws_what_there_is(example, tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")

    told = []

    def interrupted(title, share):
        told.append(title)
        if told.count("lstm") == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(example, "shown", interrupted)
    path = tmp_path / "curves.png"
    example.main([*SMALL, "--nets", "associative", "lstm", "--seeds", "1", "--out", str(path)])
    assert len(re.findall("^copy ", capsys.readouterr().out, re.MULTILINE)) == 2
    assert path.exists()


@pytest.mark.parametrize("wrong", [["--hidden", "7"], ["--out", "curves.jpg"], ["--tasks", "x"]])
def test_wrong_arguments_are_told_in_one_line(example, wrong, capsys):
    with pytest.raises(SystemExit):
        example.main([*SMALL, "--seeds", "1", *wrong])
    assert "error: " in capsys.readouterr().err


# --- beside the papers -----------------------------------------------------------------------------
@pytest.mark.parametrize("table", papers_associative_lstm.TABLES, ids=lambda f: f.__name__)
def test_every_table_can_be_made(table):
    made = table(True)
    assert isinstance(made, papers.Table)
    assert made.rows
    assert all(len(row) == len(made.columns) for row in made.rows)


def test_the_noise_table_has_law_and_measurement_beside_the_published():
    for _, law, measured, published in papers_associative_lstm.noise(True).rows:
        found, error = (float(x) for x in measured.split(" ±"))
        assert float(law) == pytest.approx(float(published), rel=0.06)
        assert abs(found - float(law)) < 5 * error + 0.02


# --- the benchmark ---------------------------------------------------------------------------------
def test_the_hand_written_loops_compute_what_the_layer_computes():
    compared = 0
    for row in timed.rows(quick=True):
        ours, *others = row.candidates
        wanted = ours.answer(ours.run())
        for other in others:
            if other.answer is not None:
                np.testing.assert_allclose(other.answer(other.run()), wanted, rtol=1e-3, atol=1e-4)
                compared += 1
    assert compared == 4


@pytest.mark.parametrize("hidden", [16, 64, 100])
def test_the_lstm_beside_it_has_as_many_parameters(hidden):
    import torch

    net = torch.nn.LSTM(10, hidden)
    assert timed.equal(sum(p.numel() for p in net.parameters()), 10) == hidden
