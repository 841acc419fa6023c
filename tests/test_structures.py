"""Structures under other algebras and on other backends."""

import pytest
from vsa_plugins.algebras.map import MAPB
from worlds import PLUGINS, names

from vsa import Space, VsaError
from vsa.lang.session import Session

WORLDS = [(MAPB, "numpy"), (MAPB, "torch"), ("hrr", "torch")]


@pytest.fixture(
    scope="module", params=WORLDS, ids=lambda w: f"{getattr(w[0], 'name', w[0])}-{w[1]}"
)
def other(request):
    """A session in another algebra, or on another library: structures may not know the difference."""
    algebra, backend = request.param
    if backend == "torch":
        pytest.importorskip("torch")
    session = Session(Space(dim=2048, algebra=algebra, backend=backend), plugins=PLUGINS)
    session.run("atom mark, fish, john, eat, cause, hunger, being, person, x, y")
    session.run("s1 = frame(eat, agt=mark, obj=fish); s2 = frame(cause, agt=hunger, obj=s1)")
    session.run(
        "s = push(push(push(nil, mark), fish), john); e = assign(assign(nil, x, mark), y, fish)"
    )
    session.run("ann = token(being, person); tom = token(being, person)")
    return session


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("top(s)", "john"), ("top(pop(s))", "fish"), ("top(pop(pop(s)))", "mark"),
        ("top(pop(pop(s, projection=true), projection=true))", "mark"),
        ("s2.obj.agt", "mark"), ("s2.agt", "hunger"), ("s2.obj", "s1"), ("head(s1)", "eat"),
        ("replace(s1, agt=john).agt", "john"), ("replace(s1, agt=john).obj", "fish"),
        ("item([mark, fish, john], 2)", "fish"), ("value(e, x)", "mark"), ("value(e, y)", "fish"),
        ("value(assign(e, x, john), x)", "john"), ("variable_of(e, fish)", "y"),
        ("like(ann)", "tom"), ("type_of(ann)", "type/being+person"),
        ("cleanup((mark * x + fish * y) / y)", "fish"),
    ],
)  # fmt: skip
def test_structures_under_another_algebra_or_backend(other, text, name):
    assert other.run(text)[0].name == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("decode([mark, fish, john, mark])", ["mark", "fish", "john", "mark"]),
        ("decode(append([mark, fish], john))", ["mark", "fish", "john"]),
        ("unchunk(chunks(mark, fish, john, mark, mark, fish, size=2))",
         ["mark", "fish", "john", "mark", "mark", "fish"]),
        ("slots(s2)", ["hunger", "s1"]),
    ],
)  # fmt: skip
def test_what_is_read_as_a_whole_under_another_algebra(other, text, found):
    assert names(other.run(text)[0]) == found


def test_counts_under_another_algebra(other):
    assert other.run("depth(s); depth(nil); position([mark, fish], fish)") == [3, 0, 2]
    assert other.run("empty(pop(pop(pop(s)))); empty(s)") == [True, False]
    assert set(names(other.run("members(mark + fish + john)")[0])) == {"mark", "fish", "john"}


def test_what_an_algebra_cannot_keep_is_said():
    session = Session(Space(dim=256, algebra=MAPB), plugins=PLUGINS)
    with pytest.raises(VsaError, match="keeps no such chain"):
        session.run("atom a, b; chain(a, b)")
    with pytest.raises(
        VsaError, match="a base needs fractional powers, which the algebra 'map-b' has not"
    ):
        session.run('base("x")')
