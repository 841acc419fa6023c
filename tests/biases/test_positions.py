"""Position channels: fractional powers of bases, a template by one unbinding, and its limit."""

import copy
from pathlib import Path

import numpy as np
import pytest
from layers import fails

import vsa

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

import vsa.nn as vnn  # noqa: E402

ROOT = Path(__file__).parents[2]

import positions as example  # noqa: E402

from benchmarks.biases import positions as rows  # noqa: E402


@pytest.fixture(params=["hrr", "fhrr"])
def space(request):
    return vsa.Space(64, request.param, backend="torch", dtype="float64")


def drawn(*shape, seed=0, spread=9.0):
    return torch.tensor(np.random.default_rng(seed).uniform(-spread, spread, shape))


def packed(vector):
    return vector.space.algebra.pack(vector.data)


# --- what a position is -----------------------------------------------------------------------------
def test_a_position_is_a_product_of_powers_of_the_bases(space):
    place, at = vnn.PositionChannels(space, axes=3), drawn(2, 5, 3)
    found = place(at)
    x, y, z = (space.base(f"position/{axis}") for axis in range(3))
    wanted = x ** at[..., 0] * y ** at[..., 1] * z ** at[..., 2]
    assert found.shape == (2, 5, space.algebra.packed)
    assert torch.allclose(found, packed(wanted))
    assert torch.allclose(found.norm(dim=-1), torch.ones(2, 5, dtype=torch.float64))


def test_another_name_gives_other_bases(space):
    places = [vnn.PositionChannels(space, 1, name=name) for name in ("time", "number")]
    one, other = (place.grid(5)[3] for place in places)
    assert torch.equal(places[0].grid(5)[3], vnn.PositionChannels(space, 1, name="time").grid(5)[3])
    assert abs(float(one @ other)) < 0.6


def test_the_grid_holds_the_whole_positions(space):
    place = vnn.PositionChannels(space)
    every = torch.cartesian_prod(torch.arange(4), torch.arange(7)).reshape(4, 7, 2)
    assert torch.allclose(place.grid(4, 7), place(every))
    assert place.grid(4, 7).shape == (4, 7, space.algebra.packed)
    line = vnn.PositionChannels(space, axes=1)
    assert torch.allclose(line.grid(6), line(torch.arange(6.0, dtype=torch.float64)[:, None]))


def test_a_shift_is_one_binding(space):
    place, bind = vnn.PositionChannels(space), vnn.Bind(space)
    p, q, step = drawn(6, 2), drawn(6, 2, seed=1), drawn(2, seed=2)
    assert torch.allclose(bind(place(p), place(step)), place(p + step))
    alike, moved = (place(p) * place(q)).sum(-1), (place(p + step) * place(q + step)).sum(-1)
    assert torch.allclose(alike, moved)


