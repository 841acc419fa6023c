"""examples/cache_digits.py and examples/familiarity.py: what they print is so."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "examples"))

import cache_digits
import cache_experiments
import familiarity

PAGE = Path(__file__).parents[1] / "docs" / "learning" / "soft_cleanup.md"
SEEDS = range(8)


@pytest.fixture(scope="module")
def digits():
    """The experiments, where their items are to be had."""
    pytest.importorskip("sklearn", reason="the extra 'examples' brings the digits")
    return cache_experiments


def rows_of_the_page(first, columns):
    """The cells of the page's table rows that begin with `first`."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [[c.strip() for c in line.split("|")[1:-1]] for line in lines]
    found = [row for row in rows if len(row) == columns and row[0].startswith(first)]
    assert found, first
    return found


def number(cell):
    return float(cell.split()[0].replace(",", ""))


# --- digits --------------------------------------------------------------------------------------
@pytest.mark.parametrize("setting", [(200, 300), (800, 60)])
def test_the_digits_table_is_the_published_one(digits, setting):
    rows = [digits.compare(*setting, seed) for seed in SEEDS]
    found = {who: np.array([row[who] for row in rows]) for who in ("net", "both", "only")}
    for who, published in zip(found, cache_digits.PUBLISHED[setting], strict=True):
        # two means over eight seeds each differ by √2 standard errors
        error = found[who].std(ddof=1) * (2 / len(SEEDS)) ** 0.5
        assert abs(found[who].mean() - published) < 2 * error, who
        assert error < 0.007
    page = rows_of_the_page(f"{setting[0]}, {setting[1]}", 7)
    for (who, values), row in zip(found.items(), page, strict=True):
        assert number(row[2]) == pytest.approx(values.mean(), abs=0.002)
        assert float(row[2].split("±")[1]) == pytest.approx(values.std(ddof=1), abs=0.002)
        assert number(row[6]) == rows[0][f"{who}_flops"]
    gained = found["both"] - found["net"]
    assert gained.mean() > 3 * gained.std(ddof=1) / len(SEEDS) ** 0.5
    products = 2 * (64 * 64 + 64 * 32 + 32 * 10)
    assert rows[0]["net_flops"] == products
    of_cache = rows[0]["both_flops"] - products
    assert of_cache == pytest.approx(2 * setting[0] * (96 + 10), rel=0.06)


def test_the_parts_are_apart(digits):
    x, _ = digits.digits()
    train, held, test = digits.parts(3)
    assert [len(part.y) for part in (train, held, test)] == [800, 200, 797]
    assert x.min() == 0
    assert x.max() == 1
    together = np.concatenate([part.x for part in (train, held, test)])
    np.testing.assert_array_equal(np.sort(together, axis=0), np.sort(x, axis=0))


def test_learning_is_worth_more_than_caching_while_little_is_learnt(digits):
    rows = [digits.worth(seed, shares=(5, 50)) for seed in range(3)]
    early, late = ([row[i] for row in rows] for i in range(2))
    for share, found in zip((5, 50), (early, late), strict=True):
        (row,) = rows_of_the_page(f"{share}%", 8)
        for cell, key in zip(row[1:4], "xzy", strict=True):  # three of the eight seeds
            spread = max(float(cell.split("±")[1]), 0.005)
            mean = np.mean([r[key] for r in found])
            assert number(cell) == pytest.approx(mean, abs=4 * spread / 3**0.5)
    few = [np.array([r[key] for r in early]) for key in "xyz"]
    worth, error = digits.ratio(*few)
    assert 1 < worth < 1.4
    assert error < 0.1
    assert np.mean([r["x"] for r in early]) < 0.85 < 0.92 < np.mean([r["z"] for r in early])
    assert np.mean([r["lambda"] for r in late]) <= np.mean([r["lambda"] for r in early])
    for r in (*early, *late):  # a forward pass an item against hundreds both ways
        assert r["learning_x"] < r["learning_z"] < 1.1 * r["learning_x"] < r["learning_y"]


