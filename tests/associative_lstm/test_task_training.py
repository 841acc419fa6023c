"""Training on tasks: it learns, repeats, keeps its best; equal sizes; read-outs; pictures."""

import numpy as np
import pytest

from vsa import VsaError

torch = pytest.importorskip("torch")

from vsa_plugins.associative_lstm import (  # noqa: E402
    TASKS,
    Run,
    draw_curves,
    learn,
    make,
    read_queue,
    score,
    task,
)  # fmt: skip
from vsa_plugins.associative_lstm.experiment import NETS, Point  # noqa: E402
from vsa_plugins.associative_lstm.picture import median  # noqa: E402
from vsa_plugins.associative_lstm.probe import ridge  # noqa: E402
from vsa_plugins.associative_lstm.tasks import copy_task  # noqa: E402

SHORT = copy_task(blanks=1)


def quick(name="associative", **settings):
    usual = {"hidden": 16, "copies": 2, "steps": 20, "every": 5, "size": (1, 3), "rate": 0.01}
    if name in ("lstm", "no keys"):
        usual["copies"] = 1
    return learn(SHORT, name, **{**usual, **settings})


@pytest.fixture(scope="module")
def learnt():
    """A network that copies two or three symbols."""
    return quick(hidden=32, steps=400, every=50, size=(2, 3), rate=0.03, batch=16, enough=0.97)


def test_a_small_network_learns_to_copy(learnt):
    first, last = learnt.curve[0], learnt.curve[-1]
    assert first.symbols < 0.3
    assert last.symbols > 0.9
    assert last.loss < 0.5 < first.loss
    fresh = score(learnt.net, SHORT.batch(np.random.default_rng(77), 500, (2, 3)))
    assert fresh.symbols > 0.85
    assert fresh.texts <= fresh.symbols


@pytest.mark.parametrize("name", NETS)
def test_every_network_gets_better_and_a_seed_repeats(name):
    state = torch.get_rng_state()
    one, same, other = (quick(name, seed=seed) for seed in (0, 0, 1))
    assert one.curve == same.curve
    assert one.curve != other.curve
    assert one.best.loss < one.curve[0].loss - 0.1
    assert torch.equal(state, torch.get_rng_state())


def worsening(monkeypatch, after):
    """Make every step after so many a large one in the direction that makes the loss worse."""
    taken, step = [], torch.optim.Adam.step

    def turned(self, closure=None):
        taken.append(1)
        if len(taken) <= after:
            return step(self, closure)
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    parameter += 10 * parameter.grad / parameter.grad.norm().clamp(min=1e-9)
        return None

    monkeypatch.setattr(torch.optim.Adam, "step", turned)


@pytest.mark.parametrize("after", [0, 10, 20])
def test_the_best_is_kept(monkeypatch, after):
    """Whatever is learnt later; if nothing is, what it began with."""
    whole = quick(steps=after) if after else None
    worsening(monkeypatch, after)
    run = quick(steps=30)
    judged = SHORT.batch(np.random.default_rng([0, 2]), 256, (1, 3))
    assert [p.step for p in run.curve] == [0, 5, 10, 15, 20, 25, 30]
    assert run.best.step == (whole.best.step if whole else 0) < run.curve[-1].step
    assert run.best.loss < run.curve[-1].loss - 0.5
    assert score(run.net, judged).loss == pytest.approx(run.best.loss, abs=1e-6)
    start = make(SHORT, "associative", 16, 2).state_dict() if not after else whole.net.state_dict()
    assert all(torch.equal(v, start[k]) for k, v in run.net.state_dict().items())


def test_it_stops_where_enough_is_known(learnt):
    assert learnt.ended == "learnt"
    assert learnt.curve[-1].step < 400
    assert learnt.steps_to(0.9) <= learnt.curve[-1].step
    assert learnt.steps_to(2) is None


def test_ctrl_c_keeps_the_best_so_far():
    seen = []

    def interrupt(title, share):
        seen.append((title, share))
        if share == 0.5:
            raise KeyboardInterrupt

    run = quick(progress=interrupt)
    assert run.ended == "interrupted"
    assert [p.step for p in run.curve] == [0, 5, 10]
    assert seen[:2] == [("associative, 2 copies", 0.25), ("associative, 2 copies", 0.5)]
    assert seen[-1] == ("associative, 2 copies", 1.0)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("hidden", [16, 64, 128])