def test_the_dot_product_is_a_sinc_of_the_difference_on_average():
    """Of HRR: the bins that every base has at +1 stay, two of an even dim."""
    dim, seeds = 64, 150
    apart = torch.tensor([[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [1.5, 0.5], [3.0, 2.0]])
    found = []
    for seed in range(seeds):
        place = vnn.PositionChannels(vsa.Space(dim, backend="torch", seed=seed))
        found.append(place(apart) @ place(torch.zeros(2)))
    found = torch.stack(found).numpy()
    kernel = np.sinc(apart.numpy()).prod(1)
    error = found.std(0) / seeds**0.5
    wanted = (2 + (dim - 2) * kernel) / dim
    np.testing.assert_array_less(np.abs(found.mean(0) - wanted), 4 * error + 1e-5)
    assert found[:, 2:].std() == pytest.approx(dim**-0.5, rel=0.15)  # noise, at other whole places


def test_the_scale_stretches_the_positions(space):
    near, far = (vnn.PositionChannels(space, scale=s) for s in (1.0, 4.0))
    at = drawn(3, 2)
    assert torch.allclose(far(4 * at), near(at))
    assert float(far.grid(2, 1)[0, 0] @ far.grid(2, 1)[1, 0]) > 0.8
    assert far.scale == pytest.approx(4)


# --- as a module --------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
def test_gradients_of_positions_and_of_the_scale_agree_with_differences(algebra):
    space = vsa.Space(7, algebra, backend="torch", dtype="float64")
    place = vnn.PositionChannels(space, scale=2.0, learn_scale=True)
    at = drawn(3, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda at, scale: place(at), (at, *place.parameters()))
    assert torch.autograd.gradcheck(lambda scale: place.grid(2, 3), tuple(place.parameters()))
    assert not list(vnn.PositionChannels(space).parameters())


def test_modules_move_copy_and_save_as_any():
    space = vsa.Space(64, backend="torch")
    place = vnn.PositionChannels(space, scale=3.0, learn_scale=True)
    before, twin = place.grid(3, 4), copy.deepcopy(place)
    place.to(torch.float64)
    double = space.like(dtype="float64")
    assert place.space == double
    assert torch.allclose(place.grid(3, 4), vnn.PositionChannels(double, scale=3.0).grid(3, 4))
    assert torch.allclose(place.grid(3, 4).float(), before, atol=1e-6)
    assert torch.equal(twin.grid(3, 4), before)
    fresh = vnn.PositionChannels(space, learn_scale=True)
    fresh.load_state_dict(twin.state_dict())
    assert fresh.scale == pytest.approx(3)
    assert list(place.state_dict()) == ["log_scale"]
    there = fresh.to("meta")  # as on a GPU, shown where there is none
    assert all(base.is_meta for base in there._bases)


def test_errors_name_what_is_wrong():
    space = vsa.Space(64, backend="torch")
    place = vnn.PositionChannels(space)
    bad = torch.zeros(3, 2)
    bad[1, 0] = torch.nan
    fails("PositionChannels: the tensor of positions has the shape (3, 3), not (..., 2)",
          lambda: place(torch.zeros(3, 3)))  # fmt: skip
    fails("PositionChannels: the tensor of positions is a list, not a tensor",
          lambda: place([1.0, 2.0]))  # fmt: skip
    fails("PositionChannels: the tensor of positions holds NaN or infinity in row 1",
          lambda: place(bad))  # fmt: skip
    fails("PositionChannels: the tensor of positions is torch.float64, the layer torch.float32: "
          ".to() makes them one", lambda: place(torch.zeros(2, dtype=torch.float64)))  # fmt: skip
    fails("grid takes a size for each axis, 2 of them, not 1", lambda: place.grid(3))
    fails("a size of the grid must be a whole number of at least 1, not 0",
          lambda: place.grid(3, 0))  # fmt: skip
    fails("axes must be a whole number of at least 1, not 0",
          lambda: vnn.PositionChannels(space, 0))  # fmt: skip
    fails("the scale must be a number above 0, not -1",
          lambda: vnn.PositionChannels(space, scale=-1))  # fmt: skip
    signs = vsa.Space(64, "map-i", backend="torch")
    fails("a position needs fractional powers, which the algebra 'map-i' has not",
          lambda: vnn.PositionChannels(signs))  # fmt: skip


# --- a template by one unbinding ------------------------------------------------------------------
def test_what_is_drawn_elsewhere_is_the_same_moved(space):
    place = vnn.PositionChannels(space)
    shape = example.template(place, example.letter((8, 8)).double(), torch.tensor([8, 8]))
    here, there = example.rendered(place, shape, torch.tensor([[8, 8], [20, 13]]))
    assert torch.allclose(here[:20, :27], there[12:, 5:])


def test_the_example_draws_what_it_saw_where_it_never_was(tmp_path, capsys):
    found = example.experiment(1024, seed=0)
    assert found["overlap"] > 0.9
    assert found["everywhere"] > 0.9
    assert found["found"] == example.UNSEEN
    assert not found["image"][16:, 16:].any()
    example.main(["--dim", "256"])
    assert "found in an image of it there, by unbinding T: (22, 23)" in capsys.readouterr().out
    pytest.importorskip("matplotlib")
    example.draw(found, tmp_path / "positions.png")
    assert (tmp_path / "positions.png").read_bytes()[:4] == b"\x89PNG"


def test_overlaps():
    one = torch.tensor([[[True, True, False]], [[False, False, False]], [[True, False, False]]])
    other = torch.tensor([[[True, False, True]], [[False, False, False]], [[False, True, True]]])
    assert example.overlap(one, other) == pytest.approx((1 / 3 + 1 + 0) / 3)


# --- the benchmark --------------------------------------------------------------------------------
def test_splits_and_squares_are_those_of_the_task():
    for split in ("quadrant", "uniform"):
        learnt, held = rows.centres(split, 0)
        assert (len(learnt), len(held)) == (432, 144)
        assert len({tuple(at) for at in torch.cat([learnt, held]).tolist()}) == 576
    learnt, held = rows.centres("quadrant", 0)
    assert held.min() == 16
    assert not (learnt >= 16).all(1).any()
    images = rows.squares(held)
    assert images.sum((1, 2)).tolist() == [25] * 144
    assert images[0, 14:19, 14:19].all()
    assert rows.parameters("powers") == 258
    assert rows.parameters("coordconv") == 7553


def test_one_image_is_enough():
    """Spread by .06 over seeds; the reference is .922 where the square never was."""
    found = [rows.from_one(seed, held=True) for seed in range(4)]
    assert np.mean(found) == pytest.approx(0.922, abs=3 * 0.06 / 4**0.5)
    assert rows.found(0, 64) == 1


def test_powers_draw_in_the_quadrant_that_they_never_saw():
    learnt, held = rows.trained("powers", "render", "quadrant", 0)
    assert learnt > 0.9
    assert held > 0.75  # the transposed convolutions draw .22


def test_a_template_cannot_know_of_an_upper_half():
    every = torch.cat(rows.centres("uniform", 0))
    whole, half = rows.squares(every), rows.squares(every, upper=True)
    assert example.overlap(whole, half) == pytest.approx(0.5)  # the square, the best of all
    assert example.overlap(whole & False, half) == pytest.approx(10 / 24)  # nothing
    learnt, held = rows.trained("powers", "upper", "uniform", 0)
    assert (432 * learnt + 144 * held) / 576 < 0.51
