"""`:help`, which tells what `help()` and `?name` do, and `:type`, which evaluates nothing."""

import pytest

import vsa
from vsa.annotations import Expression
from vsa.hooks.loader import load_plugins
from vsa.terminal.complete import offers

PLUGINS = load_plugins()


@pytest.fixture
def session():
    made = vsa.Session(vsa.Space(dim=128), plugins=PLUGINS)
    made.run("atom mark, fish, eat; size = 3; def twice(x) = x + x; s = frame(eat, agt=mark)")
    return made


@pytest.mark.parametrize(
    ("command", "same"),
    [
        (":help", "help()"),
        (":help push", "?push"),
        (":help ?push", "?push"),
        (":help +", "?+"),
        (":help :plot", "?:plot"),
        (':help "push"', "?push"),
        (":help twice", "?twice"),
        (":help size", "?size"),
    ],
)
def test_help_is_a_command_too(session, command, same):
    assert session.run(command) == session.run(same)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("1 + size", "a number"),
        ("mark", "a vector"),
        ("mark * fish", "a vector"),
        ("top(push(nil, mark))", "an answer"),
        ("s.agt", "an answer"),
        ('"a"', "a text"),
        ("{mark} + {fish}", "a set"),
        ("twice(size)", "a number"),
        ("twice(mark)", "a vector"),
        ("twice", "twice(x) → what it makes of its arguments: :type twice(…) says it"),
        ("top", "top(stack) → an answer"),
        ("cleanup", "cleanup(v, k=1, among=…, exclude=…, prior_nothing=0.5, load=…, coverage=…, "
         "exact=false) → an answer"),
    ],
)  # fmt: skip
def test_the_type_of_an_expression(session, expression, said):
    assert session.run(f":type {expression}") == [said]


def test_nothing_is_evaluated(session):
    items, history = len(session.memory), list(session.history)
    for expression in ("frame(fish, obj=mark)", "position([mark], fish)", "remember(mark + fish)"):
        session.run(f":type {expression}")
    assert (len(session.memory), session.history) == (items, history)
    session.run("atom position")  # whose name is free, since the function was not called


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (":type", "':type needs 'expression': :type expression"),
        (":type top(3)", "top wants a vector as 'stack', not a number"),
        (":type nosuch", "unknown name 'nosuch'; declare a new symbol with: atom nosuch"),
        (":type twice({mark}, 1)", "twice takes 1 argument: twice(x)"),
        (":type x = 3", "only a name can stand left of '='"),
        (":help nosuch", "help knows nothing called 'nosuch'; help() lists what there is"),
    ],
)
def test_what_has_no_type_says_why(session, text, message):
    with pytest.raises(vsa.VsaError) as caught:
        session.run(text)
    assert str(caught.value) == message.lstrip("'")


def test_tab_completes_behind_them(session):
    for text in (":type pu", ":help pu"):
        assert [offer.text for offer in offers(session, text)] == ["push", "put"]


def test_an_expression_of_which_nothing_is_known():
    class Any(Expression):
        def evaluate(self):
            return 1

    assert Any().types == (object,)
