"""Where mistakes hide: other spaces, leftovers, sizes, names that meet."""

import contextlib
import time
import warnings

import numpy as np
import pytest
from vsa_plugins.frame import frame, slot
from vsa_plugins.sequence import append, decode
from vsa_plugins.stack import push
from vsa_plugins.token import token
from worlds import NAMES, PLUGINS, world

import vsa
from vsa import CapacityWarning, Memory, Space, VsaError
from vsa.errors import Quit
from vsa.hooks.hookspecs import hookimpl
from vsa.hooks.loader import load_plugins
from vsa.lang.session import Session
from vsa.lang.show import show


@pytest.fixture
def session():
    session = Session(Space(dim=512), plugins=PLUGINS)
    session.run("atom a, b, c, d, x, y")
    return session


def test_structures_refuse_vectors_of_other_spaces():
    here, there = Space(dim=64), Space(dim=64, seed=5)
    a, b = here.atom("a"), there.atom("b")
    for make in (
        lambda: push(here.zero(), b), lambda: frame(a, agt=b), lambda: append(a, b, length=1),
        lambda: vsa.bundle_bound([a], [b]), lambda: vsa.by_rows(lambda p, q: p + q, a, b),
    ):  # fmt: skip
        with pytest.raises(VsaError, match="different spaces do not mix"):
            make()
    with pytest.raises(VsaError, match="agt must be a Vector, not 3"):
        frame(a, agt=3)


def test_leftovers_are_not_items(session):
    assert session.run("e = assign(nil, x, a); value(unassign(e, x), x)")[-1].is_nothing
    assert list(session.run("decode([a, b], 4)")[0].name) == ["a", "b", None, None]
    for length in (0, -1):
        with pytest.raises(VsaError, match="length must be at least 1"):
            session.run(f"decode([a, b], {length})")


def test_a_counted_identity_is_not_a_given_one(session):
    assert abs(session.run('similarity(token(a, id="1"), token(a)) - 0.5')[0]) < 0.2


@pytest.mark.parametrize("fillers", [50, 100, 400])
def test_overfull_frames_warn_however_full(fillers):
    space, memory = world(items=450)
    full = frame(memory["n0"], **{f"s{i}": memory[NAMES[i + 1]] for i in range(fillers)})
    with pytest.warns(CapacityWarning, match="past its capacity"):
        slot(full, "s3", memory["n0"], memory=memory)
    del space


def test_large_powers_stay_unitary():
    a = Space(dim=256).atom("a")
    assert (a**1_000_000).norm() == pytest.approx(1, abs=1e-5)
    with pytest.raises(VsaError, match="a power must be a number up to 1e"):
        a**1e8


def test_def_binds_names_that_are_quoted_too(session):
    table = session.run("k = a; def f(v) = similarities(v, k); k = b; f(b)")[-1]
    assert table.rows[0][2] < 0.5
    assert session.run("def g(v) = why(frame(a, agt=v).agt); g(b)")[-1].title.startswith("b:")


@pytest.mark.parametrize(
    "text",
    ["top(push(nil, 1000 * a))", "top(1e5 * a)", "depth(1e4 * a)", "position(1e6 * a, b)",
     "decode([a], 20)", "cleanup(1e15 * a)"],
)  # fmt: skip
def test_sizes_without_sense_end_soon(session, text):
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(VsaError):
            session.run(text)
    assert time.process_time() - start < 20  # far beyond what any of them needs


def test_two_sessions_share_a_memory():
    memory = Memory(Space(dim=256))
    one, two = (Session(memory=memory, plugins=PLUGINS) for _ in range(2))
    one.run("atom a, b; frame(a, x=b)")
    two.run("atom c; frame(c, x=c)")
    assert {"frame/1", "frame/2"} <= set(memory)


def test_structural_kinds_are_not_for_users(session):
    for kind in ("slot", "chunk/1", "type"):
        with pytest.raises(VsaError, match="cannot be a kind of your own"):
            session.run(f'remember(a * b, "{kind}")')


def test_names_from_python_follow_the_rules(session):
    session.declare("u\u0308")
    assert session.run("\u00fc")[0].label == "\u00fc"
    for name in ("a b", "x/y", ""):
        with pytest.raises(VsaError, match="is not a name"):
            session.declare(name)


def test_a_forgotten_atom_can_be_declared_again(session):
    session.run("forget(a); atom a")
    assert session.run("cleanup(a)")[0].name == "a"


def test_numpy_numbers_are_numbers_and_commands_may_use_the_session():
    class Plugin:
        @hookimpl
        def vsa_functions(self):
            def mean_of(a: float, b: float) -> float:
                """The mean.

                > mean_of(1, 2)
                1.5
                """
                return np.mean([a, b])

            return [mean_of]

        @hookimpl
        def vsa_commands(self):
            def next_number(*, session: Session) -> str:
                """:next_number counts."""
                return str(session.count("mine"))

            return [next_number]

    session = Session(Space(dim=64), plugins=load_plugins(extra=[("mine", Plugin())]))
    assert session.run("mean_of(1, 2) + 1") == [2.5]
    session.set("two", np.float64(2))
    assert session.run("two * two") == [4]
    assert session.run(":next_number\n:next_number\n:undo\n:next_number")[-1] == "2"


