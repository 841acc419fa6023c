"""The language's front end by example: trees, spans, errors in words, what an editor asks."""

import pytest

from vsa.lang import tree
from vsa.lang.errors import LanguageError, Source, Span, closest, suggest
from vsa.lang.parser import DEPTH, LENGTH
from vsa.lang.syntax import expected, is_open, parse, parse_expression, partial, tokens


def show(node):
    """A tree with every operator bracketed."""
    match node:
        case tree.Number(value=value):
            return f"{value:g}"
        case tree.Text(value=value):
            return repr(value)
        case tree.Name(text=text) | tree.Ident(text=text):
            return text
        case tree.Tagged(tag=tag, text=text):
            return f"{show(tag)}:{text!r}"
        case tree.Unary(op=op, operand=operand):
            return f"({op}{show(operand)})"
        case tree.Chain(first=first, rest=rest):
            return f"({show(first)}{''.join(f' {op} {show(x)}' for op, _, x in rest)})"
        case tree.Power(base=base, exponent=exponent):
            return f"({show(base)} ^ {show(exponent)})"
        case tree.Call(function=function, args=args, keywords=keywords):
            named = [f"{show(name)}={show(value)}" for name, value in keywords]
            return f"{show(function)}({', '.join([*map(show, args), *named])})"
        case tree.Dot(value=value, name=name):
            return f"({show(value)}).{show(name)}"
        case tree.Sequence(items=items):
            return f"[{', '.join(map(show, items))}]"
        case tree.Braces(items=items):
            return f"{{{', '.join(map(show, items))}}}"
        case tree.Assign(name=name, value=value):
            return f"{show(name)} = {show(value)}"
        case tree.Atoms(names=names):
            return f"atom {', '.join(map(show, names))}"
        case tree.Define(name=name, params=params, body=body):
            return f"def {show(name)}({', '.join(map(show, params))}) = {show(body)}"
        case tree.Evaluate(value=value):
            return show(value)
        case tree.Command(name=name, text=text):
            return f":{show(name)}" + (f" <{show(text)}>" if text else "")
        case tree.Help(name=name):
            return f"?{show(name) if name else ''}"
    raise AssertionError(node)


def read(text):
    return [show(statement) for statement in parse(text)]


def complaint(text):
    with pytest.raises(LanguageError) as caught:
        parse(text)
    return caught.value


# Expressions and statements

PRECEDENCE = [
    ("a * b + c * d", "((a * b) + (c * d))"),
    ("a - b - c", "(a - b - c)"),
    ("a - (b - c)", "(a - (b - c))"),
    ("(a - b) - c", "((a - b) - c)"),
    ("a * b / c @ d", "(a * b / c @ d)"),
    ("a + b & c + d", "((a + b) & (c + d))"),
    ("a & b | c & d", "((a & b) | (c & d))"),
    ("a | b | c", "(a | b | c)"),
    ("-a * b", "((-a) * b)"),
    ("~a / b", "((~a) / b)"),
    ("-a ^ b", "(-(a ^ b))"),
    ("~a ^ 2", "(~(a ^ 2))"),
    ("a ^ b ^ c", "(a ^ (b ^ c))"),
    ("a ^ -1", "(a ^ (-1))"),
    ("a ^ -b ^ c", "(a ^ (-(b ^ c)))"),
    ("2 ^ -1 * 3", "((2 ^ (-1)) * 3)"),
    ("a - -b", "(a - (-b))"),
    ("~-~a", "(~(-(~a)))"),
    ("a.b ^ c.d", "((a).b ^ (c).d)"),
    ("-f(x)", "(-f(x))"),
    ("~uncle(arthur)", "(~uncle(arthur))"),
    ("(~uncle)(arthur)", "(~uncle)(arthur)"),
    ("f(x)(y).z(w)", "(f(x)(y)).z(w)"),
    ("R @ S @ x", "(R @ S @ x)"),
    ("[a + b, -c]", "[(a + b), (-c)]"),
    ("{a}", "{a}"),
    ("[]", "[]"),
    ("{}", "{}"),
    ("[a, b,]", "[a, b]"),
    ("f()", "f()"),
    ("f(a, b=c | d,)", "f(a, b=(c | d))"),
    ("(((a)))", "a"),
]


