"""The definition of weighted recall, and what the tests of soft cleanup share beside it."""

import numpy as np
import pytest

import vsa
from vsa.errors import VsaError
from vsa.soft import weighted


def plain(queries, keys, values, theta):
    """The definition, with all weights at once."""
    norms = [np.linalg.norm(a, axis=-1, keepdims=True) for a in (queries, keys)]
    q, k = (a / np.where(n > 0, n, 1) for a, n in zip((queries, keys), norms, strict=True))
    scores = theta * (q @ k.T)
    share = np.exp(scores - scores.max(-1, keepdims=True))
    return share / share.sum(-1, keepdims=True) @ values


def drawn(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def fails(message, call):
    with pytest.raises(VsaError) as error:
        call()
    assert str(error.value) == message


@pytest.fixture
def small_blocks(monkeypatch):
    """So small that a few keys fill one, and torch sees a few queries at a time."""
    monkeypatch.setattr(weighted, "WEIGHT_BLOCKS", 1)
    monkeypatch.setattr("vsa.algebra.backend.Backend.block_bytes", 512)


@pytest.fixture(scope="module")
def memory():
    space = vsa.Space(dim=256, dtype="float64")
    memory = vsa.Memory(space)
    names = [f"n{i}" for i in range(60)]
    memory.add(names, 2 * space.batch(names))
    memory.add(["k"], [space.key("k")], kind="key")
    return memory
