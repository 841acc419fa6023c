"""Stacks: what they hold, and what they say past that."""

import warnings

import numpy as np
import pytest
from vsa_plugins.stack import depth, empty, pop, push, top
from worlds import NAMES, names, world

from vsa import CapacityWarning, VsaError
from vsa.theory import capacity


def unwind(memory, depth, trials, projection=False, seed=1):
    """The share of items that come back right from stacks popped to the bottom."""
    space = memory.space
    chosen = np.random.default_rng(seed).integers(0, 1000, (depth, trials))
    atoms = space.batch(NAMES)
    stack = space.zero((trials,))
    for row in chosen:
        stack = push(stack, atoms[row])
    right = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)
        for row in chosen[::-1]:
            found = top(stack, memory=memory).names[..., 0]
            right.append(np.mean(found == np.array(NAMES, dtype=object)[row]))
            stack = pop(stack, projection, memory=memory)
    return np.mean(right), stack


@pytest.mark.parametrize("projection", [False, True])
@pytest.mark.parametrize("count", [7, 20])
def test_stack_unwinds(kept, count, projection):
    _, memory = kept
    right, rest = unwind(memory, count, trials=50, projection=projection)
    assert right >= 0.99
    if not projection:  # what is subtracted whole leaves rounding errors alone
        assert np.mean(empty(rest)) >= 0.98


def test_stack_of_gaussian_keys_would_be_lost():
    """Why the stack's key is unitary: with a Gaussian one, depth 7 falls apart."""
    space, memory = world(atoms="gaussian")
    p = space.atom("p")
    stack = space.zero()
    for name in NAMES[:7]:
        stack = memory[name] + p * stack
    for _ in range(6):
        stack = (stack - memory.cleanup(stack, prior_nothing=0).vector) / p
    assert memory.cleanup(stack, prior_nothing=0).name != NAMES[0]


@pytest.mark.parametrize(("count", "warned"), [(20, False), (31, True)])
def test_stack_warns_when_past_capacity_and_names_the_dimension(count, warned):
    space, memory = world()
    stack = space.zero()
    for name in NAMES[:count]:
        stack = push(stack, memory[name])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        top(stack, memory=memory)
    assert bool(caught) == warned
    if warned:
        text = str(caught[0].message)
        assert "past its capacity: at dim 1024 with 1000 items in memory" in text
        dim = int(text.split("dim ")[2].split()[0])
        assert capacity.unwinding(dim, count, 1000) >= 0.98
        assert capacity.unwinding(dim * 9 // 10, count, 1000) < 0.99


def test_stack_in_batches_of_different_depth(fresh):
    space, memory = fresh
    stack = push(push(space.zero((3,)), memory["n1"]), memory["n2"])
    stack = space.stack([stack[0], pop(stack[1], memory=memory), space.zero()])
    assert names(top(stack, memory=memory)) == ["n2", "n1", None]
    assert list(depth(stack, memory=memory)) == [2, 1, 0]
    assert list(empty(stack)) == [False, False, True]
    assert names(top(pop(stack, memory=memory), memory=memory)) == ["n1", None, None]
    assert depth(stack[0], memory=memory) == 2
    with pytest.raises(VsaError, match="the stack is empty"):
        pop(stack[2], memory=memory)


def test_the_same_item_twice_on_a_stack(fresh):
    space, memory = fresh
    stack = push(push(push(space.zero(), memory["n1"]), memory["n1"]), memory["n1"])
    assert depth(stack, memory=memory) == 3
