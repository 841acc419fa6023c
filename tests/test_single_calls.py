"""Powers, the cosine of a pair, frames in torch: what single calls skip changes no digit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from vsa_plugins import frame as frames

import vsa


def expected(spectrum, exponent):
    """modulusⁿ exp(i n phase); a modulus that is 1 up to rounding is 1."""
    z = spectrum.astype(np.complex128)
    modulus = np.abs(z)
    modulus = np.where(np.abs(modulus - 1) < 1e-6, 1.0, modulus)
    return modulus**exponent * np.exp(1j * exponent * np.angle(z))


@pytest.mark.parametrize(("dtype", "error"), [("float32", 5e-8), ("float64", 1e-8)])
@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
@pytest.mark.parametrize("n", [3, 7, -5, 64, 1001, 99_999, -99_999])
def test_whole_powers_of_keys(algebra, dtype, error, n):
    space = vsa.Space(dim=65, algebra=algebra, dtype=dtype)
    keys = space.batch([f"k{i}" for i in range(300)])
    found = (keys**n).data
    assert np.abs(found - expected(keys.data, n)).max() < error
    assert np.abs((keys[7] ** n).data - found[7]).max() < error
    assert np.abs(np.abs(found) - 1).max() < 2e-7  # rounding has not grown with the power


@pytest.mark.parametrize("n", [3, 9, -3])
def test_whole_powers_of_what_is_no_key(n):
    space = vsa.Space(dim=64, dtype="float64")
    sums = space.random(20) + space.random(20).scale(2)
    found, exact = (sums**n).data, expected(sums.data, n)
    np.testing.assert_allclose(found, exact, rtol=1e-10)
    mixed = space.stack([space.atom("k"), space.atom("k") + space.atom("m").scale(0.5)])
    np.testing.assert_allclose((mixed**n).data, expected(mixed.data, n), rtol=1e-10)


@pytest.mark.parametrize(("dtype", "error"), [("float32", 1.3e-7), ("float64", 4e-11)])
@pytest.mark.parametrize("span", [1.0, 50.0, 20_000.0])
def test_real_powers_of_one_base(dtype, error, span):
    space = vsa.Space(dim=256, dtype=dtype)
    base = space.base("t")
    exponents = np.linspace(-span, span, 700) + 0.123
    found = space.algebra.power(base.data, exponents)
    assert np.abs(found - expected(base.data, exponents[:, None])).max() < error
    assert np.abs((base ** float(exponents[5])).data - found[5]).max() < error
    many = space.algebra.power(base.data, exponents.reshape(7, 100))
    np.testing.assert_array_equal(many.reshape(700, -1), found)


def test_bases_that_are_no_keys_have_real_powers_too():
    space = vsa.Space(dim=64, algebra="fhrr", dtype="float64")
    data = space.atom("a").data * np.linspace(0.5, 1.5, 64)
    exponents = np.array([0.5, 2.25, -1.5])
    found = space.algebra.power(data, exponents)
    np.testing.assert_allclose(found, expected(data, exponents[:, None]), rtol=1e-10)


@pytest.mark.parametrize("dim", [64, 65, 1024])
@pytest.mark.parametrize("algebra", ["hrr", "fhrr", "vtb"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_pair_has_the_cosine_that_a_batch_has(algebra, dim, dtype):
    if algebra == "vtb":
        dim = 64
    space = vsa.Space(dim=dim, algebra=algebra, dtype=dtype)
    a, b = space.random(6), space.random(6)
    a, b = a + b.scale(0.4), b + a.scale(1e12)
    pairs = np.asarray(a.similarity(b))
    for i in range(6):
        one = a[i].similarity(b[i])
        assert type(one) is float
        assert one == pytest.approx(pairs[i], abs=1e-6 if dtype == "float32" else 1e-12)
    assert a[0].similarity(a[0]) == pytest.approx(1, abs=1e-6)
    assert a[0].similarity(a[0].scale(0)) == 0
    reversed_ = vsa.Vector(space, a.data[0][::-1])  # no row that lies in one piece
    whole = vsa.Vector(space, np.ascontiguousarray(a.data[0][::-1]))
    assert reversed_.similarity(b[0]) == pytest.approx(whole.similarity(b[0]), abs=1e-6)
    assert math.isfinite(reversed_.similarity(reversed_))


def test_a_pair_in_torch_has_the_cosine_that_a_batch_has_and_its_gradient():
    torch = pytest.importorskip("torch")
    space = vsa.Space(dim=65, backend="torch")
    a, b = space.random(4), space.random(4)
    pairs = (a + b).similarity(b)
    for i in range(4):
        one = (a[i] + b[i]).similarity(b[i])
        assert type(one) is float
        assert one == pytest.approx(float(pairs[i]), abs=1e-6)
        assert (~a[i]).similarity(~a[i]) == pytest.approx(1, abs=1e-6)  # a lazy conjugate
    learnt = vsa.Vector(space, a[0].data.clone().requires_grad_())
    for pair in ((learnt, b[0]), (b[0], learnt)):
        found = pair[0].similarity(pair[1])
        (gradient,) = torch.autograd.grad(found, learnt.data)
        assert torch.isfinite(torch.view_as_real(gradient)).all()


def test_roles_are_kept_in_torch_where_no_gradient_flows(monkeypatch):
    torch = pytest.importorskip("torch")
    made = []
    make = frames._make_roles
    monkeypatch.setattr(frames, "_make_roles", lambda *given: made.append(1) or make(*given))
    space = vsa.Space(dim=64, backend="torch")
    eat, fish = space.atom("eat"), space.atom("fish")
    first = frames.frame(eat, object=fish)
    again = frames.frame(eat, object=fish)
    assert len(made) == 1
    assert torch.equal(first.data, again.data)
    learnt = vsa.Vector(space, eat.data.clone().requires_grad_())
    for _ in range(2):
        frames.frame(learnt, object=fish).similarity(fish).backward()
    assert len(made) == 3
    assert learnt.data.grad.abs().max() > 0


def test_numbers_leave_torch_whatever_view_they_are():
    torch = pytest.importorskip("torch")
    backend = vsa.Space(dim=16, backend="torch").backend
    z = torch.tensor([1 + 2j, 3 - 4j])
    for view, wanted in (
        (z, [1 + 2j, 3 - 4j]),
        (z.conj(), [1 - 2j, 3 + 4j]),
        (z.conj().imag, [-2, 4]),  # negative only when it is read
        (z.clone().requires_grad_(), [1 + 2j, 3 - 4j]),
        (z.flip(0)[None].mT, [[3 - 4j], [1 + 2j]]),
    ):
        found = backend.numpy(view)
        assert type(found) is np.ndarray
        assert found.tolist() == wanted
    with torch.inference_mode():
        assert backend.numpy(2 * z).tolist() == [2 + 4j, 6 - 8j]


@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_torch_gives_the_numbers_that_numpy_gives(algebra, dtype):
    pytest.importorskip("torch")
    found = []
    for backend in ("numpy", "torch"):
        space = vsa.Space(dim=65, algebra=algebra, backend=backend, dtype=dtype)
        a, b = space.atoms("a", "b")
        sums, many = a + b.scale(0.3), space.batch([f"n{i}" for i in range(5)])
        numbers = [sums.norm(), sums.dot(b), sums.similarity(b), space.zero().norm()]
        assert [type(x) for x in numbers] == [float] * 4
        arrays = [
            many.dots(sums),
            sums.dots(many),
            many.dots(many.permute()),
            (many + sums).norms(),
        ]
        vectors = [a**3, sums**-4, sums.normalize(), space.zero().normalize(), many.permute(-2)]
        found.append([
            *numbers, *map(space.backend.numpy, arrays), *(v.numpy() for v in vectors)
        ])  # fmt: skip
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(theirs, ours, atol=2e-6 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize("n", [3, 8, -3])
def test_whole_powers_in_torch_have_the_gradient_of_a_power(n):
    torch = pytest.importorskip("torch")
    space = vsa.Space(dim=9, algebra="fhrr", backend="torch", dtype="float64")
    for data in (space.atom("a").data, (space.atom("a") + space.atom("b")).data):
        z = data.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(space.algebra.power(z, n).real.sum(), z)
        assert torch.allclose(gradient, (n * data ** (n - 1)).conj(), rtol=1e-6)
    zero = torch.zeros(9, dtype=torch.complex128, requires_grad=True)
    (gradient,) = torch.autograd.grad(space.algebra.power(zero, 3).real.sum(), zero)
    assert not gradient.any()


def test_a_length_has_its_gradient_also_at_zero():
    torch = pytest.importorskip("torch")
    space = vsa.Space(dim=16, backend="torch", dtype="float64")
    for data in (space.atom("a").data, space.zero().data):
        z = data.clone().requires_grad_()
        vector = vsa.Vector(space, z)
        for number in (vector.norm(), vector.normalize().dot(space.atom("b"))):
            (gradient,) = torch.autograd.grad(number, z, retain_graph=True)
            assert torch.isfinite(torch.view_as_real(gradient)).all()


def test_what_is_kept_in_inference_has_a_part_in_gradients_later():
    torch = pytest.importorskip("torch")
    with torch.inference_mode():
        space = vsa.Space(dim=16, backend="torch")
        space.random().permute(5).normalize()
    z = torch.ones(9, dtype=torch.complex64, requires_grad=True)
    vector = vsa.Vector(space, z).permute(5).normalize()
    (gradient,) = torch.autograd.grad(vector.data.real.sum(), z)
    assert torch.isfinite(torch.view_as_real(gradient)).all()
