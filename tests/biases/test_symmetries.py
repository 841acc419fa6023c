"""The page layers × symmetries: as it is measured, and what must stand in it whatever the weights are."""

import pytest

pytest.importorskip("torch")

import symmetries


@pytest.fixture(scope="module")
def table():
    return symmetries.table()


def test_the_page_is_what_the_script_makes(table):
    assert symmetries.PAGE.read_text(encoding="utf-8") == symmetries.page_of(table)


def test_laws_that_the_page_must_state(table):
    exact = {
        "`torch.nn.Conv1d`, circular": {"places shifted": "equivariant"},
        "circular, ReLU, mean over places": {"places shifted": "invariant"},
        "`torch.nn.RNN`, no bias": {"two empty places before": "equivariant"},
        "`Bind`, with one key": {
            "components shifted": "equivariant",
            "bound with a unitary vector": "equivariant",
        },
        "`Superpose`": {
            "an orthogonal map": "equivariant",
            "places in another order": "invariant",
        },
        "`Unitary`": {"three times as long": "invariant", "applied twice": "idempotent"},
        "`Cleanup`, at .1": {"three times as long": "invariant"},
        "`Relations`": {
            "an orthogonal map": "invariant",
            "bound with a unitary vector": "invariant",
            "places in another order": "equivariant",
        },
    }
    for layer, cells in exact.items():
        assert {what: table[layer][what] for what in cells} == cells
    broken = {
        "`torch.nn.Linear`": "components shifted",
        "`torch.nn.Conv1d`, zeros beside": "places shifted",
        "`torch.nn.Conv1d`, circular": "places in another order",
        "`torch.nn.RNN`": "two empty places before",
        "`Bind`, with one key": "an orthogonal map",
        "`Cleanup`, at .1": "bound with a unitary vector",
        "`Relations`, cleaned up": "bound with a unitary vector",
    }
    for layer, what in broken.items():
        assert float(table[layer][what].removeprefix("no, ")) > 0.05, (layer, what)
    twice = float(table["`Cleanup`, at .1"]["applied twice"].removeprefix("no, "))
    assert 1e-5 < twice < 0.1  # nearly idempotent