@pytest.mark.parametrize(("text", "meaning"), PRECEDENCE)
def test_precedence(text, meaning):
    assert read(text) == [meaning]
    assert show(parse_expression(text)) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", []),
        ("\n # nothing\n ;; \r\n", []),
        ("a = 1; b = 2\nc", ["a = 1", "b = 2", "c"]),
        ("a\r\nb\rc", ["a", "b", "c"]),
        ("f(a,\n  b # why\n, c)\n[1,\n2\n]", ["f(a, b, c)", "[1, 2]"]),
        ("atom a, b,", ["atom a, b"]),
        ("def f(x, y) = x * y", ["def f(x, y) = (x * y)"]),
        ("def f() = 1", ["def f() = 1"]),
        ("?push; ?\n? atom", ["?push", "?", "?atom"]),
        (":names", [":names"]),
        (":load a (b  # c", [":load <a (b>"]),
        (": load  x y ; z", [":load <x y>", "z"]),
        (':save "a;b#c" d', [':save <"a;b#c" d>']),
        (":help atom; :x .5", [":help <atom>", ":x <.5>"]),
        ("atomic = define", ["atomic = define"]),
        ("s2.obj.agt", ["((s2).obj).agt"]),
        ("\ufeffa\u00a0+\u3000b", ["(a + b)"]),
    ],
)
def test_statements(text, meaning):
    assert read(text) == meaning


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("2.5", 2.5),
        (".5", 0.5),
        ("5.", 5),
        ("1e3", 1000),
        ("1.5E-2", 0.015),
        ("007", 7),
        ("1e-999", 0),
        ('"a\\n\\t\\"\\\\b"', 'a\n\t"\\b'),
        ('"\\u00e9\\ud83d\\ude00"', "é😀"),
        ('"# ; ( é"', "# ; ( é"),
        ('""', ""),
    ],
)
def test_values(text, value):
    node = parse_expression(text)
    assert node.value == value
    assert isinstance(node, tree.Text if text.startswith('"') else tree.Number)


def test_names_are_normalised_and_their_spans_are_not():
    node = parse_expression("cafe\u0301 * नमस्ते")
    assert node.first == tree.Name("café", Span(0, 5))
    assert node.rest[0][2].text == "नमस्ते"


def test_tagged_literal():
    node = parse_expression('f(tree"(very \\"good\\") movie")').args[0]
    assert (node.tag, node.text) == (tree.Ident("tree", Span(2, 6)), '(very "good") movie')
    assert node.span == Span(2, 29)


def test_spans_are_what_was_written():
    text = "x = (a + b) * f(c, k=[2])(d).s ^ -3\n\n:run  now \ndef g(y) = {y}"
    seen = []

    def visit(node):
        seen.append((type(node).__name__, text[slice(*node.span)]))
        for child in tree.children(node):
            visit(child)

    statements = parse(text)
    for statement in statements:
        visit(statement)
    assert seen == [
        ("Assign", "x = (a + b) * f(c, k=[2])(d).s ^ -3"),
        ("Chain", "(a + b) * f(c, k=[2])(d).s ^ -3"),
        ("Chain", "a + b"),
        ("Name", "a"),
        ("Name", "b"),
        ("Power", "f(c, k=[2])(d).s ^ -3"),
        ("Dot", "f(c, k=[2])(d).s"),
        ("Call", "f(c, k=[2])(d)"),
        ("Call", "f(c, k=[2])"),
        ("Name", "f"),
        ("Name", "c"),
        ("Sequence", "[2]"),
        ("Number", "2"),
        ("Name", "d"),
        ("Unary", "-3"),
        ("Number", "3"),
        ("Command", ":run  now"),
        ("Define", "def g(y) = {y}"),
        ("Braces", "{y}"),
        ("Name", "y"),
    ]
    assert statements[1].text == tree.Ident("now", Span(43, 46))
    assert statements[2].text == "def g(y) = {y}"
    ((op, place, _),) = statements[0].value.rest
    assert text[slice(*place)] == op == "*"


def test_an_argument_is_read_in_place():
    source = Source(":time push(s, a b)\n", "file.vsa")
    assert parse_expression("push", 6, source) == tree.Name("push", Span(6, 10))
    with pytest.raises(LanguageError) as caught:
        parse_expression("push(s, a b)", 6, source)
    assert caught.value.located().startswith("file.vsa:1:17: a comma is missing")
    with pytest.raises(LanguageError, match="a value is missing"):
        parse_expression("", 6, source)
    with pytest.raises(ValueError, match="does not stand at this offset"):
        parse_expression("pop", 6, source)


# Errors, in words

