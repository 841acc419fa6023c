"""The language's front end by example: errors in words, and what is too much for it."""

import pytest

from vsa.lang.syntax import expected, is_open, parse, partial
from vsa.lang.syntax.errors import LanguageError
from vsa.lang.syntax.limits import DEPTH, LENGTH
from vsa.suggest import closest, suggest


def complaint(text):
    with pytest.raises(LanguageError) as caught:
        parse(text)
    return caught.value


SIDE = "two values stand side by side; write"
DEFINITION = "a definition is written def name(x, y=2) = expression"
SIGN = "is not a sign of the language"


ERRORS = [
    # values and operators
    ("A B", f"1:3: {SIDE} A * B to bind, A + B to superpose, A(B) to call"),
    ("f(x) y", f"1:6: {SIDE} A * B to bind, A + B to superpose"),
    ("2 x", f"1:3: {SIDE} 2 * x to scale"),
    ("2x", "1:1: '2x' is neither a number nor a name; write 2 * x to scale"),
    ('tree "x"', '1:6: two values stand side by side; a tag touches its quote: tree"…"'),
    ("a ** b", "1:3: '**' is not an operator; power is written ^"),
    ("a === b", "1:5: only a name can stand left of '='"),
    ("a =< b", "1:4: a value is missing between '=' and '<'"),
    ("a ==", "1:3: a value is missing after '=='"),
    ("(a == b) = c", "1:10: only a name can stand left of '='"),
    ("a ++ b", "1:4: a value is missing between '+' and '+'"),
    ("a +", "1:3: a value is missing after '+'"),
    ("x =; y", "1:3: a value is missing after '='"),
    ("a *\nb", "1:3: a value is missing after '*'"),
    ("* a", "1:1: a value is missing before '*'"),
    ("a ~b", "1:3: '~' stands before one value; a / b binds a with the involution of b"),
    ("a.", "1:2: the name of a slot is missing after '.'; as in s.agt"),
    ("s.5", "1:3: '5' is not the name of a slot; as in s.agt"),
    ("1.2.3", "1:1: '1.2.3' is not a number"),
    (
        "x[0]",
        "1:2: '[' cannot follow a value; a call is written f(x), a slot s.agt, a product a * b",
    ),
    # brackets
    ("f(a", "1:2: '(' is never closed; it takes a ')'"),
    ("(a; b", "1:1: '(' is never closed; it takes a ')'"),
    ("[a,\n b\nx = 3", "1:1: '[' is never closed; it takes a ']'"),
    ("f(a]", "1:4: ']' cannot close the '(' of line 1, column 2; that takes a ')'"),
    ("{(a}\n)", "1:4: '}' cannot close the '(' of line 1, column 2; that takes a ')'"),
    ("a)", "1:2: ')' closes nothing; no bracket is open"),
    ("()", "1:2: a value is missing between '(' and ')'"),
    ("[a,,b]", "1:4: a value is missing between ',' and ','"),
    (
        "(a, b)",
        "1:3: a comma cannot stand in round brackets that are not a call's; "
        "a sequence is written [a, b], a set {a, b}",
    ),
    (
        "a, b",
        "1:2: a comma can only stand inside brackets; a sequence is written [a, b], a set {a, b}",
    ),
    ("frame(eat agt=mark)", "1:11: a comma is missing between 'eat' and 'agt'"),
    (
        "[a\n b]",
        "2:2: a comma is missing between 'a' and 'b'; or write a * b to bind, a + b to superpose",
    ),
    # calls and assignments
    ("f(k=1, 2)", "1:8: a value without a name comes after 'k=…'; put it before the keywords"),
    ("f(k=1, k=2)", "1:8: the keyword 'k' stands twice"),
    ("f(a.b=1)", "1:6: only a name can stand left of '='; as in frame(eat, agt=mark)"),
    (
        "[k=1]",
        "1:3: '=' cannot stand inside '['; a keyword belongs to a call, as in frame(eat, agt=mark)",
    ),
    ("a = b = c", "1:7: a statement has one '='; give each name a statement of its own"),
    (
        "f(x, y) = 3",
        "1:9: only a name can stand left of '='; a function is defined by def f(x, y) = …",
    ),
    (
        "s.agt = m",
        "1:7: only a name can stand left of '='; a slot cannot be set: make a new frame",
    ),
    ("a + b = 3", "1:7: only a name can stand left of '='"),
    # statements with a word or sign of their own
    ("atom", "1:1: a name is missing after 'atom'; as in atom mark, the_fish"),
    ("atom a b", "1:8: a comma is missing between 'a' and 'b'"),
    ("atom 3", "1:6: 'atom' declares names, and '3' is none"),
    ("atom = 3", "1:1: 'atom' is a word of the language and no name; take another name"),
    ("f(def)", "1:3: 'def' is a word of the language and no name; take another name"),
    ("def f", f"1:5: the definition is not finished; {DEFINITION}"),
    ("def f = 3", f"1:7: '=' does not fit into a definition; {DEFINITION}"),
    ("def f(x=) = x", f"1:9: ')' does not fit into a definition; {DEFINITION}"),
    (
        "def f(x=1, y) = x",
        "1:12: the parameter 'y' has no default value, as the one before has; "
        "put it before those that have one",
    ),
    ("def f(x) =", "1:10: a value is missing after '='"),
    ("def f(x, x) = x", "1:10: the parameter 'x' stands twice"),
    ("push?", "1:5: '?' begins a statement; write ?push"),
    ("?a b", "1:4: '?' explains one name, and 'b' is not that; as in ?push"),
    (":", "1:1: the name of a command is missing after ':'; as in :names"),
    (":3", "1:2: '3' is not the name of a command; as in :names"),
    ("{a: b}", "1:3: ':' begins a command, as a statement of its own; as in :names"),
    # numbers, strings, characters
    ("1e999", "1:1: the number '1e999' is too large; the largest is about 1.8e308"),
    (
        'f("a)',
        "1:3: the string that begins here is not closed on its line; "
        'end it with "; inside it a quote is written \\"',
    ),
    (
        r'"a\q"',
        r"1:3: '\q' stands for nothing in a string; "
        r"there are \n, \t, \", \\ and \u with four hexadecimal digits",
    ),
    (r'"\ud800"', "1:1: the string holds a lone surrogate, half a character; leave it out"),
    ("'a", f"""1:1: "'" {SIGN}; text stands in double quotes: "…\""""),
    ("a ⊛ b", f"1:3: '⊛' {SIGN}; binding is written *"),
    ("x²", f"1:2: '²' {SIGN}"),
    ("²", f"1:1: '²' {SIGN}"),
    ("f（x", f"1:2: '（' {SIGN}; write ("),
    ("नم।", f"1:3: '।' {SIGN}"),
    ("a\x00", f"1:2: '\\x00' {SIGN}; it does not show: delete it"),
    ("\ud800", f"1:1: '\\ud800' {SIGN}; it does not show: delete it"),
    ("a\u200bb", f"1:2: '\\u200b' {SIGN}; it does not show: delete it"),
    ("a ≠ b", f"1:3: '≠' {SIGN}; unequal is written !="),
    ("!a", f"1:1: '!' {SIGN}; unequal is written !="),
    ("a = 1\nb = 2\n  c $ d", f"3:5: '$' {SIGN}"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_error(text, message):
    error = complaint(text)
    assert error.located() == f"<input>:{message}"
    assert str(error) == message.split(": ", 1)[1]


@pytest.mark.parametrize(
    ("text", "picture"),
    [
        (
            "x = 1\ny = top(pop s)",
            [
                "a comma is missing between 'pop' and 's'",
                "  2 | y = top(pop s)",
                "    |             ^ or write pop * s to bind, pop + s to superpose",
            ],
        ),
        ("a +", ["a value is missing after '+'", "  1 | a +", "    |   ^"]),
        ("\tf(日本, 2x)", ["", "  1 |     f(日本, 2x)", "    |             ^^ "]),
        ("e\u0301\x1b", ["", "  1 | e\u0301\\x1b", "    |  ^^^^ "]),
        (
            "a" * 500 + " $ " + "b" * 500,
            ["", "  1 | …" + "a" * 47 + " $ " + "b" * 46 + "…", "    | " + " " * 49 + "^"],
        ),
    ],
)
def test_picture_of_an_error(text, picture):
    lines = complaint(text).pretty().split("\n")
    assert len(lines) == 3
    for line, wanted in zip(lines, picture, strict=True):
        assert line.startswith(wanted)
        assert len(line) < 110


def test_error_without_a_place_is_its_message():
    error = LanguageError("it is wrong", hint="mend it")
    assert error.located() == error.pretty() == str(error) == "it is wrong; mend it"


def test_suggestions():
    known = {"mark": 1, "the_fish": 2, "second": 3}
    assert suggest("mrak", known) == "did you mean 'mark'?"
    assert suggest("Mark", ["mark"]) == "did you mean 'mark'?"
    assert suggest("secnod", known) == "did you mean 'second'?"
    assert suggest("the_fihs", iter(known)) == "did you mean 'the_fish'?"
    assert suggest("hunger", known) is None
    assert suggest("", known) is None
    assert suggest("mark" * 1000, known) is None
    assert closest("atom4321O", [f"atom{i}" for i in range(100_000)]) == "atom4321"


# Extremes: an answer or an error, never another exception

MANY = 10_000


EXTREMES = {
    "open": ("(" * MANY, f"nested more than {DEPTH} levels deep"),
    "opened calls": ("f(a, k=" * MANY, f"nested more than {DEPTH} levels deep"),
    "closed": (")" * MANY, "closes nothing"),
    "matched": ("(" * MANY + "a" + ")" * MANY, f"nested more than {DEPTH} levels deep"),
    "minus": ("-" * 100 * MANY + "a", f"nested more than {DEPTH} levels deep"),
    "powers": ("a^" * MANY + "a", f"nested more than {DEPTH} levels deep"),
    "dots": ("a" + ".a" * MANY, f"nested more than {DEPTH} levels deep"),
    "calls": ("a" + "()" * MANY, f"nested more than {DEPTH} levels deep"),
    "sum": ("+".join(["a"] * 5_000), None),
    "list": ("[" + ",".join(["1"] * (LENGTH // 2 - 2)) + "]", None),
    "too long": ("a+" * (LENGTH // 2 + 1), f"a statement of more than {LENGTH:,} words and signs"),
    "statements": ("a;" * MANY, None),
    "long name": ("a" * 100 * MANY, None),
    "long comment": ("#" * 100 * MANY, None),
    "long string": ('"' + "a" * 100 * MANY + '"', None),
    "escapes": ('"' + r"\n" * 50 * MANY + '"', None),
    "long command": (":x " + "a " * 50 * MANY, None),
    "not closed": ('"' + "\\" * 100 * MANY, "not closed on its line"),
    "quotes": ('"' * (100 * MANY + 1), "side by side"),
    "blanks": (" " * 100 * MANY + "$", "not a sign"),
    "lines": ("\n" * 100 * MANY, None),
    "stops": (";" * 100 * MANY, None),
    "digits": ("1" * 100 * MANY, "is too large"),
    "exponent": ("1e" + "9" * 100 * MANY, "is too large"),
    "marks": ("a" + "\u0301" * 100 * MANY, None),
    "NUL": ("\0" * 100 * MANY, "not a sign"),
    "surrogates": ("\udfff\ud800" * MANY, "not a sign"),
    "signs": ("".join(map(chr, range(33, 48))) * MANY, ""),
}


@pytest.mark.parametrize(("text", "message"), EXTREMES.values(), ids=EXTREMES)
def test_extremes(text, message):
    if message is None:
        assert isinstance(parse(text), tuple)
    else:
        error = complaint(text)
        assert message in str(error)
        assert all(len(line) < 250 for line in [str(error), *error.pretty().split("\n")])
    assert not is_open(text)
    expected(text)
    partial(text)


@pytest.mark.parametrize(
    "nest", ["-{}", "({})", "f({})", "[{}]", "{}.s", "{}()", "a^{}", "{}^a", "a+({})"]
)
def test_nesting_up_to_the_limit(nest):
    text = "x"
    for _ in range(DEPTH - 1):
        text = nest.format(f"({text})" if nest == "{}^a" else text)
    parse(text)
    error = complaint(nest.format(f"({nest.format(text)})"))
    assert error.message == f"nested more than {DEPTH} levels deep"