def test_the_baseline_has_as_many_parameters(name, hidden):
    counts = {net: make(task(name), net, hidden).parameters_count for net in NETS}
    for net, count in counts.items():
        assert count == sum(p.numel() for p in make(task(name), net, hidden).parameters())
        assert count == pytest.approx(counts["associative"], rel=0.06), net
    assert make(task(name), "associative", hidden, copies=4).parameters_count == counts["moduli"]


def test_what_is_not_asked_does_not_count():
    net = make(SHORT, "lstm", 8)
    drawn = SHORT.batch(np.random.default_rng(0), 20, (1, 4))
    before = score(net, drawn)
    drawn.wanted[~drawn.asked] = 3
    assert score(net, drawn) == before


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learn(SHORT, "gru"),
         "a network is one of associative, moduli, no keys, lstm, not 'gru'"),
        (lambda: quick(steps=0), "steps must be a whole number of at least 1, not 0"),
        (lambda: quick(rate=float("nan")), "rate must be a number in (0, 1e+37], not nan"),
        (lambda: quick(rate=1e38), "rate must be a number in (0, 1e+37], not 1e+38"),
        (lambda: quick("lstm", rate=1e37), "training diverged before step 5: use a lower rate"),
        (lambda: read_queue(make(SHORT, "lstm"), task("tags"), 3),
         "a queue is read in the task 'copy', not in 'tags'"),
        (lambda: read_queue(make(SHORT, "lstm"), SHORT, 3, emitted=3),
         "emitted must lie between 0 and 2, not 3"),
        (lambda: draw_curves([quick()], "curves.jpg"),
         "a picture ends in .svg, .png, .pdf, not '.jpg'"),
        (lambda: draw_curves([], "curves.png"),
         "there are no curves to draw: give runs, as `learn` makes them"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(VsaError) as caught:
        call()
    assert str(caught.value) == message


# --- reading a cell --------------------------------------------------------------------------------
def test_a_trained_network_is_a_queue_that_can_be_read(learnt):
    found = read_queue(learnt.net, SHORT, 3, texts=1000)
    untrained = read_queue(make(SHORT, "associative", 2), SHORT, 3, texts=1000)
    assert found.numbers == 32 * 2
    assert found.fitted == 500
    assert min(found.right) > 0.5  # an eighth by chance
    assert np.mean(untrained.right) < np.mean(found.right)


def test_a_cell_that_is_full_can_be_read_and_noise_cannot():
    rng = np.random.default_rng(0)
    x, hidden = rng.standard_normal((300, 10)), rng.standard_normal((10, 3))
    weights = ridge(x, x @ hidden + 5.0, 1e-9)
    np.testing.assert_allclose(weights[:-1], hidden, atol=1e-6)
    np.testing.assert_allclose(weights[-1], 5.0, atol=1e-6)
    wide = rng.standard_normal((20, 50))  # more numbers than texts: the dual form
    y = rng.standard_normal((20, 2))
    dual = ridge(wide, y, 0.3)
    centred, target = wide - wide.mean(0), y - y.mean(0)
    primal = np.linalg.solve(centred.T @ centred + 0.3 * np.eye(50), centred.T @ target)
    np.testing.assert_allclose(dual[:-1], primal, atol=1e-8)


# --- pictures --------------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_curves_are_drawn(tmp_path, ending):
    pytest.importorskip("matplotlib")
    path = tmp_path / f"curves.{ending}"
    draw_curves([quick(), quick(seed=1), quick("lstm")], path)
    assert path.stat().st_size > 2000
    if ending == "svg":
        text = path.read_text()
        assert "training steps" in text
        assert "associative, 2 copies" in text


def test_the_thick_line_is_the_median_and_a_run_that_ended_counts_on():
    def run(*losses):
        points = [Point(10 * i, loss, 0.0, 0.0) for i, loss in enumerate(losses)]
        return Run(SHORT, None, "x", 0, points)

    assert median([run(4, 3, 2), run(4, 1)]) == ([0, 10, 20], [4, 2, 1.5])
    assert median([run(4, 3, 2), run(4, 1), run(9, 9, 9)]) == ([0, 10, 20], [4, 3, 2])