SIDE = "two values stand side by side; write"
DEFINITION = "a definition is written def name(x, y) = expression"
SIGN = "is not a sign of the language"
ERRORS = [
    # values and operators
    ("A B", f"1:3: {SIDE} A * B to bind, A + B to superpose, A(B) to call"),
    ("f(x) y", f"1:6: {SIDE} A * B to bind, A + B to superpose"),
    ("2 x", f"1:3: {SIDE} 2 * x to scale"),
    ("2x", "1:1: '2x' is neither a number nor a name; write 2 * x to scale"),
    ('tree "x"', '1:6: two values stand side by side; a tag touches its quote: tree"…"'),
    ("a ** b", "1:3: '**' is not an operator; power is written ^"),
    ("a == b", "1:3: '==' is not an operator; similarity(a, b) compares two values"),
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
    ("def f(x=1) = x", f"1:8: a parameter has no default value; {DEFINITION}"),
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
    ("'a'", f"""1:1: "'" {SIGN}; text stands in double quotes: "…\""""),
    ("a ⊛ b", f"1:3: '⊛' {SIGN}; binding is written *"),
    ("x²", f"1:2: '²' {SIGN}"),
    ("²", f"1:1: '²' {SIGN}"),
    ("f（x", f"1:2: '（' {SIGN}; write ("),
    ("नم।", f"1:3: '।' {SIGN}"),
    ("a\x00", f"1:2: '\\x00' {SIGN}; it does not show: delete it"),
    ("\ud800", f"1:1: '\\ud800' {SIGN}; it does not show: delete it"),
    ("a\u200bb", f"1:2: '\\u200b' {SIGN}; it does not show: delete it"),
    ("a < b", f"1:3: '<' {SIGN}; similarity(a, b) compares two values"),
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
    "list": ("[" + ",".join(["1"] * 100_000) + "]", None),
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


# Questions of an editor


@pytest.mark.parametrize("text", ["(", "f(a,\n", "[1\n", 'f("(")+{', "x = (\n# )\n", 'f(t")"'])
def test_open(text):
    assert is_open(text)


@pytest.mark.parametrize(
    "text", ["", "a", '"("', '("', "# (", ":x (", "f(a b", "(]", "a)", "(a;", "f(1e999"]
)
def test_not_open(text):
    assert not is_open(text)


def test_tokens():
    text = 'atom a; s = f(a, "x")  # hi\n:time push(a)\n?pop $ t"q" "ab\n~x^2.'
    found = list(tokens(text))
    assert [(kind, word.strip()) for kind, word, _ in found] == [
        ("keyword", "atom"), ("name", "a"), ("punctuation", ";"),
        ("name", "s"), ("operator", "="), ("name", "f"), ("bracket", "("), ("name", "a"),
        ("punctuation", ","), ("string", '"x"'), ("bracket", ")"), ("comment", "# hi"),
        ("newline", ""), ("command", ":"), ("command", "time"), ("argument", "push(a)"),
        ("newline", ""), ("command", "?"), ("name", "pop"), ("error", "$"), ("tagged", 't"q"'),
        ("string", '"ab'), ("newline", ""), ("operator", "~"), ("name", "x"), ("operator", "^"),
        ("number", "2."),
    ]  # fmt: skip
    assert all(text[start:].startswith(word) for _, word, start in found)


@pytest.mark.parametrize(
    ("text", "some", "none"),
    [
        ("", {"NAME", "ATOM", "DEF", "COLON", "QMARK", "END"}, {"REST", "RPAR", "STAR", "EQUAL"}),
        ("f(", {"NAME", "NUMBER", "RPAR", "TILDE"}, {"ATOM", "END", "COMMA", "RSQB"}),
        ("f(a", {"COMMA", "EQUAL", "RPAR", "DOT"}, {"NAME", "END", "_NEWLINE"}),
        ("(a", {"RPAR", "STAR"}, {"COMMA", "EQUAL"}),
        ("f(a,\n", {"NAME"}, {"ATOM", "END"}),
        ("s.", {"NAME"}, {"NUMBER", "ATOM", "END"}),
        (":", {"NAME"}, {"REST", "NUMBER"}),
        (":time ", {"REST", "END"}, {"NAME"}),
        ("x = y\n", {"ATOM", "END"}, {"STAR"}),
        ("a $ b\n", {"ATOM"}, {"STAR"}),
    ],
)
def test_expected(text, some, none):
    assert some <= expected(text)
    assert not none & expected(text)


@pytest.mark.parametrize("text", ["a b", "f(a $ ", '"ab', "a # b", "x)"])
def test_nothing_is_expected(text):
    assert expected(text) == set()


@pytest.mark.parametrize(
    ("text", "word"),
    [("pu", "pu"), ("push(ma", "ma"), ("s.ag", "ag"), (":na", "na"), (":time pu", "pu"),
     ("?de", "de"), ("é", "é"), ("a ", ""), ("(", ""), ('"ab', ""), ("# ab", ""), ("12", ""),
     ("", ""), ("def", "def")],
)  # fmt: skip
def test_partial(text, word):
    assert partial(text) == (word, len(text) - len(word))
