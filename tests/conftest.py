"""What the tests share: every backend at every precision, and laws that are drawn the same each run."""

from collections import Counter

import pytest
from backends import BACKENDS, PRESENT, missing
from hypothesis import settings
from vsa_plugins.algebras.map import MAPB
from worlds import world

from vsa.algebra.hrr import HRR
from vsa.algebra.space import Space

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

ALGEBRAS = [HRR, MAPB]
DTYPES = ["float32", "float64"]


@pytest.fixture(params=BACKENDS)
def any_backend(request):
    """Each backend that the library knows; skips where it is missing."""
    reason = missing(request.param)
    if reason:
        pytest.skip(reason)
    return request.param


@pytest.fixture(params=PRESENT)
def backend(request):
    """Each backend that is installed."""
    return request.param


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


@pytest.fixture(params=ALGEBRAS, ids=lambda algebra: algebra.name)
def algebra(request):
    return request.param


@pytest.fixture
def make_space(algebra, backend, dtype):
    """Spaces of each algebra, backend and precision: `make_space(dim, seed=…, atoms=…)`."""

    def make(dim=256, **settings):
        return Space(dim, algebra=algebra, backend=backend, dtype=dtype, **settings)

    return make


@pytest.fixture
def space(make_space):
    """A space of each algebra, backend and precision, large enough for retrieval."""
    return make_space(256)


@pytest.fixture(scope="module", params=["unitary", "gaussian"])
def kept(request):
    """A memory of 1,000 atoms that tests read and do not change."""
    return world(atoms=request.param)


@pytest.fixture
def fresh():
    return world(items=100)


def pytest_terminal_summary(terminalreporter):
    """How many laws of algebras were tried, and why others were not."""
    counted = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == "laws"
    ]
    if counted:
        reasons = Counter(reason for *_, skipped in counted for reason in skipped)
        checked, undeclared = (sum(count[i] for count in counted) for i in range(2))
        terminalreporter.write_line(
            f"laws: {checked} checked, {undeclared} not declared, {reasons.total()} skipped"
            + "".join(f": {n} {reason}" for reason, n in reasons.most_common())
        )
