"""What help and the words that people type elsewhere lead to."""

import pytest

import vsa
from vsa.errors import Quit
from vsa.hooks.loader import load_plugins
from vsa.terminal.listing import tell
from vsa.terminal.report import TextReporter

PLUGINS = load_plugins()


@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(dim=64), plugins=PLUGINS)
    session.run("atom mark; def twice(x) = x + x")
    return session


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("?push", "push(stack, item)\n"),
        ("? push", "push(stack, item)\n"),
        ('help("push")', "push(stack, item)\n"),
        ("?:plot", ":plot expression\n"),
        ('help(":plot")', ":plot expression\n"),
        ("help(plot)", ":plot expression\n"),
        ("?+", "a vector + a vector                  → a vector\na set + a set"),
        ('help("*")', "a vector * a vector  → a vector\na vector * a number"),
        ("?~", "~a vector    → a vector\n~a relation  → a relation"),
        ("?@", "a relation @ a relation  → a relation"),
        ("?.", 's.agt, slot(s, "agt")'),
        ("?^", "a vector ^ a number"),
        ("?def", "def second(x)"),
        ('help("nil")', "nil    the zero vector"),
        ("?mark", "mark: atom"),
        ('help("twice")', "twice(x)\n    def twice(x) = x + x"),
        ("help", "declare symbols: atom a, b   "),
        ("help()", "declare symbols: atom a, b   "),
        ("?", "declare symbols: atom a, b   "),
    ],
)
def test_help_leads_there(session, text, beginning):
    (said,) = session.run(text)
    assert said.startswith(beginning)


def test_help_of_a_sign_leads_on_to_its_function(session):
    for sign, function in {"+": "bundle", "*": "bind", "/": "unbind", "~": "involution"}.items():
        assert f"?{function} tells more: " in session.run(f"?{sign}")[0]


def test_a_name_of_several_things_is_told_of_each(session):
    (said,) = session.run("?tree")
    assert said.startswith(":tree person\n")
    assert '\n\ntree"…"\n' in said or "tree" not in PLUGINS.literals


@pytest.mark.parametrize("text", ["quit", "quit()", "exit", "exit()", ":quit"])
def test_what_leaves_elsewhere_leaves_here(session, text):
    with pytest.raises(Quit):
        session.run(text)


def test_a_symbol_may_be_called_so(session):
    session.run("atom quit; def exit() = 3")
    assert isinstance(session.run("quit")[0], vsa.Vector)
    assert session.run("exit()") == [3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("names", "'names' is a command; type :names, as a statement of its own. "
         "Or declare a new symbol with: atom names"),
        ("undo()", "'undo' is a command; type :undo, as a statement of its own"),
        ("1 + quit", "'quit' is a command; type :quit, as a statement of its own. "
         "Or declare a new symbol with: atom quit"),
        (":push", "unknown command ':push'; push is a function, and has no colon"),
        (":help psuh", "help knows nothing called 'psuh'; did you mean 'push'?"),
        (":exit", "unknown command ':exit'; to leave, type :quit"),
        ("?psuh", "help knows nothing called 'psuh'; did you mean 'push'?"),
        ('help("psuh")', "help knows nothing called 'psuh'; did you mean 'push'?"),
        ("?:plt", "help knows nothing called ':plt'; did you mean ':plot'?"),
        ("?person", "help knows nothing called 'person'; load_family(…) makes it known."),
        ("?:", "a command is missing after '?:'; as in ?:plot"),
        ("?+ 3", "'?' explains one name, and '3' is not that; as in ?push"),
    ],
)  # fmt: skip
def test_what_is_not_there(session, text, message):
    with pytest.raises(vsa.VsaError) as caught:
        session.run(text)
    assert str(caught.value) == message


def test_an_example_shows_that_more_follows(session):
    lines = session.run("?top")[0].splitlines()
    example = next(i for i, line in enumerate(lines) if line.startswith("    > "))
    assert lines[example + 1] == "    mark  …"


def test_the_command_line_tells_the_same(session, capsys):
    assert tell(PLUGINS, "push", TextReporter(False, False)) == 0
    assert capsys.readouterr().out.rstrip("\n") == session.run("?push")[0]