def test_the_ratio_of_means_and_its_error(digits):
    x = np.array([0.5, 0.6, 0.55, 0.52])
    assert digits.ratio(x, x + 0.2, x + 0.1) == pytest.approx((2.0, 0.0))
    rng = np.random.default_rng(0)
    drawn = [
        digits.ratio(0 * a, 1 + a, np.ones(8))  # of a plain mean the jackknife is the usual error
        for a in rng.standard_normal((400, 8)) * 0.1
    ]
    values, errors = np.array(drawn).T
    assert values.std() == pytest.approx(0.1 / 8**0.5, rel=0.1)
    assert np.sqrt((errors**2).mean()) == pytest.approx(values.std(), rel=0.1)


@pytest.fixture(scope="module")
def steep(digits):
    pytest.importorskip("torch")
    return [digits.robustness(seed, epsilons=(0.0, 0.1)) for seed in range(3)]


def test_the_cache_flattens_the_output(steep):
    for row in steep:
        assert row["jacobian"]["both"] < row["jacobian"]["net"]
    for who, name in (("net", "net"), ("both", "net and cache"), ("only", "cache only")):
        row = rows_of_the_page(name, 9)[0]
        spread = float(row[1].split("±")[1])
        mean = np.mean([row["jacobian"][who] for row in steep])
        assert number(row[1]) == pytest.approx(mean, abs=4 * spread / 3**0.5)
        for epsilon, column in ((0, 3), (1, 6)):
            mean = np.mean([r["curves"][f"fgsm {who}, net attacked"][epsilon] for r in steep])
            assert number(row[column]) == pytest.approx(mean, abs=0.06)


def test_jacobians_are_slopes(digits):
    torch = pytest.importorskip("torch")
    train, held, test = digits.parts(0)
    net = digits.Net(digits.first(train, 100), 30, 0)
    cache = digits.cached(net, digits.first(train, 100), held)
    x = test.x[:4]
    together = digits.Cache(cache.theta, cache.lam)
    keys = torch.as_tensor(net(train.x[:100])[0])
    together.add(keys, torch.eye(10, dtype=torch.float64)[train.y[:100]])
    model = digits.models(net, together, together)["both"]
    step = 1e-6 * np.eye(64)

    def p(some):
        keys, base = net(some)
        return cache.probabilities(keys, base)

    slopes = (p(x[:, None] + step) - p(x[:, None] - step)) / 2e-6
    norms = np.sqrt((slopes**2).sum((1, 2)))
    np.testing.assert_allclose(digits.jacobians(model, torch.as_tensor(x)), norms, rtol=1e-4)


def test_attacks_stay_within_their_bounds_and_do_harm(digits, steep):
    for row in steep:
        curves = row["curves"]
        for name, (before, after) in curves.items():
            assert after < before - 0.2, name
        for who in ("both", "only"):
            own, net, either = (
                curves[f"pgd {who}, {whom} attacked"][1] for whom in ("itself", "net", "either")
            )
            assert either <= min(own, net)
            assert either > curves["pgd net, net attacked"][1]
        assert curves["pgd net, net attacked"][1] <= curves["fgsm net, net attacked"][1]
    for who in ("both", "only"):  # to attack the cache itself does more harm
        own, net = (
            np.mean([row["curves"][f"pgd {who}, {whom} attacked"][1] for row in steep])
            for whom in ("itself", "net")
        )
        assert own < net - 0.02
    import torch

    train, _, test = digits.parts(0)
    net = digits.Net(digits.first(train, 100), 30, 0)
    x, y = torch.as_tensor(test.x[:20]), torch.as_tensor(test.y[:20])
    for steps in (1, 10):
        moved = digits.attacked(lambda x: net(x)[1], x, y, 0.1, steps)
        assert float((moved - x).abs().max()) <= 0.1 + 1e-12
        assert 0 <= float(moved.min()) <= float(moved.max()) <= 1


