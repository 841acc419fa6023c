"""Small nets train on one thread: others get into each other's way, beside other processes most."""

import sys
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT), str(ROOT / "examples")]  # benchmarks and examples are not installed


@pytest.fixture(autouse=True)
def one_thread():
    if find_spec("torch") is None:
        threads = nullcontext()
    else:
        from vsa.nn import torch_threads

        threads = torch_threads()
    with threads:
        yield
