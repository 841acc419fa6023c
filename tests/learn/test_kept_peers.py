"""The other libraries' figures: those that are kept are the page's, and a rerun replaces its own alone."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'learn'")

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))

from benchmarks import classification_peers as peers  # noqa: E402
from benchmarks import papers  # noqa: E402


def test_the_page_tells_what_is_kept():
    page = (ROOT / "docs" / "learning" / "classification.md").read_text(encoding="utf-8")
    for name, row in peers.kept()["sets"].items():
        assert all(len(model["accuracy"]) == 10 for model in row.values())
        mean, _, model = peers.best(name).split(maxsplit=2)
        (line,) = (
            line for line in page.splitlines() if line.startswith(f"| {name} | 9") and "/" in line
        )
        assert f"| {mean} ({model}) |" in line
    assert peers.best("wine", "bayes_hdc").split()[0] in page
    assert "torchhd 5.8.4, bayes_hdc 0.5" in peers.note()


def test_a_rerun_replaces_the_figures_of_what_is_installed(tmp_path, monkeypatch, capsys):
    file = tmp_path / "kept.json"
    old = {
        "a old": {"accuracy": [50.0], "seconds": 1.0},
        "b old": {"accuracy": [60.0], "seconds": 1.0},
    }
    before = {"date": "2020-01-01", "versions": {"a": "1", "b": "1"}, "sets": {"set": old}}
    file.write_text(json.dumps(before), encoding="utf-8")
    monkeypatch.setattr(peers, "FILE", file)
    monkeypatch.setattr(peers, "peer", {"a": SimpleNamespace(__version__="2")}.get)
    ones = lambda x, y, x_tested, seed: np.full(len(x_tested), 1)  # noqa: E731
    monkeypatch.setattr(peers, "LIBRARIES", {"a": {"old": ones}, "b": {"old": ones}})
    splits = iter([(None, None, np.zeros((4, 1)), np.array([1, 1, 1, 0]))] * 2)
    peers.rerun({"set": splits})
    found = peers.kept()
    assert found["sets"]["set"]["a old"]["accuracy"] == [75.0, 75.0]
    assert found["sets"]["set"]["b old"] == old["b old"]
    assert found["versions"] == {"a": "2", "b": "1"}
    assert found["machine"] == papers.machine()
    assert "b is not installed: its figures stay those of 2020-01-01" in capsys.readouterr().out
    assert peers.best("set", "a") == "75.0 ±.0 old"


def test_a_group_without_peers_says_so(capsys):
    papers.rerun_peers("resonator")
    assert capsys.readouterr().out == "resonator keeps no figures of others\n"
