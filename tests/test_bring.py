"""Names that a plugin's function makes known: all of them or none, and again where they are equal."""

import pytest

import vsa
import vsa.plugin
from vsa.plugin import bring


def twice(v: vsa.Vector) -> vsa.Vector:
    """A vector and itself."""
    return v + v


def nearest(v: vsa.Vector, *, memory: vsa.Memory, session: vsa.Session) -> vsa.Answer:
    """What a vector is, in the session's memory."""
    assert session.memory is memory
    return memory.cleanup(v)


def double(*, session: vsa.Session) -> None:
    """Make `twice`, `nearest` and `amount` known."""
    bring(session, session.plugins.brings("double"), refusal)


class Doubles:
    @vsa.hookimpl
    def vsa_functions(self):
        return [double]

    @vsa.hookimpl
    def vsa_brings(self):
        return {"double": lambda: {"twice": twice, "nearest": nearest, "amount": 3}}


PLUGINS = vsa.load_plugins(extra=[("doubles", Doubles())])
FUNCTIONS = {n: f for n, f in PLUGINS.brings("double").items() if n != "amount"}


@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(dim=256), plugins=PLUGINS)
    session.run("atom mark, fish")
    return session


def refusal(taken):
    return f"taken: {', '.join(taken)}"


def test_what_is_brought_can_be_used(session):
    bring(session, {**FUNCTIONS, "amount": 3}, refusal)
    assert session.run("nearest(twice(mark)); amount + 1")[0].name == "mark"
    assert session.run("amount")[0] == 3


@pytest.mark.parametrize(
    ("before", "taken"),
    [
        ("atom twice", "twice"),
        ("twice = 3", "twice"),
        ("def twice(x) = x", "twice"),
        ("twice = true; atom amount", "twice, amount"),
        ('amount = "3"', "amount"),
        ("amount = 4", "amount"),
    ],
)
def test_a_name_in_use_refuses_them_all(session, before, taken):
    session.run(before)
    values, definitions = dict(session.values), dict(session.definitions)
    with pytest.raises(vsa.VsaError) as caught:
        bring(session, {**FUNCTIONS, "amount": 3}, refusal)
    assert str(caught.value) == f"taken: {taken}"
    assert (session.values, session.definitions) == (values, definitions)


def test_an_item_of_memory_and_another_plugins_function_keep_their_names(session):
    session.memory.add("nearest", session.space.random())
    with pytest.raises(vsa.VsaError, match=r"^taken: nearest, push$"):
        bring(session, {**FUNCTIONS, "push": FUNCTIONS["twice"]}, refusal)


def test_a_word_of_the_language_leaves_none_of_them(session):
    values = dict(session.values)
    with pytest.raises(vsa.VsaError, match="'def' is a word of the language"):
        bring(session, {**FUNCTIONS, "def": 3}, refusal)
    assert session.values == values


def test_only_the_current_value_gives_way_to_another_of_its_class(session):
    bring(session, {**FUNCTIONS, "amount": 3}, refusal, "amount")
    bring(session, {**FUNCTIONS, "amount": 4}, refusal, "amount")
    assert session.values["amount"] == 4
    with pytest.raises(vsa.VsaError, match=r"^taken: amount$"):
        bring(session, {"amount": "four"}, refusal, "amount")
    with pytest.raises(vsa.VsaError, match=r"^taken: amount$"):
        bring(session, {"amount": 5}, refusal)
    assert session.values["amount"] == 4


def test_they_are_taken_back_together(session):
    bring(session, {**FUNCTIONS, "amount": 3}, refusal)
    session.run(":undo")
    assert {"twice", "nearest", "amount"}.isdisjoint(session.values)
    assert "mark" in session.values


def test_who_makes_a_name_known_is_hinted_at_and_files_refer_to_it(session, tmp_path):
    with pytest.raises(vsa.VsaError, match=r"unknown function 'twice'; double\(…\) makes it known"):
        session.run("twice(mark)")
    session.run("double()")
    assert session.run("norm(twice(mark))") == [pytest.approx(2)]
    session.save(tmp_path / "s.vsa")
    session.close()
    with vsa.plugin.open_session(tmp_path / "s.vsa", plugins=PLUGINS) as again:
        assert again.values["twice"] is FUNCTIONS["twice"]


class Pair:
    vsa_name = "pair"


def pair(*, session: vsa.Session) -> Pair:
    """Make `twice`, `of` and `current` known."""
    made = Pair()
    names = {**session.plugins.brings("pair"), "current": made}
    bring(session, names, refusal, "current")
    return made


def of(v: vsa.Vector, pair_: Pair | None = None, as_: float = 1) -> float:
    """How long a vector is, 0 without a pair."""
    return as_ * v.norm() if pair_ else 0


class Pairs:
    @vsa.hookimpl
    def vsa_functions(self):
        return [pair]

    @vsa.hookimpl
    def vsa_types(self):
        return [Pair]

    @vsa.hookimpl
    def vsa_brings(self):
        return {"pair": lambda: {"twice": twice, "of": of, "current": None}}


def test_names_that_stand_behind_a_dot_leave_the_users_own_alone():
    session = vsa.Session(vsa.Space(dim=64), plugins=vsa.load_plugins(extra=[("pairs", Pairs())]))
    *_, outcome = session.execute("atom mark; twice = 3; pair()")
    assert outcome.notes == ("twice keeps its meaning here; what came is reached as current.twice",)
    assert session.run("twice; norm(current.twice(mark))") == [3, pytest.approx(2)]
    *_, outcome = session.execute("pair()")
    assert outcome.notes == ()  # it has been said
    with pytest.raises(vsa.VsaError, match=r"^taken: twice, current$"):
        session.run("current = 3; pair()")


def test_a_value_goes_to_the_parameter_of_its_class():
    session = vsa.Session(vsa.Space(dim=64), plugins=vsa.load_plugins(extra=[("pairs", Pairs())]))
    session.run("atom mark; p = pair()")
    assert session.run("of(mark); p.of(mark); p.of(mark, as=2)") == [0, 1, 2]
    with pytest.raises(vsa.VsaError, match="'pair' is given twice"):
        session.run("p.of(mark, p)")


def test_a_name_with_an_underscore_is_a_keyword_without_it():
    function = vsa.load_plugins(extra=[("pairs", Pairs())]).brings("pair")["of"]
    assert function.signature == "of(v, pair=…, as=1)"
