"""What Tab offers and what the colours tell apart."""

from __future__ import annotations

from typing import Any

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

import vsa
from vsa.hooks.hookspecs import hookimpl
from vsa.hooks.loader import load_plugins
from vsa.hooks.plugins import Plugins
from vsa.lang.session import Session
from vsa.terminal.complete import offers
from vsa.terminal.prompt import Colours, Words
from vsa.terminal.words import introduced, open_call, roles, words


class Extra:
    """A plugin with an open-ended call and a tag."""

    @hookimpl
    def vsa_functions(self) -> list[Any]:
        def gather(head: float, scale: float = 1.0, *, trim: bool = True, **slots: float) -> float:
            """Add up what is given."""
            return head

        return [gather]

    @hookimpl
    def vsa_literals(self) -> dict[str, Any]:
        def letters(text: str) -> float:
            """How many letters there are."""
            return float(len(text))

        return {"letters": letters}


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    found = load_plugins(extra=[("extra", Extra())])
    assert found.errors == []
    return found


@pytest.fixture
def session(plugins: Plugins) -> Session:
    made = Session(vsa.Space(dim=512), plugins=plugins)
    made.run("atom mark, fish, eat; size = 3; def twice(x) = x + x; s = frame(eat, agt=mark)")
    return made


# --- what Tab offers ------------------------------------------------------------------------
def offered(session: Session, text: str) -> set[str]:
    return {offer.text for offer in offers(session, text)}


@pytest.mark.parametrize(
    ("text", "some", "none"),
    [
        ("", {"mark", "twice", "push", "nil", "atom", "def", 'letters"'}, {"names", "agt", "eat/"}),
        ("ma", {"mark"}, {"fish", "push"}),
        ("size + ma", {"mark"}, {"fish"}),
        ("push(nil, ma", {"mark"}, {"item="}),
        ("push(", {"stack=", "item=", "mark", "true"}, {"atom", "def", "names"}),
        ("push(nil, ", {"item=", "mark"}, {"stack="}),
        ("push(item=mark, ", {"stack="}, {"item="}),
        ("push(stack=", {"mark", "push"}, {"item=", "stack="}),
        ("push(nil, mark + ", {"mark"}, {"item="}),
        ("push([", {"mark"}, {"stack=", "item="}),
        ("push(top(nil), ", {"item="}, {"stack="}),
        ("push(\n  nil,\n  it", {"item=", "item"}, {"mark"}),
        ("gather(", {"head=", "scale=", "trim="}, {"slots=", "agt="}),
        ("gather(1, agt=2, ", {"scale=", "trim="}, {"head=", "slots="}),
        ("twice(", {"mark", "x="}, {"y="}),
        ("(", {"mark"}, {"stack="}),
        ("let", {'letters"'}, {"mark"}),
        ("x = fi", {"fish"}, {"mark"}),
        ("1\nfi", {"fish"}, {"mark"}),
        ("1; fi", {"fish"}, {"mark"}),
        ("def f(x) = fi", {"fish"}, {"mark"}),
        ("s.", {"agt"}, {"mark", "push", "obj"}),
        ("s.a", {"agt"}, {"append"}),
        (":", {"names", "undo", "time", "quit"}, {"mark", "push", "atom"}),
        (":ti", {"time"}, {"names"}),
        (":time ", {"mark", "push"}, {"atom", "def", "names"}),
        (":time pu", {"push"}, {"mark"}),
        (":time push(nil, ", {"item=", "mark"}, {"stack="}),
        ("?", {"push", "mark", "twice"}, {"names"}),
        ("?pu", {"push"}, {"mark"}),
        ("help(pu", {"push"}, {"mark"}),
    ],
)
def test_offered(session: Session, text: str, some: set[str], none: set[str]) -> None:
    found = offered(session, text)
    assert some <= found
    assert not none & found


@pytest.mark.parametrize(
    "text",
    ["atom ", "atom ma", "def ", "def f(", "12", "mark ", "mark fi", '"ma', "# ma", "1 2 ma",
     ":undo ", ":undo ma", ":nonsense ma", "s.agt ", ")", '"a" "', "nosuch.zz", 'letters"ma'],
)  # fmt: skip
def test_nothing_is_offered(session: Session, text: str) -> None:
    assert offers(session, text) == []


def test_offers_say_what_they_are(session: Session) -> None:
    lines = {offer.text: offer.about for offer in offers(session, "")}
    push = session.plugins.functions["push"]
    assert lines["push"] == f"(stack, item)  {push.summary}"
    assert lines["mark"] == "atom"
    assert lines["s"] == "frame"
    assert lines["size"] == "3"
    assert lines["twice"] == "def twice(x) = x + x"
    (trim,) = offers(session, "gather(1, tr")[:1]
    assert trim.about == "true or false, trim=true"


