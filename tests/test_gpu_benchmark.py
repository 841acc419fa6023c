"""The benchmark of a GPU: every line of it runs without one."""

from __future__ import annotations

import sys
from pathlib import Path

import device
import pytest

from vsa.algebra import backend as backends

sys.path.append(str(Path(__file__).parents[1]))  # benchmarks are not installed

from benchmarks import gpu


@pytest.fixture
def small(monkeypatch):
    sizes = gpu.Sizes(dim=64, rows=150, terms=3, items=300, queries=20, numbers=64, square=8)
    monkeypatch.setattr(gpu, "SMALL", sizes)


def test_on_the_processor_it_runs_through(small, capsys):
    pytest.importorskip("torch")
    assert gpu.main(["--device", "cpu"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("of the bandwidth; agrees with NumPy") == 2
    assert "exact cleanup, 300 items, 20 queries" in printed
    assert "of the rate of products" in printed
    assert "cleanup: agrees with NumPy among 300; all queries right" in printed
    assert "GB/s" in printed
    assert "TFLOP/s" in printed


def test_what_cupy_would_run_runs_and_waits_for_the_device(small, monkeypatch, capsys):
    waits = []
    monkeypatch.setitem(backends.BACKENDS, "cupy", device.Remote)
    monkeypatch.setitem(gpu.BACKENDS, "cuda", ("cupy",))
    monkeypatch.setattr(gpu, "waiting", lambda space: lambda: waits.append(1))
    monkeypatch.setattr(gpu, "device", lambda space: "a device that is none")
    assert gpu.main(["--small"]) == 0
    printed = capsys.readouterr().out
    assert "cupy float32 on a device that is none" in printed
    assert printed.count("agrees with NumPy") == 3
    assert len(waits) == 2 * gpu.SAMPLES * 7 + 1  # before and after each sample, and the adding


def test_a_wrong_result_is_said(small, monkeypatch, capsys):
    pytest.importorskip("torch")
    monkeypatch.setattr(gpu, "ALIKE", 0.0)
    gpu.main(["--device", "cpu"])
    assert capsys.readouterr().out.count("of the bandwidth; DIFFERS from NumPy") == 2


def test_without_a_gpu_one_line_says_what_is_missing(monkeypatch, capsys):
    def none(dtype, device):
        raise gpu.VsaError("there is none")

    monkeypatch.setitem(gpu.BACKENDS, "cuda", ("cupy", "torch:cuda"))
    monkeypatch.setitem(backends.BACKENDS, "cupy", none)
    monkeypatch.setitem(backends.BACKENDS, "torch", none)
    assert gpu.main([]) == 1
    assert capsys.readouterr().out == "no GPU here: there is none; there is none\n"
