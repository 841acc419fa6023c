"""Names that the system gives, `frame/1` and `b/old/1`, are typed as they are printed."""

import re

import pytest
from test_docs import ROOT, blocks, examples

from vsa import Session, Space, VsaError
from vsa.lang.show import show
from vsa.lang.syntax import parse, tree
from vsa.lang.syntax.errors import LanguageError
from vsa.terminal.words import roles

SETUP = "atom mark, fish; atom b; frame(mark, agt=fish); b = 2 * b; b = fish"
PLAIN = re.compile(r"[^\W\d]\w*(/([^\W\d]\w*|\d+))+")


@pytest.fixture
def session():
    session = Session(Space(dim=512))
    session.run(SETUP)
    assert {"frame/1", "b/old/1"} <= set(session.memory)
    return session


def value(session, text):
    return session.run(text)[-1]


def same(session, text, name):
    return bool(abs(value(session, text).similarity(session.memory[name]) - 1) < 1e-5)


@pytest.mark.parametrize("name", ["frame/1", "b/old/1"])
@pytest.mark.parametrize(
    "text", ["{}", "'{}'", "2 * {}", "{} * mark / mark", "({})", "{}/2", "+{}"]
)
def test_a_printed_name_is_typed(session, name, text):
    text = text.format(name) if text[0] != "+" else f"nil + {name}"
    assert same(session, text, name)


@pytest.mark.parametrize(
    "page", ["README.md", "docs/reference/language.md", "docs/structures/graphs.md"]
)
def test_every_name_of_the_pages_examples_is_typed(page):
    session = Session(Space(dim=512))
    for block in blocks(ROOT / page, "vsa"):
        for code, _ in examples(block):
            try:
                session.run(code)
            except LanguageError:
                continue
    odd = [name for name in session.memory if not name.isidentifier()]
    assert odd
    for name in odd:
        assert same(session, f"'{name}'", name)
        if PLAIN.fullmatch(name):
            assert same(session, name, name)


@pytest.mark.parametrize(
    "text", ["frame/1.agt", "(frame/1).agt", "frame/2.obj.agt", "'frame/1'.agt"]
)
def test_a_slot_follows_a_printed_name(session, text):
    session.run("frame(fish, obj=frame/1)")
    assert value(session, text).name == "fish"
    assert value(session, f"{text} == fish") is True
    assert value(session, f"cleanup(mark * {text} / mark)").name == "fish"


def test_signs_before_a_printed_name_and_what_follows_it_are_the_names(session):
    for text in ("-{}", "~{}", "{}^2", "{}^-1", "-~{}^2", "mark * {}^2"):
        typed, quoted = (value(session, text.format(name)) for name in ("frame/1", "'frame/1'"))
        assert typed.similarity(quoted) > 0.999


def test_digits_before_a_dot_and_a_name(session):
    """`1.` is a number where no name follows."""
    for text, number in {
        "1.": 1,
        "1. + 1": 2,
        "1.e2": 100,
        "1.5": 1.5,
        ".5": 0.5,
        "3/2.": 1.5,
    }.items():
        assert value(session, text) == number
    with pytest.raises(VsaError, match="is not a number"):
        session.run("1.2.3")


def test_a_name_from_python_is_typed_in_quotes(session):
    space = session.space
    session.memory.add(["new york", "3/x"], space.batch(["new york", "3/x"]))
    assert value(session, "cleanup('new york')").name == "new york"
    assert same(session, "'3/x'", "3/x")


def test_a_division_stays_one(session):
    session.run("atom old; x = 6; y = 3")
    assert same(session, "'b/old/1'", "b/old/1")
    assert not same(session, "b/old/1", "b/old/1")  # b, unbound from old
    assert abs(value(session, "(b/old/1)").similarity(value(session, "b / old")) - 1) < 1e-5
    assert value(session, "x/y/2") == 1
    session.memory.add("x/y", session.space.atom("x/y"))
    assert value(session, "x/y") == 2
    with pytest.raises(VsaError, match="'frame' is a function"):
        session.run("frame / 1")  # with blanks it is no name


def test_a_parameter_is_no_part_of_a_name(session):
    session.run("def half(frame) = frame/1")
    assert value(session, "half(3)") == 3


def test_a_definition_keeps_what_it_named(session):
    session.run("def f(x) = x + frame/1 + 'b/old/1' - b/old/1; named = frame/1")
    assert "frame/1" not in session.memory
    assert value(session, "similarity(f(nil), named) > 0.999")


def test_commands_help_and_quoted_arguments_take_it(session):
    assert "frame/1" in show(session, value(session, ":plot frame/1"))
    assert show(session, value(session, "?'frame/1'")) == "frame/1: frame"
    assert show(session, value(session, "?frame/1")) == "frame/1: frame"
    assert show(session, value(session, "?b/old/1")) == "b/old/1: atom"
    assert show(session, value(session, "{frame/1, 'b/old/1'}")) == "{frame/1, b/old/1}"
    assert value(session, "cleanup(frame/1) == frame/1") is True
    assert value(session, "'frame/1'.agt").name == "fish"
    session.run("forget(frame/1)")
    assert "frame/1" not in session.memory


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base('x')", """unknown name 'x'; a text is written "x". Or declare"""),
        ("'frame/9'", "unknown name 'frame/9'"),
        ("frame/9", "'frame' is a function: call it as "),
        ("frame/9", "; memory has no 'frame/9'"),
        ("frame/9.agt", "; memory has no 'frame/9'"),
        ("mark/9.agt", "a number has no slots, and '9' is one; memory has no 'mark/9'"),
        ("fish/1.agt", "fish has a value and is divided: the item is 'fish/1'.agt"),
        ("2.mark", "a number has no slots, and '2' is one; write 2 * mark to scale"),
        ("?frame/9", "help knows nothing called 'frame/9'; did you mean 'frame'?"),
        ("?frame/", "the rest of the name is missing after '/'; as in ?frame/1"),
        (
            '?"frame/1"',
            "'?' explains one name, and '\"frame/1\"' is not that; a name stands in single ",
        ),
        ("?frame/1.agt", "'?' explains one name, and '.' is not that; as in ?push"),
        ("''", "is not a sign of the language; text stands in double quotes"),
        ("'frame/1' = 3", "only a name can stand left of '='"),
        ("atom 'x'", "'atom' declares names, and "),
    ],
)
def test_errors(session, text, message):
    session.memory.add("fish/1", session.space.atom("fish/1"))
    with pytest.raises(VsaError) as caught:
        session.run(text)
    assert message in str(caught.value)


def test_long_divisions_are_read_at_once(session):
    session.run("x = 1")
    assert value(session, "/".join(["x"] * 20_000)) == 1


def test_colours_know_it(session):
    kinds = [word.kind for word in roles(session, "'frame/1' + 'frame/9'")]
    assert kinds == ["known", "operator", "unknown"]
    (statement,) = parse("'a b'")
    assert isinstance(statement.value, tree.Name)
