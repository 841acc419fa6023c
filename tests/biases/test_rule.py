"""Rules found from examples: every pattern compared, on any backend, in any algebra whose order is free."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.errors import VsaError
from vsa.products.patterns import MOST, patterns
from vsa.products.rule import applied

SIGNED = {"hrr": 512, "fhrr": 256, "sbc:16": 128, "mcr:8": 256, "cgr:8": 512, "bsdc-seg": 2025}
UNSIGNED = {"map-i": 512, "map-b": 512, "map-c": 512, "bsc": 512, "sbc:2": 512, "mcr:2": 512}
SPACES = {name: vsa.Space(dim, algebra=name) for name, dim in {**SIGNED, **UNSIGNED}.items()}


def fails(message, call):
    with pytest.raises(VsaError) as error:
        call()
    assert str(error.value) == message


@given(
    name=st.sampled_from(sorted(SIGNED)),
    exponents=st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=6),
)
@settings(deadline=None, max_examples=60)
def test_any_pattern_is_found_and_holds_for_others(name, exponents):
    space = SPACES[name]
    items, others = (space.batch([f"{b}{i}" for i in range(len(exponents))]) for b in "ab")
    found = vsa.rule(items, applied(space, exponents, list(items)))
    assert found.exponents == tuple(exponents)
    assert found.similarity == pytest.approx(1, abs=1e-3)
    assert found.probability > 0.999
    assert not found.is_nothing
    wanted = applied(space, exponents, list(others))
    assert found(*others).similarity(wanted) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", UNSIGNED)
def test_where_binding_undoes_itself_exponents_are_0_and_1(name):
    space = SPACES[name]
    a, b, c, d = space.atoms("a", "b", "c", "d")
    found = vsa.rule([a, b, c, d], b * c / a, names=list("abcd"))
    assert found.exponents == (1, 1, 1, 0)
    assert str(found) == "y = a * b * c  1.00  certain"


@pytest.mark.parametrize("name", ["hrr", "sbc:16", "bsc"])
def test_the_best_of_all_patterns_is_the_one_that_they_say_one_by_one(name):
    space = SPACES[name]
    items = space.batch([f"i{i}" for i in range(4)])
    values = (0, 1) if name == "bsc" else (-1, 0, 1)
    all_ = list(itertools.product(values, repeat=4))
    for seed in range(10):
        wanted = all_[np.random.default_rng(seed).integers(len(all_))]
        terms = [applied(space, wanted, list(items)), *space.batch([f"n{seed}{i}" for i in "ab"])]
        y = terms[0] + terms[1] + terms[2]
        cosines = [float(applied(space, e, list(items)).similarity(y)) for e in all_]
        found = vsa.rule(items, y)
        assert found.exponents == all_[int(np.argmax(cosines))]
        assert found.similarity == pytest.approx(max(cosines), abs=1e-5)
        assert len(found.patterns) == 4
        ranked = sorted(cosines, reverse=True)[:4]
        assert [p.similarity for p in found.patterns] == pytest.approx(ranked, abs=1e-5)
        assert sum(p.probability for p in found.patterns) + found.nothing <= 1 + 1e-9


@pytest.mark.parametrize(("dim", "noise", "least"), [(128, 1, 20), (1024, 1, 20), (1024, 3, 20)])
def test_one_noisy_example_is_enough(dim, noise, least):
    right = 0
    for seed in range(20):
        space = vsa.Space(dim, seed=seed)
        rng = np.random.default_rng(seed)
        exponents = np.zeros(8, dtype=int)
        exponents[rng.choice(8, 4, replace=False)] = rng.choice([-1, 1], 4)
        items = space.random(8)
        y = applied(space, exponents, list(items)) + noise * space.random(())
        right += vsa.rule(items, y).exponents == tuple(exponents)
    assert right >= least


@pytest.mark.parametrize("name", ["hrr", "bsc", "mcr:8"])
def test_what_is_no_product_of_the_items_is_nothing(name):
    space = SPACES[name]
    items = space.batch([f"i{i}" for i in range(6)])
    answers = space.batch([f"other {i}" for i in range(300)])
    named = [not vsa.rule(items, answer).is_nothing for answer in answers]
    assert sum(named) <= 2  # at most one in a thousand is expected


def test_examples_together_tell_what_one_does_not():
    space = vsa.Space(1024)
    a, b, c, d, e, f = space.atoms(*"abcdef")
    tied = vsa.rule([a, b, a * b], a * b, names=["a", "b", "ab"], label="z")
    assert tied.is_nothing
    assert str(tied) == (
        "nothing: z = a * b  1.00 and z = ab  1.00 fit alike; another example would tell them apart"
    )
    fails(f"there is no rule to apply: {tied}", lambda: tied(a, b, c))
    both = space.stack([space.stack([a, b, a * b]), space.stack([c, d, e])])
    found = vsa.rule(both, space.stack([a * b, c * d]), names=["a", "b", "ab"])
    assert str(found) == "y = a * b  1.00  certain"
    weak = [x + 6 * space.random(()) for x in (a * b / c, d * e / f)]
    items = space.stack([space.stack([a, b, c]), space.stack([d, e, f])])
    one = vsa.rule(items[0], weak[0])
    two = vsa.rule(items, space.stack(weak))
    assert two.exponents == (1, 1, -1)
    assert two.nothing < one.nothing


def test_an_example_that_contradicts_the_others_leaves_no_rule():
    space = vsa.Space(1024)
    a, b, c, d, e, f = space.atoms(*"abcdef")
    items = space.stack([space.stack([a, b]), space.stack([c, d]), space.stack([e, f])])
    found = vsa.rule(items, space.stack([a * b, c, e * f]))
    assert found.contradicting == (1,)
    assert str(found) == "nothing: y = 0 * 1 fits 2 of 3 examples"
    noisy = vsa.rule(items, space.stack([a * b, c * d + 3 * space.random(()), e * f]))
    assert not noisy.contradicting
    assert noisy.exponents == (1, 1)


def test_items_of_several_examples_may_be_batches():
    space = vsa.Space(512)
    a, b = space.random(5), space.random(5)
    assert vsa.rule([a, b], b / a).exponents == (-1, 1)


def test_formulas_can_be_typed():
    space = vsa.Space(512)
    session = vsa.Session(space)
    session.run("atom a, b, c")
    items = [session.run(name)[0] for name in "abc"]
    for exponents in itertools.product((-1, 0, 1), repeat=3):
        found = vsa.rule(items, applied(space, exponents, items), names=list("abc"))
        assert found.exponents == exponents
        if any(exponents):
            typed = session.run(found.formula)[0]
            assert typed.similarity(found(*items)) == pytest.approx(1, abs=1e-5)
    assert vsa.rule(items, space.identity(), names=list("abc")).formula == "1"


def test_gaussian_items_are_compared_by_phase_and_applied_as_they_are():
    space = vsa.Space(1024, atoms="gaussian")
    a, b, c, d = space.atoms(*"abcd")
    found = vsa.rule([a, b, c, d], a * b / c)
    assert found.exponents == (1, 1, -1, 0)
    assert found.similarity == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("items", "most"), [(12, None), (45, 3), (300, 2)])
def test_what_is_compared_at_a_time_stays_below_100_megabytes(items, most):
    space = vsa.Space(1024)
    given = space.random(items)
    y = given[0] / given[1] + space.random(())
    tracemalloc.start()
    try:
        found = vsa.rule(given, y, most=most)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.exponents[:2] == (1, -1)
    assert peak < 100e6


def test_most_bounds_how_many_items_a_rule_uses():
    space = vsa.Space(512)
    items = space.random(5)
    y = items[0] * items[1] * items[3]  # two of the first half, one of the second
    found = vsa.rule(items, y, most=2)
    assert found.is_nothing
    assert all(sum(map(abs, p.exponents)) <= 2 for p in found.patterns)
    assert vsa.rule(items, y, most=3).exponents == (1, 1, 0, 1, 0)


def test_how_many_patterns_there_are():
    assert patterns(8, 8, 2) == 3**8
    assert patterns(32, 3, 2) == 41_729
    assert patterns(5, 5, 1) == 2**5


def test_on_torch_the_rule_is_the_same():
    pytest.importorskip("torch")
    space = vsa.Space(256, backend="torch")
    a, b, c = space.atoms("a", "b", "c")
    assert str(vsa.rule([a, b, c], b / c, names=list("abc"))) == "y = b / c  1.00  certain"


# --- errors ---------------------------------------------------------------------------------------
def test_errors_name_the_culprit_and_the_mend():
    space = vsa.Space(256)
    a, b, c = space.atoms("a", "b", "c")
    found = vsa.rule([a, b], a * b, names=["a", "b"])
    fails("the rule a * b takes 2 items, in the order a, b: 1 are given", lambda: found(a))
    fails("a must be a Vector, not 3", lambda: found(3, b))
    fails("items must be at least one Vector, not an empty list", lambda: vsa.rule([], a))
    fails("names must be 2, one for each item, not 1", lambda: vsa.rule([a, b], a, names=["a"]))
    fails("items are (n,) or (examples, n), not of shape ()", lambda: vsa.rule(a, b))
    fails(
        "each example has an answer: items of shape (1, 2) go with answers of shape (1,), not (2,)",
        lambda: vsa.rule([a, b], space.stack([a, b])),
    )
    fails("most must be a whole number of at least 1, not 0", lambda: vsa.rule([a, b], c, most=0))
    fails("item 1 must be a Vector, not 3", lambda: vsa.rule([a, 3], c))
    fails(
        "13 items have 1,594,323 patterns, more than 1,000,000: give most=8, the most that are used",
        lambda: vsa.rule(space.random(13), a),
    )
    fails(
        "400 items have 320,001 patterns, more than 1,000: give most=1, the most that are used",
        lambda: _with_less_room(lambda: vsa.rule(space.random(400), a, most=2)),
    )
    assert MOST == 1_000_000


def _with_less_room(call):
    import vsa.products.patterns as module

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", 1_000)
        call()


ORDER = (
    "where order counts an answer can be made of the same items in too many ways: name the order, "
    "and take factors away with / and left_unbind"
)


@pytest.mark.parametrize("name", ["vtb", "tvtb", "ghrr", "mbat", "tensor", "bsdc"])
def test_where_order_counts_a_rule_is_refused(name):
    space = vsa.Space(64 if name == "tensor" else 256, algebra=name)
    a, b = space.atoms("a", "b")
    called = space.algebra.name
    wanted = (
        f"a rule needs binding whose order is free, which the algebra {called!r} has not; {ORDER}"
    )
    fails(wanted, lambda: vsa.rule([a, b], a))


def test_where_nothing_is_taken_away_a_rule_is_refused():
    space = vsa.Space(2048, algebra="bsdc-cdt")
    a, b = space.atoms("a", "b")
    wanted = (
        "a rule needs binding that may be bracketed at will, which the algebra 'bsdc-cdt' has not"
    )
    fails(wanted, lambda: vsa.rule([a, b], a))
