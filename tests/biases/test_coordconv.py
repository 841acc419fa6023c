"""CoordConv: coordinates by the size that comes, and a convolution of them beside the image."""

import copy

import pytest
from layers import fails

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

from torch.nn import functional  # noqa: E402
from vsa_plugins.biases import AddCoords, CoordConv2d  # noqa: E402


def images(*shape, seed=0):
    drawn = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=drawn, dtype=torch.float64)


@pytest.mark.parametrize(("h", "w"), [(4, 4), (3, 6), (7, 2), (1, 5)])
def test_rows_and_columns_run_from_minus_one_to_one_on_any_canvas(h, w):
    x = images(2, 3, h, w)
    found = AddCoords(radius=True)(x)
    assert found.shape == (2, 6, h, w)
    assert torch.equal(found[:, :3], x)
    for i in range(h):
        for j in range(w):
            row = 2 * i / (h - 1) - 1 if h > 1 else 0
            column = 2 * j / (w - 1) - 1
            wanted = torch.tensor([row, column, (row**2 + column**2) ** 0.5], dtype=x.dtype)
            assert torch.allclose(found[1, 3:, i, j], wanted)
    assert torch.equal(AddCoords()(x), found[:, :5])
    assert torch.equal(AddCoords()(x[0]), found[0, :5])


def test_it_is_a_convolution_of_the_image_with_its_coordinates():
    layer = CoordConv2d(3, 5, 3, stride=2, padding=1, radius=True).double()
    for h, w in ((8, 8), (5, 9)):
        x = images(2, 3, h, w)
        plain = functional.conv2d(AddCoords(True)(x), layer.weight, layer.bias, 2, 1)
        assert torch.allclose(layer(x), plain)
        assert torch.allclose(layer(x[0]), plain[0])
    assert layer.weight.shape == (5, 6, 3, 3)
    assert CoordConv2d(2, 32, 1).weight.numel() == 4 * 32


def test_without_weights_of_coordinates_it_moves_with_the_image_and_with_them_not():
    layer = CoordConv2d(1, 4, 3).double()
    x = images(1, 1, 9, 9)
    moved = x.roll((2, 3), (-2, -1))
    apart = layer(moved)[..., 2:, 3:] - layer(x)[..., :-2, :-3]
    # absolute: the same image elsewhere gives another answer, by the coordinates' weights alone
    steps = layer.weight[:, 1:].sum((2, 3)) @ torch.tensor([2 * 2 / 8, 2 * 3 / 8]).double()
    assert torch.allclose(apart, steps[None, :, None, None].expand_as(apart))
    with torch.no_grad():
        layer.weight[:, 1:] = 0
    assert torch.allclose(layer(moved)[..., 2:, 3:], layer(x)[..., :-2, :-3])


def test_it_has_gradients_and_a_state_as_a_convolution_has():
    layer = CoordConv2d(2, 3, 2).double()
    x = images(2, 2, 3, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: layer(x), (x, *layer.parameters()))
    fresh = CoordConv2d(2, 3, 2).double()
    fresh.load_state_dict(layer.state_dict())
    assert torch.equal(fresh(x), layer(x))
    assert sorted(layer.state_dict()) == ["bias", "weight"]
    assert torch.equal(copy.deepcopy(layer)(x), layer(x))


def test_errors_name_the_input():
    layer = CoordConv2d(3, 5, 3, radius=True)
    bad = torch.zeros(4, 3, 5, 5)
    bad[2, 1, 0, 3] = torch.nan
    fails("CoordConv2d: the input has the shape (4, 2, 5, 5), not (..., 3, h, w)",
          lambda: layer(torch.zeros(4, 2, 5, 5)))  # fmt: skip
    fails("CoordConv2d: the input has the shape (), not (..., 3, h, w)", lambda: layer([1.0]))
    fails("CoordConv2d: the input holds NaN or infinity in row 2", lambda: layer(bad))
    fails("CoordConv2d: the input is torch.float64, the layer torch.float32: .to() makes them one",
          lambda: layer(torch.zeros(1, 3, 5, 5, dtype=torch.float64)))  # fmt: skip
    fails("AddCoords: the input has the shape (5, 5), not (..., channels, h, w)",
          lambda: AddCoords()(torch.zeros(5, 5)))  # fmt: skip
