"""Forty items in a memory, which the tests of storing and of finding start from."""

import pytest

from vsa.memory.memory import Memory

ITEMS = [f"item {i}" for i in range(40)]


@pytest.fixture
def dtype():
    """One precision for all tests here but one: nothing in memory depends on it."""
    return "float32"


@pytest.fixture
def memory(space):
    """40 items: 30 atoms, 10 tokens, of which 5 are `some`."""
    memory = Memory(space)
    memory.add(ITEMS[:30], space.batch(ITEMS[:30]))
    memory.add(ITEMS[30:], space.batch(ITEMS[30:]), kind="token")
    memory.define_scope("some", ITEMS[28:33])
    return memory
