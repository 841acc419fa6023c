"""`rule` in the language: what it prints, how it is applied, examples added, files and errors."""

import pytest
from worlds import PLUGINS, says

import vsa

BEFORE = "atom a, b, c, d, e, f; y = b * c / a; r = rule({a, b, c}, y)"


@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(1024), plugins=PLUGINS)
    session.run(BEFORE)
    return session


def printed(session, text):
    return vsa.plugin.show(session, session.run(text)[-1])


def test_a_rule_is_printed_applied_and_tried_again(session):
    assert printed(session, "r") == "y = b * c / a  1.00  certain"
    assert session.run("similarity(r(d, e, f), e * f / d)")[0] == pytest.approx(1, abs=1e-5)
    assert printed(session, "rule(r, {d, e, f}, e * f / d)") == "y = b * c / a  1.00  certain"
    assert printed(session, "rule({c, b, a}, y)") == "y = c * b / a  1.00  certain"
    assert printed(session, "rule({f, a, d}, f / a)") == "y = f / a  1.00  certain"
    assert printed(session, "r.formula") == "b * c / a"
    assert session.run("r.probability")[0] == pytest.approx(1, abs=1e-3)


def test_a_tie_and_no_rule_are_nothing(session):
    session.run("ab = a * b; remember(ab); w = ab; t = rule({a, b, ab}, w)")
    assert printed(session, "t") == (
        "nothing: w = a * b  1.00 and w = ab  1.00 fit alike; another example would tell them apart"
    )
    assert printed(session, "rule(t, {c, d, e}, c * d)") == "w = a * b  1.00  certain"
    assert printed(session, "rule({a, b, c}, d)").startswith("nothing (closest: d = ")
    assert printed(session, "rule(r, {d, e, f}, a)") == (
        "nothing: y = b * c / a fits 1 of 2 examples"
    )


def test_a_rule_is_a_value_like_others(session):
    session.run("def swap(g, x, w, v) = g(x, w, v)")
    assert session.run("similarity(swap(r, d, e, f), e * f / d)")[0] == pytest.approx(1, abs=1e-5)
    assert session.run("similarity(r(d, top(push(nil, e)), f), e * f / d)")[0] > 0.999
    assert printed(session, "rule({a, b}, top(push(nil, b)))") == "y = b  1.00  certain"


def test_a_rule_is_kept_in_a_file(session, tmp_path):
    session.save(tmp_path / "rules.vsa")
    session.run("q = rule({a, b}, b / a)")
    session.close()
    with vsa.Session.open(tmp_path / "rules.vsa") as again:
        assert printed(again, "r") == "y = b * c / a  1.00  certain"
        assert printed(again, "q") == "y = b / a  1.00  certain"
        assert again.run("similarity(r(d, e, f), e * f / d)")[0] == pytest.approx(1, abs=1e-5)
        assert printed(again, "rule(r, {d, e, f}, e * f / d)") == "y = b * c / a  1.00  certain"


def test_as_json(session):
    assert session.run("r")[0].vsa_json() == {
        "answer": "y", "formula": "b * c / a", "exponents": {"a": -1, "b": 1, "c": 1},
        "similarity": 1.0, "probability": pytest.approx(1, abs=1e-4),
        "nothing": pytest.approx(0, abs=1e-4),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("r(a, b)", "the rule b * c / a takes 3 items, in the order a, b, c: 2 are given"),
        ("r(3, a, b)", "a rule cannot be applied to a number"),
        ("r()", "a rule is applied to at least one argument"),
        ("r(a, b, x=c)", "a rule is applied to arguments by position"),
        ("rule({a, b, b}, c)", "each item is named once, and b is there twice"),
        ("rule({a, b} - {a, b}, c)", "a rule needs at least one item"),
        ("rule({a, b}, 3)", "the answer of an example is one vector, not 3: 3"),
        ("rule({a, b}, {c})", "the answer of an example is one vector, not a set: {c}"),
        ("rule({a, b}, c, d)", "a rule is found from a set and an answer: rule({a, b, c}, y)"),
        ("rule(r, a)", "one example more has a set of items and an answer: rule(r, {d, e, f}, y)"),
        ("rule(r, a, b)", "the items of an example are a set, not a vector: a"),
        ("rule(r, {a, b}, c)", "the rule is about 3 items, a, b, c: this example has 2"),
        ("r.rule", "a rule has no 'rule': there are formula, similarity, probability"),
        ("rule({a, b}, c, most=0)", "most must be a whole number of at least 1, not 0"),
    ],
)
def test_errors(text, message):
    says(BEFORE, text, message)
