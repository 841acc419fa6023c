"""Small nets train on one thread: others get into each other's way, beside other processes most."""

from contextlib import nullcontext
from importlib.util import find_spec

import pytest


@pytest.fixture(autouse=True)
def one_thread():
    if find_spec("torch") is None:
        threads = nullcontext()
    else:
        from vsa.nn import torch_threads

        threads = torch_threads()
    with threads:
        yield
