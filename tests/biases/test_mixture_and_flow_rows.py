"""One cheap row of each of the tables of mixtures, flow, learning and measures, one seed of it."""

import pytest

torch = pytest.importorskip("torch")

from benchmarks.biases import flow, learning, measures, mixture  # noqa: E402
from benchmarks.biases.rows import Row, table  # noqa: E402


def test_mixtures():
    share = mixture.dense(0, 4, "constant").zero
    error = (0.0625 * 0.9375 / (40 * 128)) ** 0.5
    assert share == pytest.approx(0.061, abs=4 * error + 0.004)
    found = {kind: mixture.bindings(0, 4, 100, kind, 120) for kind in ("softmax", "constant")}
    assert found["softmax"] > 0.9  # .998 in the end
    assert found["constant"] == pytest.approx(0.494, abs=0.07)
    one, several = (mixture.softmaxes(0, 8, parts, 64, 120) for parts in (1, 4))
    assert several < one - 0.03


def test_flow():
    assert abs(flow.first_instant(0)) < 1e-8
    assert flow.gap(0, of_time=False) < 1e-10
    some = flow.episodes(0, 60)  # 3,000 queries: a standard error of 1 %, and the nuisances' own
    assert flow.right(flow.bundles, some) == pytest.approx(46.1, abs=5)
    net = flow.FlowClassifier(flow.vsa.Space(64, backend="torch"), 5, 100.0)
    assert flow.right(net, some) == pytest.approx(64.1, abs=5)


def test_learning():
    pytest.importorskip("sklearn")
    assert max(learning.left(0, "powers", 200)) < 0.05
    assert learning.left(0, "narrow", 50)[3] > 0.85
    assert learning.recurrent(0, "tanh", 60) > 60
    few = learning.noisy(0, 0.1, "model", steps=301)
    assert few.test > 30  # of 10, on the way
    assert few.trace > 0


def test_measures():
    pytest.importorskip("sklearn")
    assert measures.binding(0) == pytest.approx(256, abs=1e-9)
    assert measures.maps(0, 4) == pytest.approx(31.6, abs=3)
    assert measures.bindings(0, 16) == pytest.approx(64)
    assert measures.layers(0, False, steps=30)[0][0] == pytest.approx(0.903, abs=0.03)
    assert measures.convolution(0, "circular", True) < 1e-5
    assert measures.turning(0, "Bind") < 1e-9
    assert measures.turning(0, "Linear") == pytest.approx(2**0.5, abs=0.2)


def test_tables_have_their_columns():
    made = measures.chains(quick=True)
    assert [row[0] for row in made.rows][-1] == "16 bindings"
    assert made.rows[-1][3] == "64.0"
    assert all(row[-1] == "–" for row in made.rows)  # no control in the fast run
    made = table("t", [Row("a", float, control=float, seeds=2, digits=1)], False)
    assert made.rows[0][3:] == (".5 ±.5", "2", ".5 ±.5")
