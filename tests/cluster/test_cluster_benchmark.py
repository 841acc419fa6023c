"""The group `cluster` of the benchmarks compares the same work."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2]))  # benchmarks are not installed

pytest.importorskip("zarr")
pytest.importorskip("pyarrow")


def test_workers_and_this_process_do_the_same(client):
    from benchmarks import cluster

    labels = []
    for row in cluster.rows(quick=True, client=client):
        labels.append(row.label)
        ours, serial = [c.answer(c.run()) for c in row.candidates]
        assert ours == serial, row.label
        assert row.sample(row.candidates[1].run) > 0
    assert len(labels) == 3


def test_without_dask_there_are_no_rows(monkeypatch):
    from benchmarks import cluster

    monkeypatch.setitem(sys.modules, "distributed", None)
    assert list(cluster.rows(quick=True)) == []
