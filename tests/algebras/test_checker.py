"""`vsa.testing` finds what is wrong: algebras that are right but for one thing, each of another kind."""

import math

import numpy as np
import pytest
from vsa_plugins.algebras.fhrr import FHRR
from vsa_plugins.algebras.map import MAPB

from vsa.algebra.base import Algebra
from vsa.algebra.hrr import HRR
from vsa.algebra.laws import LAWS
from vsa.plugin import Shares
from vsa.testing import BrokenLaw, Case, check_algebra, check_law, counter_example
from vsa.testing.cases import Inapplicable, cases

DIMS = [16, 256]


class Shifted(MAPB):
    """Sums are finished after something was added."""

    finish_terms = Algebra.finish_terms

    def finish(self, total):
        return super().finish(total + self.added())


class FixedTies(Shifted):
    """Ties are those of one vector, for all: unrelated sums are alike."""

    def added(self):
        return self.backend.asarray(self.draw([b"ties"], "unitary")[0] / 16, dtype=self.sum.dtype)


class OneTie(Shifted):
    """Ties are +1."""

    def added(self):
        return 1 / 16


class Unseeded(MAPB):
    """Atoms depend on those that are drawn beside them."""

    def draw(self, keys, kind):
        rows = super().draw(keys, kind)
        return np.roll(rows, len(rows), axis=-1)


class Lifted(MAPB):
    """Nothing is no vector: the sum of no terms is that of the vector of ones."""

    def zero(self, shape):
        return super().zero(shape) + 1


class Counting(MAPB):
    """Sums know how often they were scaled."""

    finish_terms = Algebra.finish_terms

    def finish(self, total):
        return super().finish(self.backend.xp.round(total / 2))


class Pairwise(MAPB):
    """Terms are superposed one by one."""

    def finish_terms(self, terms):
        row = terms[0]
        for term in terms[1:]:
            row = self.finish(self.accumulate(row) + self.accumulate(term))
        return row


class LeftHeavy(HRR):
    """The first of several bound pairs counts twice."""

    def bundle_bound(self, values, keys, start=None, normalize=False):
        total = super().bundle_bound(values, keys, start) + self.bind(values[0], keys[0])
        return self.normalize(total) if normalize else total


class Two(MAPB):
    """Sums are permuted otherwise than rows."""

    def permute_sum(self, total, times):
        return self.permute(total, 2 * times)


class Stretched(HRR):
    """Coordinates of another length."""

    def pack(self, a):
        return 2 * super().pack(a)

    def unpack(self, packed):
        return super().unpack(packed / 2)


class Optimist(MAPB):
    """Less noise than there is."""

    def __init__(self, dim, backend):
        super().__init__(dim, backend)
        self.freedom = 4 * dim


class Hopeful(MAPB):
    """Terms have a greater share of a sum than they do."""

    shares = HRR.shares


class Other(HRR):
    """Atoms of its own one by one, and those of HRR in large batches."""

    def draw(self, keys, kind):
        return super().draw(keys, kind).conj()


class Wide(HRR):
    """Sums in double precision."""

    def dot(self, a, b):
        return super().dot(a, b) if a is b else super().dot(a, b) * 1.01


class Phases(FHRR):
    """FHRR as it was published, of unit phasors throughout: right, and unlike all that are installed.

    Its sums are finished, and its keys have powers that never repeat, and real ones.
    """

    name = "phases"
    laws = FHRR.laws - {"closed", "bilinear"}
    shares = Shares((1.0, 0.905, 0.922, 0.905, 0.9, 0.895, 0.89, 0.887), (math.pi / 4) ** 0.5)

    def finish(self, total):
        return self.unitary(total)

    def bind_sum(self, total, b):
        return self.bind(total, b)

    def unbind_sum(self, total, b):
        return self.unbind(total, b)


FAULTS = {
    FixedTies: "ties", OneTie: "ties", Unseeded: "drawing", Lifted: "zero", Counting: "superposition",
    Pairwise: "sums-of-terms", LeftHeavy: "bundles", Two: "permutation", Stretched: "packing",
    Optimist: "unrelated", Hopeful: "shares", Wide: "geometry", Other: "drawing",
}  # fmt: skip


@pytest.mark.parametrize("algebra", FAULTS, ids=lambda a: a.__name__)
def test_a_fault_is_found_by_its_rule(algebra):
    with pytest.raises(BrokenLaw):
        check_algebra(algebra, DIMS)
    case = Case(256, forms=("sum", "atom"))
    with pytest.raises(BrokenLaw, match=f"^{algebra.name}, {FAULTS[algebra]}: "):
        check_law(algebra, FAULTS[algebra], case)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_algebra_of_a_kind_that_is_not_installed(backend, dtype):
    report = check_algebra(Phases, DIMS, backend, dtype)
    assert {"bilinear", "closed"} <= report.broken.keys()


@pytest.mark.parametrize("law", sorted(MAPB.laws - {"inverse"}))  # which is refused then
def test_a_law_that_holds_must_be_declared(law):
    class Modest(MAPB):
        laws = MAPB.laws - {law}

    with pytest.raises(
        BrokenLaw, match=f"map-b does not declare {law}, which holds at all 6 cases"
    ):
        counter_example(Modest, law, cases(Modest, DIMS))
    with pytest.raises(BrokenLaw):
        check_algebra(Modest, DIMS)


@pytest.mark.parametrize("law", sorted(LAWS.keys() - MAPB.laws - {"differentiable", "closed"}))
def test_a_law_that_is_declared_must_hold(law):
    class Vain(MAPB):
        laws = MAPB.laws | {law}

    with pytest.raises(BrokenLaw, match=f"^map-b, {law}: .* at Case"):
        check_algebra(Vain, DIMS)


def test_a_report_says_what_was_found():
    report = check_algebra(MAPB, DIMS, without={"ties": "not today"})
    lines = str(report).splitlines()
    assert lines[0].startswith("map-b: ")
    assert "commutative" in lines[0]
    assert "ties" not in lines[0]
    assert "  skipped ties: not today" in lines
    assert any(
        line.startswith("  not closed: What is made of a sum is the sum: differs") for line in lines
    )
    assert report.broken["fractional"].refusal.startswith("a base needs fractional powers")
    assert report.held["commutative"] == 6  # three cases of two dims


def test_a_law_that_says_nothing_is_no_success():
    with pytest.raises(Inapplicable, match="chance is too large"):
        check_law("hrr", "exact-keys", Case(4))
    with pytest.raises(Inapplicable, match="gradients are those of torch"):
        check_law("hrr", "differentiable", Case(16))
