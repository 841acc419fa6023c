"""Each algebra on each backend: what it declares holds, and what it does not declare fails somewhere."""

import pytest
from every import ALGEBRAS, PLACES, laws_of, report

from vsa.algebra.laws import LAWS
from vsa.testing.cases import Sample, space_of
from vsa.testing.laws import SIDES, TRIED


@pytest.mark.parametrize(("backend", "dtype"), PLACES)
@pytest.mark.parametrize("algebra", ALGEBRAS)
def test_an_algebra_is_what_it_says(algebra, backend, dtype, tally):
    found = report(algebra, backend, dtype)
    assert found.held.keys().isdisjoint(found.broken)
    assert {law for law in found.held if law in LAWS} <= laws_of(algebra)
    tally(len(found.held), len(found.broken), found.skipped.values())


@pytest.mark.parametrize("algebra", ALGEBRAS)
def test_a_counter_example_can_be_seen_again(algebra):
    broken, skipped = report(algebra).broken, report(algebra).skipped
    assert set(LAWS) - laws_of(algebra) <= broken.keys() | skipped.keys()
    for law, found in broken.items():
        assert str(found).startswith(f"{law}: {TRIED[law].__doc__}: ")
        if not found.refusal:
            space = space_of(algebra, found.case, "numpy", "float32")
            gaps = [pair.gap(space) for pair in TRIED[law](Sample(space, found.case))]
            assert found.gap in gaps


@pytest.mark.parametrize("algebra", [a for a in ALGEBRAS if "commutative" not in laws_of(a)])
def test_where_order_counts_a_key_on_the_left_is_lost(algebra):
    assert report(algebra).broken[SIDES].gap > 0.1


def test_every_algebra_is_tried():
    assert len({algebra.partition(":")[0] for algebra in ALGEBRAS}) == 17


def test_every_law_is_tried():
    assert TRIED.keys() - {SIDES} == LAWS.keys()
