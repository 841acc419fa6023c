"""The strict backend, and what laws were tried: for the line at the end of a run (tests/conftest.py)."""

import pytest
from strict import StrictBackend

from vsa.algebra.backend import BACKENDS


@pytest.fixture(autouse=True)
def strict_backend(monkeypatch):
    """Known by its name here, and nowhere else."""
    monkeypatch.setitem(BACKENDS, StrictBackend.name, StrictBackend)


@pytest.fixture
def tally(request):
    """`tally(checked=3, skipped=[reason])`: counted at the end, whichever process ran the test."""

    def count(checked=0, undeclared=0, skipped=()):
        request.node.user_properties.append(("laws", (checked, undeclared, list(skipped))))

    return count
