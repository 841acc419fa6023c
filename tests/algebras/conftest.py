"""What laws were tried, for the line at the end of a run (tests/conftest.py)."""

import pytest


@pytest.fixture
def tally(request):
    """`tally(checked=3, reason=…)`: counted at the end of the run, whichever process ran the test."""

    def count(checked=0, undeclared=0, skipped=()):
        request.node.user_properties.append(("laws", (checked, undeclared, list(skipped))))

    return count
