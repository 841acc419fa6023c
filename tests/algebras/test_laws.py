"""Each law of each algebra at cases that nobody chose."""

import pytest
from every import ALGEBRAS, PLACES, laws_of
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from vsa.algebra.registry import find_algebra
from vsa.testing import Case, check_law
from vsa.testing.cases import FORMS, Inapplicable, fitting_dims
from vsa.testing.laws import declared
from vsa.testing.rules import RULES

SHAPES = st.sampled_from(
    [((), ()), ((), (3,)), ((3,), ()), ((1,), (3,)), ((2, 1), (3,)), ((0,), ()), ((2, 3), (3,))]
)
SMALL = 40
EVERY = [
    (algebra, law) for algebra in ALGEBRAS for law in (*sorted(declared(laws_of(algebra))), *RULES)
]


@st.composite
def drawn(draw, algebra):
    """Cases of an algebra, smaller dims first."""
    kind, parameters = find_algebra(algebra)
    dims = {d for d in range(2, SMALL) if kind.fits(d, *parameters)} | set(fitting_dims(algebra))
    shape, keys = draw(SHAPES)
    forms = tuple(draw(st.lists(st.sampled_from(FORMS), min_size=1, max_size=3)))
    atoms = draw(st.sampled_from(kind.atom_kinds))
    return Case(
        draw(st.sampled_from(sorted(dims))), draw(st.integers(0, 99)), atoms, forms, shape, keys
    )


@pytest.mark.parametrize(("algebra", "law"), EVERY)
def test_a_law_holds_wherever_it_is_tried(algebra, law, tally):
    @settings(max_examples=6, phases=[Phase.generate, Phase.shrink])
    @given(case=drawn(algebra), place=st.sampled_from(PLACES))
    def holds(case, place):
        backend, dtype = place
        try:
            check_law(algebra, law, case, backend, dtype)
        except Inapplicable:
            assume(False)

    if law == "differentiable":
        pytest.skip("gradients are tried with torch alone")
    holds()
    tally(checked=1)