def test_offers_replace_the_word_that_is_being_typed(session: Session) -> None:
    text = "push(nil, ma"
    (completion,) = Words(session).get_completions(Document(text), CompleteEvent())
    assert completion.text == "mark"
    assert completion.start_position == -2
    assert completion.display_meta_text == "atom"


def test_offers_know_names_however_they_are_composed(session: Session) -> None:
    session.run("atom été")
    assert offered(session, "e\u0301t") == {"été"}


def test_offers_are_limited_and_leave_structural_names_out(session: Session) -> None:
    many = [f"item_{i}" for i in range(2000)]
    session.memory.add(many, session.space.batch(many))
    found = offered(session, "item_")
    assert 100 <= len(found) <= 1000
    assert not any("/" in name for name in offered(session, ""))


# --- what is coloured -----------------------------------------------------------------------
def role_of(session: Session, text: str, word: str) -> str:
    return next(kind for kind, found, _ in roles(session, text) if found == word)


@pytest.mark.parametrize(
    ("text", "word", "role"),
    [
        ("push(nil, mark)", "push", "function"),
        ("push(nil, mark)", "nil", "known"),
        ("push(nil, mark)", "mark", "known"),
        ("push(nil, mrk)", "mrk", "unknown"),
        ("twice(1)", "twice", "function"),
        ("gather(1, trim=true)", "trim", "parameter"),
        ("s.mark", "mark", "slot"),
        ("x = 1", "x", "new"),
        ("x = 1; x + y", "y", "unknown"),
        ("atom new, newer", "newer", "new"),
        ("def f(p, q) = p * q", "q", "new"),
        ("def f(p, q) = p * r", "r", "unknown"),
        ("atom mark", "atom", "keyword"),
        (":time push(nil, mrk)", "time", "command"),
        (":time push(nil, mrk)", "push", "function"),
        (":time push(nil, mrk)", "mrk", "unknown"),
        (":tme 3", "tme", "unknown"),
        ('letters"abc"', "letters", "tag"),
        ('letters"abc"', '"abc"', "string"),
        ('lttrs"abc"', "lttrs", "unknown"),
        ('"not closed', '"not closed', "string"),
        ("1.5 # why", "1.5", "number"),
        ("1.5 # why", "# why", "comment"),
        ("1 $ 2", "$", "error"),
        ("?push", "push", "function"),
    ],
)
def test_words_are_told_apart(session: Session, text: str, word: str, role: str) -> None:
    assert role_of(session, text, word) == role


@pytest.mark.parametrize(
    "text",
    ["", "a\n\n b", "push(nil,\n  mark) # x\n:time  push(nil, 'x')\n", '"open\n"x" )](', "\tatom\u00a0x"],
)  # fmt: skip
def test_colours_lose_nothing_of_a_text(session: Session, text: str) -> None:
    line = Colours(session).lex_document(Document(text))
    drawn = ["".join(piece[1] for piece in line(i)) for i in range(text.count("\n") + 1)]
    assert "\n".join(drawn) == text
    assert line(1000) == []


def test_prompts_and_results_of_a_transcript_are_comments(session: Session) -> None:
    text = "> push(nil,\n. mark)\nmark  1.00  certain\n> 3\n"
    pieces = Colours(session).pieces(text)
    assert "".join(piece[1] for piece in pieces) == text
    kinds = {
        style.rpartition(".")[2]: [p[1] for p in pieces if p[0] == style] for style, *_ in pieces
    }
    assert kinds["function"] == ["push"]
    assert kinds["known"] == ["nil", "mark"]
    assert kinds["number"] == ["3"]
    assert "mark  1.00  certain" in "".join(kinds["comment"])
    assert "error" not in kinds


def test_colours_follow_what_is_defined(session: Session) -> None:
    colours = Colours(session)
    before = colours.invalidation_hash()
    assert ("class:vsa.unknown", "zz") in colours.pieces("zz")
    session.run("zz = 1")
    colours.changed()
    assert ("class:vsa.known", "zz") in colours.pieces("zz")
    assert colours.invalidation_hash() != before


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("push(nil, ", ("push", 1, frozenset())),
        ("push(top(x, y), stack=nil, ", ("push", 1, frozenset({"stack"}))),
        ("push([1, 2, ", None),
        ("(1, ", None),
        ("push(1)", None),
        ("f(1)(2, ", None),
        ("g(1, f(", ("f", 0, frozenset())),
    ],
)
def test_the_open_call(text: str, call: Any) -> None:
    assert open_call(words(text)) == call


def test_introduced_names() -> None:
    text = "a = f(b=c)\natom d, e; def f(x, y) = x * z\n[a, q\n = 1]; g; h = 2"
    assert introduced(words(text)) == {"a", "d", "e", "f", "h", "x", "y"}
