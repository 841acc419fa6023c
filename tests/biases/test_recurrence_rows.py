"""One cheap row of each comparison of recurrence and screening, by its own function, and the example."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

ROOT = Path(__file__).parents[2]

from benchmarks.biases import recurrence, screening  # noqa: E402


def test_totals_of_fisher_memory():
    found = recurrence.fisher(quick=True).data
    assert found["chain 1.02, 100 units"]["ours"] == [pytest.approx(7.61, abs=0.005)]
    assert found["binding with a unitary key × .97, 64 units"]["ours"] == [pytest.approx(1)]
    assert found["Schur form × .97, T of deviation .1, last first, 64 units"]["ours"][0] > 1.5
    assert recurrence.closed_form(1.02, 100) == pytest.approx(7.61, abs=0.005)


def test_a_chain_is_decoded_as_its_fisher_memory_says():
    """R² = a² J/(a² J + σ²): what other inputs leave in a chain is in other units."""
    found = recurrence.decoded(recurrence.NETS["chain 1.02"], 0, 0.3, False)
    chain = recurrence.NETS["chain 1.02"](100, 0)
    signal = 0.81 * recurrence.fisher_memory(chain, torch.eye(100)[0]).curve
    expected = signal / (signal + 0.09)
    assert float(expected[99]) == pytest.approx(0.263, abs=0.001)  # and .26 was measured
    # 1,000 sequences measure it, and 101 weights are fitted to 4,000
    assert float((found - expected).abs().mean()) < 0.04
    assert float((found - expected).abs().max()) < 0.15


def test_nets_of_one_batch_learn_as_if_each_were_alone(monkeypatch):
    together = recurrence.copied(12, 0, steps=5)
    assert list(together) == ["orthogonal", "binding", "shift", "chain 1.02"]
    monkeypatch.setattr(recurrence, "NETS", {"shift": recurrence.shift})
    alone = recurrence.copied.__wrapped__(12, 0, steps=5)
    assert together["shift"] == pytest.approx(alone["shift"], abs=0.02)  # of 1,000 symbols


def test_what_matters_is_kept_and_the_control_is_no_better_than_chance():
    assert screening.policy(0, "screening", 40) > 0.95  # .998 ± .006
    shorter = {kind: screening.policy(1, kind, 15, 500) for kind in ("window", "late", "all")}
    assert shorter["window"] < 0.2
    assert shorter["late"] < 0.2
    assert shorter["all"] == 1
    assert screening.policy(1, "reservoir", 15, 500) < 0.6  # of ten items, a few by chance


def test_a_cell_is_trained_and_looked_at_over_both_delays():
    short, long = screening.trained(0, 5, 8, steps=1)
    assert 0 <= min(short, long) <= max(short, long) <= 1


def test_the_example_compares_policies():
    found = screening.example.compare(range(2), slots=30, steps=600)
    assert len(found) == 4
    kept, window, *_ = (sum(shares) / 2 for shares in found.values())
    assert kept > 0.9
    assert window < 0.2
