"""The language's front end by example: trees, values and spans."""

import pytest

from vsa.lang.syntax import parse, parse_expression, tree
from vsa.lang.syntax.errors import LanguageError, Source, Span


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
        case tree.Param(name=name, default=default):
            return show(name) + (f"={show(default)}" if default else "")
        case tree.Evaluate(value=value):
            return show(value)
        case tree.Command(name=name, text=text):
            return f":{show(name)}" + (f" <{show(text)}>" if text else "")
        case tree.Help(name=name):
            return f"?{show(name) if name else ''}"
    raise AssertionError(node)


def read(text):
    return [show(statement) for statement in parse(text)]


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
