"""`==`, `!=`, `<`, `>`, `<=`, `>=` of numbers, texts, answers and what equals by its class."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsa import Session, Space, VsaError
from vsa.lang.compare import COMPARISONS
from vsa.lang.show import show, to_json

SETUP = "atom mark, fish, eat, john; s = push(push(nil, mark), fish)"
numbers = st.floats(-1e6, 1e6).map(abs)


@pytest.fixture(scope="module")
def session():
    session = Session(Space(dim=512))
    session.run(SETUP)
    return session


def value(session, text):
    return session.run(text)[-1]


@pytest.mark.parametrize("sign", COMPARISONS)
def test_numbers_and_texts_compare_as_in_python(session, sign):
    @given(numbers, numbers)
    def compare_numbers(a, b):
        assert value(session, f"{a!r} {sign} {b!r}") is COMPARISONS[sign](a, b)
        assert value(session, f'"{a}" {sign} "{b}"') is COMPARISONS[sign](str(a), str(b))

    compare_numbers()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 1 == 2", True),  # below arithmetic
        ("{mark} | {fish} == {fish, mark}", True),  # and below the operators of sets
        ("-1 < 2 ^ 2", True),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("3 > 2 < 5 == 5 != 4", True),
        ("true == (1 < 2)", True),
        ("true == 1", True),
        ("top(s) == fish", True),
        ("fish == top(s)", True),
        ("top(s) == mark", False),
        ("top(s) != mark", True),
        ("top(s) == mark * fish", False),  # no item
        ("top(s) == top(push(nil, fish))", True),
        ("top(s) == top(pop(s))", False),
        ("top(s) == nil", False),
        ("cleanup(eat * john) == nil", True),
        ("cleanup(eat * john) == cleanup(eat / fish)", True),  # nothing is nothing
        ("cleanup(eat * john) == eat", False),
        ("cleanup(eat * john) == eat * john", False),
        ("choose(1, mark, 2, fish) == fish", True),  # whatever stands for an item
        ("mark == choose(1, mark, 2, fish)", False),
        ("choose(1, mark, 2, fish) == top(s)", True),
        ("choose(1, mark, 2, fish) != choose(2, fish, 1, eat)", False),
        ("choose(1, mark, 2, eat * john) == mark", False),
        ("choose(1, mark, 2, nil) == nil", True),
        ("factor(mark * fish, {mark, eat}, {fish, john}) == mark", False),
        ("number_of(number(40, 0, 100), 0, 100) > 30", True),  # whatever holds a number
        ("30 < number_of(number(40, 0, 100), 0, 100) < 50", True),
        ("number_of(number(40, 0, 100), 0, 100) <= number_of(number(30, 0, 100), 0, 100)", False),
        ("count(mark + mark + fish, mark) == 2", True),
        ("{members(mark + fish)} == {fish, mark}", True),
        ("{mark, mark} == {mark}", False),
        ("{mark} != {fish}", True),
    ],
)
def test_what_holds(session, text, expected):
    assert value(session, text) is expected
    assert show(session, value(session, text)) == str(expected).lower()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "choose(1, mark, 2, eat * john) == eat * john",
            "'==' does not compare what is no item of ",
        ),
        (
            "where(place(1, 2) * mark, mark) != place(1, 2)",
            ": similarity(a, b) says how alike they",
        ),
        ("number_of(nil, 0, 100) > 3", "nothing is there, P = 1.00, so that it has no value"),
        ("choose(1, mark, 2, fish) < 3", "'<' does not compare a choice and a number"),
        (
            "number_of(number(40, 0, 100), 0, 100) == mark",
            "'==' does not compare an estimate and a ",
        ),
    ],
)
def test_what_is_not_compared(session, text, message):
    with pytest.raises(VsaError) as caught:
        session.run(text)
    assert message in str(caught.value)


def test_columns_of_a_table_are_compared(tmp_path):
    (tmp_path / "cats.csv").write_text("name,weight,eats\nlion,190,meat\ncat,4,fish\n")
    session = Session(Space(dim=1024))
    session.run(f'cats = load_table("{tmp_path / "cats.csv"}")')
    for text in ("lion.weight > 100 > cat.weight", "lion.eats == meat", "lion == lion", "cat != lion",
                 "rows_like(cats, weight=185) == lion", "{lion, cat} == {cat, lion}"):  # fmt: skip
        assert value(session, text) is True, text


def test_a_batch_of_choices_and_of_estimates(session):
    space = session.space
    session.set("states", space.batch(["mark", "eat", "mark"]))
    session.run("chosen = choose(dot(states, mark), fish, dot(states, eat), john)")
    assert value(session, "chosen == fish").tolist() == [True, False, True]
    assert value(session, "{chosen} == {fish, john, fish}") is True
    session.run("n = number_of(number(30, 0, 100) + number(60, 0, 100), 0, 100, terms=2)")
    assert value(session, "n > 45").tolist() == [False, True]


def test_nothing_among_answers_is_no_member(session):
    session.set("v", session.space.batch(["mark", "stranger", "mark"]))
    assert show(session, value(session, "{cleanup(v)}")) == "{mark ×2}"
    with pytest.raises(VsaError, match="must be an item of memory: remember"):
        session.run("{v}")


def test_an_alias_is_the_same_item_and_a_renamed_one_stays_it():
    session = Session(Space(dim=512))
    session.run("atom mark, fish; pair = mark * fish; remember(pair); a = cleanup(pair)")
    assert value(session, "a == mark * fish") is True
    session.run("pair = mark; atom other")  # the item is pair/old/1 now
    assert value(session, "a == mark * fish") is True
    assert value(session, "a == pair") is False


def test_a_batch_of_answers_gives_a_batch_of_truths(session):
    memory = session.memory
    names = np.array(["mark", "fish", "eat"])
    session.set("answers", memory.cleanup(session.space.batch(list(names))))
    session.set("others", memory.cleanup(session.space.batch(["mark", "eat", "fish"])))
    session.set("strangers", memory.cleanup(session.space.batch(["mark", "x", "y"])))
    truth = value(session, "answers == fish")
    assert truth.dtype == bool
    assert truth.tolist() == [False, True, False]
    assert show(session, truth).split() == ["[false", "true", "false]"]
    assert to_json(session, truth) == [False, True, False]
    assert value(session, "answers == others").tolist() == [True, False, False]
    assert value(session, "strangers == nil").tolist() == [False, True, True]
    assert value(session, "fish != answers == answers").tolist() == [True, False, True]
    session.set("asked", session.space.batch(["mark", "mark", "eat"]))
    assert value(session, "answers == asked").tolist() == [True, False, True]
    session.set("few", memory.cleanup(session.space.batch(["mark", "fish"])))
    with pytest.raises(
        VsaError, match=r"'==' takes batches of one shape, not of \(3,\) and \(2,\)"
    ):
        session.run("answers == few")


def test_an_array_of_numbers_compares_one_by_one(session):
    session.set("scores", np.array([0.1, 0.5, 0.9]))
    assert value(session, "0.2 < scores <= 0.5").tolist() == [False, True, False]


def test_on_every_backend(backend):
    session = Session(Space(dim=512, backend=backend))
    session.run(SETUP)
    assert value(session, "top(s) == fish") is True
    session.set("v", session.space.batch(["mark", "fish"]))
    assert value(session, "similarity(v, fish) > 0.5").tolist() == [False, True]


def test_parameters_are_compared_when_their_values_are_known(session):
    session.run("def above(v, w) = similarity(v, w) > 0.5; def same(a, b) = a == b")
    assert value(session, "above(mark, mark)") is True
    assert value(session, "same(top(s), fish)") is True
    with pytest.raises(VsaError, match=r"in same: '==' does not compare vectors: similarity"):
        session.run("same(mark, fish)")


def test_truths_are_options_and_are_named(session):
    session.run("certain = 1 < 2; f = frame(eat, agt=mark, normalize=1 > 2)")
    assert value(session, "certain") is True
    assert value(session, "norm(f)") > 1.1


def test_an_answer_whose_item_was_undone_is_not_compared():
    session = Session(Space(dim=512))
    session.run("atom mark, fish")
    session.set("answer", session.memory.cleanup(session.space.atom("fish")))
    kept = session.values["answer"]
    session.journal.undo()
    session.run(":undo; atom john")
    session.set("old", kept)
    with pytest.raises(VsaError, match="what this answer names has been undone: ask once more"):
        session.run("old == john")


@pytest.mark.parametrize("sign", COMPARISONS)
def test_help_explains_each_sign(session, sign):
    said = show(session, value(session, f"?{sign}"))
    assert f"a number {sign} a number" in said
    assert ("names" in said) == (sign in ("==", "!="))
    assert "similarity(a, b)" in said
