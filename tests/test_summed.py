"""What the likelihoods of all items come to on a device: what they come to on the host, one by one."""

from __future__ import annotations

import importlib.util

import device
import numpy as np
import pytest

from vsa.memory import summed
from vsa.memory.ties import GONE
from vsa.theory.likelihood import log_likelihood, log_total
from vsa.theory.noise import Binomial, Gaussian

KINDS = ["cupy", "torch"] if importlib.util.find_spec("torch") else ["cupy"]
MODELS = [
    (Gaussian(n=64), None),
    (Binomial(trials=200), None),
    (Gaussian(n=64), ("terms", 3.0)),
    (Binomial(trials=90, chance=0.25), None),
]


@pytest.fixture(params=KINDS)
def backend(request):
    return {"cupy": device.Remote, "torch": device.RemoteTorch}[request.param]("float32")


@pytest.mark.parametrize("size", [1 << 20, 1500])
@pytest.mark.parametrize("models", [MODELS, MODELS[:1], MODELS[:3:2], MODELS[1:2]])
def test_the_sum_is_that_of_all_likelihoods(backend, models, size):
    backend.block_bytes = size
    rng = np.random.default_rng(0)
    scores = np.clip(rng.normal(scale=0.12, size=(40, 90)), -1, 1)
    scores[::3, 7] = rng.uniform(0.4, 1, 14)  # some found for sure, late and early
    scores[1::3, 80] = 0.7
    of = rng.integers(0, len(models), 40)
    out = rng.random(90) < 0.3
    out[[7, 80]], out[:30] = False, True  # of the first block none counts
    out[7] = False
    scores[:, out] = GONE
    scores = scores.astype(np.float32)
    told = summed.Summed(backend, models, of)
    for start in range(0, 90, 30):
        part = slice(start, start + 30)
        best = scores[:, : start + 30].max(axis=1)
        told.add(*(backend.asarray(x) for x in (scores[:, part], out[part], best)))
    index = np.argsort(-scores, axis=1)[:, :2]
    best = np.take_along_axis(scores, index, axis=1)
    found = told.total(backend.asarray(best), backend.asarray(index))
    np.testing.assert_array_equal(found[1], index)
    scores = scores.astype(np.float64)
    for i, model in enumerate(of):
        logs = log_likelihood(scores[i, ~out], *models[model])
        rest = np.exp(np.sort(logs)[:-2] - logs.max()).sum()  # in the precision of the device
        assert found[3][i] == pytest.approx(log_total(logs), abs=1e-3 * rest + 1e-6)
        np.testing.assert_allclose(
            found[2][i], log_likelihood(best[i].astype(float), *models[model])
        )
