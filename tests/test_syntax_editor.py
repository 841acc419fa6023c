"""The language's front end by example: what an editor asks."""

import pytest

from vsa.lang.syntax import expected, is_open, partial, tokens


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