def test_the_example_prints_its_tables_and_draws(steep, tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(cache_digits, "SHARES", (10, 50))
    monkeypatch.setattr(cache_digits, "EPSILONS", (0.0, 0.1))
    monkeypatch.setattr(cache_digits, "robustness", lambda seed, epsilons: steep[seed])
    cache_digits.main(["--seeds", "2", "--out", str(tmp_path / "digits.png")])
    printed = capsys.readouterr().out
    assert printed.count("| net and cache |") == 3
    assert "| 200, 300 | net | 0.9" in printed
    assert (tmp_path / "digits.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "digits.png").stat().st_size > 50_000


# --- familiarity ---------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def recognised():
    return list(familiarity.measure(256, (10, 100, 1000), (1, 8, 32), 1500, seed=1))


def test_recognition_is_as_the_theory_has_it(recognised):
    for r in recognised:
        where = r["stored"], r["load"]
        # 4 standard errors of a share, and what the theory leaves out: the others' fluctuation
        for rate in ("hits", "false alarms"):
            expected = r[f"{rate}, theory"]
            error = (max(expected * (1 - expected), 0.001) / 1500) ** 0.5
            assert r[rate] == pytest.approx(expected, abs=4 * error + 0.015), (rate, where)
        for area in ("auc", "bundle auc"):
            slack = 0.03 if r["stored"] > 10 else 0.05  # few items: theirs is one draw
            assert r[area] == pytest.approx(r[f"{area}, theory"], abs=slack), (area, where)


def test_the_page_shows_such_figures(recognised):
    columns = {10: 2, 100: 3, 1000: 4}
    names = {
        "hits": "hits",
        "false alarms": "false alarms",
        "AUC": "auc",
        "AUC, bundle": "bundle auc",
    }
    for r in recognised:
        rows = [row for row in rows_of_the_page("256, ", 7) if row[0] == f"256, {r['load']}"]
        assert len(rows) == 4
        for row in rows:
            measured, theory = map(float, row[columns[r["stored"]]].split(" / "))
            assert theory == pytest.approx(r[f"{names[row[1]]}, theory"], abs=0.001)
            slack = 0.08 if r["stored"] == 10 else 0.06  # other items, 1,000 and 1,500 probes
            assert measured == pytest.approx(r[names[row[1]]], abs=slack), row


def test_the_memory_goes_on_recognising_where_the_bundle_forgets(recognised):
    by = {(r["stored"], r["load"]): r for r in recognised}
    assert by[1000, 1]["auc"] == 1
    assert by[1000, 8]["auc"] > 0.98
    assert by[1000, 1]["bundle auc"] < 0.72
    assert by[1000, 8]["bundle auc"] < 0.6
    for r in recognised:
        assert r["false alarms"] < 0.1
        assert r["auc"] > r["bundle auc"] - 0.02
    # a bundle is as good at four times the items in four times the dimensions
    small, large = (familiarity.predict(d, n, 1) for d, n in ((256, 200), (1024, 800)))
    assert small["bundle auc, theory"] == pytest.approx(large["bundle auc, theory"], abs=0.01)


def test_the_area_under_the_curve_is_that_of_pairs():
    rng = np.random.default_rng(0)
    old, new = rng.integers(0, 9, 50), rng.integers(0, 7, 40)
    pairs = (old[:, None] > new).mean() + 0.5 * (old[:, None] == new).mean()
    assert familiarity.auc(old, new) == pytest.approx(pairs)
    assert familiarity.auc(np.arange(5) + 10.0, np.arange(5)) == 1


def test_the_predicted_cosine_of_an_item_in_crosstalk():
    rng = np.random.default_rng(0)
    item = np.eye(64)[0]
    noisy = item + rng.standard_normal((20_000, 64)) * (7 / 64) ** 0.5
    cosines = noisy[:, 0] / np.linalg.norm(noisy, axis=1)
    c = np.array([0.1, 0.25, 0.35, 0.5])
    shares = (cosines[:, None] < c).mean(0)
    np.testing.assert_allclose(familiarity.below(c, 64, 8), shares, atol=0.015)


def test_the_familiarity_example_prints_its_table_and_draws(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "familiarity.png"
    familiarity.main(["--dims", "64", "--most", "100", "--probes", "50", "--out", str(path)])
    printed = capsys.readouterr().out
    assert printed.count("\n| 64 | ") == 6
    assert path.read_bytes()[:4] == b"\x89PNG"
