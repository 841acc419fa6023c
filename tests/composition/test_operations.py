"""Operations by NumPy where nothing is to be differentiated: the same numbers, and torch's else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsa import VsaError

torch = pytest.importorskip("torch")

import vsa_plugins.composition.applied as module  # noqa: E402
import vsa_plugins.composition.handed as handed  # noqa: E402
from test_model import SETTINGS, composer, named, trees  # noqa: E402
from vsa_plugins.composition.operations import arrays  # noqa: E402
from vsa_plugins.composition.trees import Tree  # noqa: E402


@pytest.mark.parametrize("down", [False, True], ids=["levels", "down"])
@pytest.mark.parametrize("settings", SETTINGS, ids=named)
def test_with_and_without_gradients_the_numbers_are_the_same(settings, down, monkeypatch):
    monkeypatch.setattr(module, "SIZE", 0 if down else 1 << 60)
    monkeypatch.setattr(module, "_cost", lambda *_: 0)
    monkeypatch.setattr(handed, "BLOCK", 50)  # numbers, of two operators
    made = composer(**settings)
    plan = made.plan(trees(30))
    recorded = made(plan)
    assert recorded.requires_grad
    with torch.no_grad():
        still = made(plan)
    assert not still.requires_grad
    np.testing.assert_allclose(still, recorded.detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch's own use
@pytest.mark.parametrize("down", [False, True], ids=["levels", "down"])
def test_forward_derivatives_are_taken(down, monkeypatch):
    monkeypatch.setattr(module, "SIZE", 0 if down else 1 << 60)
    monkeypatch.setattr(module, "_cost", lambda *_: 0)
    made = composer()
    plan, name = made.plan(trees(10)), "tables.content"
    table = made.get_parameter(name).detach()
    toward = torch.from_numpy(np.random.default_rng(0).standard_normal(table.shape))

    def contents(x):
        return torch.func.functional_call(made, {name: x}, (plan,))

    with torch.no_grad():
        ahead, behind = (contents(table + e * toward) for e in (1e-6, -1e-6))
        with torch.autograd.forward_ad.dual_level():
            dual = contents(torch.autograd.forward_ad.make_dual(table, toward))
            slope = torch.autograd.forward_ad.unpack_dual(dual).tangent
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-6, atol=1e-8)


def test_what_numpy_has_no_numbers_for_is_left_to_torch():
    numbers = torch.ones(3)
    assert arrays(numbers) is not None
    assert arrays(numbers, numbers.to(torch.bfloat16)) is None
    assert arrays(numbers, numbers.to("meta")) is None
    assert arrays(torch.nn.Parameter(numbers)) is None


@given(st.lists(st.integers(0, 2**40) | st.integers(0, 3), max_size=50))
def test_keys_of_any_size_are_put_in_order_as_they_come(keys):
    there = module.ordered(np.array(keys, dtype=np.int64))
    assert there.tolist() == sorted(range(len(keys)), key=keys.__getitem__)


def test_a_tree_that_is_its_own_part():
    with pytest.raises(VsaError) as caught:
        composer().plan([Tree(("w1",), ((0, 1, ""),))])
    assert str(caught.value) == "a tree's parts are numbered before what they are part of"
