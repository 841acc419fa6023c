"""Laws of the front end: round trips, an answer to any text, agreement with Lark's own lexer."""

import re
from contextlib import suppress

import lark
import vsa_grammar
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vsa.lang.syntax import expected, is_open, parse, partial, tables, tokens, tree
from vsa.lang.syntax.errors import LanguageError, Span
from vsa.lang.syntax.lexer import Lexer
from vsa.record import Record


def bare(value):
    """A tree without its spans, for comparison."""
    if isinstance(value, Record):
        return type(value), {name: bare(each) for name, each in vars(value).items()}
    if isinstance(value, Span):
        return None
    return tuple(map(bare, value)) if isinstance(value, tuple) else value


NAMES = st.sampled_from(["a", "x1", "the_fish", "été", "語", "atoms", "_"]).map(
    lambda text: tree.Ident(text, Span(0, 0))
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NOWHERE = Span(0, 0)


def node(kind, *fields):
    return st.builds(kind, *fields, st.just(NOWHERE))


def several(inner, least=0):
    return st.lists(inner, min_size=least, max_size=3).map(tuple)


def chains(inner):
    level = st.sampled_from(["|", "&", "+-", "*/@"])
    rest = level.flatmap(
        lambda ops: several(st.tuples(st.sampled_from(ops), st.just(NOWHERE), inner), 1)
    )
    signs = st.sampled_from(["==", "!=", "<", ">", "<=", ">="])
    compared = several(st.tuples(signs, st.just(NOWHERE), inner), 1)
    return node(tree.Chain, inner, rest) | node(tree.Comparison, inner, compared)


def larger(inner):
    keywords = st.dictionaries(NAMES, inner, max_size=2).map(lambda pairs: tuple(pairs.items()))
    return st.one_of(
        chains(inner),
        node(tree.Unary, st.sampled_from("-~"), inner),
        st.builds(tree.Power, inner, inner, st.just(NOWHERE), st.just(NOWHERE)),
        node(tree.Call, inner, several(inner), keywords),
        node(tree.Dot, inner, NAMES),
        node(tree.Sequence, several(inner)),
        node(tree.Braces, several(inner)),
    )


EXPRESSIONS = st.recursive(
    st.one_of(
        node(tree.Number, st.floats(min_value=0, allow_infinity=False, allow_nan=False)),
        node(tree.Text, WORDS),
        node(tree.Name, NAMES.map(lambda ident: ident.text)),
        node(tree.Tagged, NAMES, WORDS),
    ),
    larger,
    max_leaves=12,
)


@st.composite
def params(draw):
    """Parameters of a `def`, those with a default value last."""
    names = draw(st.lists(NAMES, unique=True, max_size=3))
    first = draw(st.integers(0, len(names)))
    return tuple(
        tree.Param(name, draw(EXPRESSIONS) if i >= first else None) for i, name in enumerate(names)
    )


STATEMENTS = st.one_of(
    node(tree.Assign, NAMES, EXPRESSIONS),
    node(tree.Atoms, several(NAMES, 1)),
    node(tree.Define, NAMES, params(), EXPRESSIONS, st.just("")),
    node(tree.Evaluate, EXPRESSIONS),
    node(tree.Command, NAMES, st.none() | NAMES),
    node(tree.Help, st.none() | NAMES),
)
LEVELS = {"|": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "@": 4}
LEVELS |= dict.fromkeys(["==", "!=", "<", ">", "<=", ">="], 0)
UNARY, POWER, POSTFIX = 5, 6, 7


def quoted(text):
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\u000d", "\t": "\\t"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'


def written(node, least=0):
    """The words of an expression, bracketed only where its place asks for a tighter one."""
    match node:
        case tree.Number(value=value):
            level, words = POSTFIX, [repr(value)]
        case tree.Text(value=value):
            level, words = POSTFIX, [quoted(value)]
        case tree.Name(text=text):
            level, words = POSTFIX, [text]
        case tree.Tagged(tag=tag, text=text):
            level, words = POSTFIX, [tag.text + quoted(text)]
        case tree.Unary(op=op, operand=operand):
            level, words = UNARY, [op, *written(operand, UNARY)]
        case tree.Chain(first=first, rest=rest):
            level = LEVELS[rest[0][0]]
            words = written(first, level + 1)
            for op, _, operand in rest:
                words += [op, *written(operand, level + 1)]
        case tree.Power(base=base, exponent=exponent):
            level, words = POWER, [*written(base, POSTFIX), "^", *written(exponent, UNARY)]
        case tree.Call(function=function, args=args, keywords=keywords):
            level, words = POSTFIX, [*written(function, POSTFIX), "("]
            for arg in args:
                words += [*written(arg), ","]
            for name, value in keywords:
                words += [name.text, "=", *written(value), ","]
            words += [")"]
        case tree.Dot(value=value, name=name):
            level, words = POSTFIX, [*written(value, POSTFIX), ".", name.text]
        case tree.Sequence(items=items) | tree.Braces(items=items):
            level, words = POSTFIX, ["["] if isinstance(node, tree.Sequence) else ["{"]
            for item in items:
                words += [*written(item), ","]
            words += ["]" if isinstance(node, tree.Sequence) else "}"]
    return ["(", *words, ")"] if level < least else words


def sentence(statement):
    def listed(names):
        return ",".join(name.text for name in names)

    match statement:
        case tree.Assign(name=name, value=value):
            return [name.text, "=", *written(value)]
        case tree.Atoms(names=names):
            return ["atom ", listed(names)]
        case tree.Define(name=name, params=params, body=body):
            words = ["def ", name.text, "("]
            for param in params:
                default = ["=", *written(param.default)] if param.default else []
                words += [param.name.text, *default, ","]
            return [*words, ")", "=", *written(body)]
        case tree.Evaluate(value=value):
            return written(value)
        case tree.Command(name=name, text=text):
            return [":", name.text, *([" ", text.text] if text else [])]
        case tree.Help(name=name):
            return ["?", name.text if name else ""]
    raise AssertionError(statement)


def program(statements, draw):
    """The statements as a text, blanks and comments strewn in where they may be."""
    outside = st.sampled_from(["", " ", "\t "])
    inside = st.sampled_from(["", " ", "\n", " # ( \n\n "])
    text, depth = "", 0
    for statement in statements:
        for word in sentence(statement):
            depth += (word in ("(", "[", "{")) - (word in (")", "]", "}"))
            text += word + draw(inside if depth else outside)
        text += draw(st.sampled_from(["\n", ";", " # ; x\r\n"]))
    return text


@st.composite
def programs(draw):
    return program(draw(st.lists(STATEMENTS, max_size=4)), draw)


@given(st.lists(STATEMENTS, max_size=4), st.data())
def test_what_is_written_is_read_back(statements, data):
    text = program(statements, data.draw)
    wanted = [
        s.changed(text=found.text) if isinstance(s, tree.Define) else s
        for s, found in zip(statements, parse(text), strict=True)
    ]
    assert bare(tuple(wanted)) == bare(parse(text))
    assert "END" in expected(text)


PIECES = st.sampled_from(
    [*"()[]{}.,;=+-*/@^~&|?:\n", "a", "b2", " ", "f(", "k=", "1", ".5", "2.", '"s"', 't"x"', "# c",
     "def f(x) =", ":run", "**", "$", '"', "\\", "é", "²", "\x00", "\ud800"]
)  # fmt: skip
SOUP = st.lists(PIECES, max_size=12).map("".join)


class Newlines:
    """Lets Lark's own lexer leave out newlines inside brackets."""

    always_accept = ("_NEWLINE",)

    def process(self, stream):
        depth = 0
        for token in stream:
            depth += (token.type in ("LPAR", "LSQB", "LBRACE")) - (
                token.type in ("RPAR", "RSQB", "RBRACE")
            )
            if token.type != "_NEWLINE" or depth == 0:
                yield token


LARK = lark.Lark(
    vsa_grammar.text(), **tables.OPTIONS | {"lexer": "contextual", "postlex": Newlines()}
)
TERMINALS = {*(terminal.name for terminal in LARK.terminals), "END", "UNCLOSED", "UNKNOWN"}


@settings(max_examples=300)
@given(SOUP | st.text(max_size=30))
def test_any_text_gets_an_answer_or_a_true_error(text):
    found = list(tokens(text))
    assert [start for *_, start in found] == sorted(start for *_, start in found)
    assert all(text[start:].startswith(word) and word for _, word, start in found)
    word, start = partial(text)
    assert text[start:] == word
    following = expected(text)
    error = mistake(text)
    if error is None:
        assert not is_open(text)
        assert "END" in following or (found and found[-1][0] == "comment")
    else:
        message = error.located()
        assert message.isprintable(), message
        assert not [name for name in TERMINALS if name in message and name not in text], message
        assert 0 <= error.span.start <= error.span.end <= len(text)
        assert len(error.pretty().split("\n")) == 3
        assert "END" not in following or not is_open(text)


def mistake(text):
    try:
        parse(text)
    except LanguageError as error:
        return error
    return None


@settings(max_examples=400)
@given(text=SOUP | programs())
def test_our_lexer_finds_what_larks_own_finds(text):
    assume(not re.search(r":\s*def", text))  # Lark takes a keyword for a name where none fits
    parse = LARK.parse_interactive("", start="program")
    mine = theirs = None
    with suppress(lark.exceptions.UnexpectedInput):
        for token in Lexer(**tables.of_lexer(LARK.terminals)).read(
            text, 0, len(text), parse.choices
        ):
            if token.type != "COMMENT":
                mine = parse.feed_token(lark.Token(token.type, token.text))
    with suppress(lark.exceptions.UnexpectedInput):
        theirs = LARK.parse(text, start="program")
    assert mine == theirs