def test_help_knows_commands(session):
    assert ":undo" in session.run("?undo")[0]
    with pytest.raises(Quit):
        session.run("quit")


def test_tokens_of_unknown_features_still_work():
    space = Space(dim=512)
    memory = Memory(space)
    vector = token(space.random(), space.random(), id="t", memory=memory)
    assert vector.norm() == pytest.approx(1, abs=1e-5)


def test_decode_reads_what_torch_learns():
    torch = pytest.importorskip("torch")
    space = Space(dim=256, backend="torch")
    memory = Memory(space)
    memory.add(["a", "b"], space.batch(["a", "b"]))
    learnt = space.vector(torch.randn(256, requires_grad=True) / 16)
    whole = frame(learnt, agt=memory["a"])
    assert slot(whole, "agt", learnt, memory=memory).name == "a"
    assert decode(
        append(memory["b"].protect(space.key("sequence/p")), memory["a"], 1), memory=memory
    ).name.tolist() == ["b", "a"]  # one line reads better


# --- what is given in place of a vector, a name, a shape ------------------------------------------
WRONG = {
    "a must be a Vector, not 3": lambda s: vsa.norm(3),
    "each of the vectors must be a Vector, not list": lambda s: vsa.bundle(
        [s.atom("a"), s.atom("b")]
    ),
    "b must be a Vector, not 'x'": lambda s: vsa.similarity(s.atom("a"), "x"),
    "batches of shapes (2,) and (3,) do not go together": (
        lambda s: s.batch(["a", "b"]) + s.batch(["a", "b", "c"])
    ),
    "batches of shapes (3,) and (2,) do not go together": lambda s: s.random(3) * s.random(2),
    "batch takes a list of names; the atom of one is atom('mark')": lambda s: s.batch("mark"),
    "a name must be a text, not list": lambda s: s.atoms(["a", "b"]),
    "shape must be a whole number of at least 0, not -1": lambda s: s.random(-1),
    "a token's features are vectors other than nil": lambda s: token(s.zero(), id="x"),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_no_operand_is_named(message):
    with pytest.raises(VsaError) as caught:
        WRONG[message](vsa.Space(dim=64))
    assert str(caught.value) == message


def test_an_answer_stands_for_its_winner_in_every_function():
    space = vsa.Space(dim=256)
    memory = vsa.Memory(space)
    memory.add(["a", "b"], space.batch(["a", "b"]))
    answer = memory.cleanup(space.atom("a"))
    assert vsa.similarity(answer, space.atom("a")) == pytest.approx(1)
    assert vsa.norm(vsa.normalize(answer)) == pytest.approx(1)
    assert vsa.similarity(vsa.bind(answer, answer) / answer, answer) == pytest.approx(1)


def test_zero_takes_a_number_too():
    assert vsa.Space(dim=64).zero(3).shape == (3,)


def test_a_missing_device_is_an_error_of_one_line():
    pytest.importorskip("torch")
    with pytest.raises(VsaError, match=r"^torch has no device 'fpga' here: [^\n]+$"):
        vsa.Space(dim=64, backend="torch:fpga")


# --- sets keep their members when names change ----------------------------------------------------
def test_a_set_holds_its_items_not_their_names():
    session = vsa.Session(vsa.Space(dim=256))
    session.run("atom a, b, c; x = frame(a, agt=b); s = {x, b, b}; x = c")
    assert str(session.run("s")[0]) == "{x/old/1, b ×2}"
    session.run("forget(b)")
    assert str(session.run("s")[0]) == "{x/old/1, b ×2}"
    assert session.run("cleanup(frame(a, agt=b), among=s)")[0].name == "x/old/1"
    assert session.run("cleanup(b, among=s)")[0].name is None  # it is forgotten


# --- a plugin that cannot show its own value ------------------------------------------------------
class Shy:
    """A value that will not be printed."""


def test_a_renderer_that_raises_is_named():
    def shy() -> Shy:
        """A value that will not be printed."""
        return Shy()

    def refuse(value):
        raise ValueError("no")

    class plugin:  # noqa: N801 - it stands for a module
        @staticmethod
        @vsa.hookimpl
        def vsa_functions():
            return [shy]

        @staticmethod
        @vsa.hookimpl
        def vsa_types():
            return [Shy]

        @staticmethod
        @vsa.hookimpl
        def vsa_renderers():
            return {Shy: refuse, "Shy": refuse}

    plugins = vsa.load_plugins(extra=[("shy", plugin)])
    assert any("'Shy'" in e and "a class and a function are wanted" in e for e in plugins.errors)
    session = vsa.Session(vsa.Space(dim=64), plugins=plugins)
    (value,) = session.run("shy()")
    said = r"^plugin 'shy' cannot show a Shy: ValueError: no \(test_edges\.py:\d+\)$"
    with pytest.raises(VsaError, match=said):
        show(session, value)


@pytest.mark.parametrize(("word", "help_"), [("atom", "declares new symbols"), ("nil", "zero")])
def test_the_languages_words_have_help(word, help_):
    session = vsa.Session(vsa.Space(dim=64))
    assert help_ in session.run(f"?{word}")[0]
