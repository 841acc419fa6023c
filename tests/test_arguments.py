"""Every public function and method, given what it cannot take: one line that names the argument.

The error is a VsaError, and what Python raises for such a thing too: a TypeError for a wrong type,
a ValueError or an IndexError for a wrong value. What was there before is there afterwards.
"""

import inspect

import numpy as np
import pytest
from refusals import World, refuses
from vsa_plugins import sequence, stack
from vsa_plugins.frame import role

import vsa
from vsa import Memory, Session, Set, Space, Table, VsaError, capacity
from vsa.arguments import checked_number, checked_shape, checked_truth, checked_whole
from vsa.soft import Cache, energy, hopfield, recall

T, V, I = TypeError, ValueError, IndexError  # noqa: E741 - a column of a table
# (function or method, how it is called, the argument that the message names, what the error is too)
CASES = [
    # spaces
    ("Space", lambda w: Space("x"), "dim", T),
    ("Space", lambda w: Space(2.5), "dim", V),
    ("Space", lambda w: Space(True), "dim", T),
    ("Space", lambda w: Space(1), "dim", V),
    ("Space", lambda w: Space(1 << 27), "dim", V),
    ("Space", lambda w: Space(w.m), "dim", T),
    ("Space", lambda w: Space(algebra=3), "algebra", T),
    ("Space", lambda w: Space(algebra=int), "algebra", T),
    ("Space", lambda w: Space(algebra="hrx"), "algebra", V),
    ("Space", lambda w: Space(backend=3), "backend", T),
    ("Space", lambda w: Space(backend="jax"), "backend", V),
    ("Space", lambda w: Space(dtype=3), "dtype", V),
    ("Space", lambda w: Space(dtype=None), "dtype", T),
    ("Space", lambda w: Space(dtype=np.int8), "dtype", V),
    ("Space", lambda w: Space(seed="x"), "seed", T),
    ("Space", lambda w: Space(seed=0.5), "seed", V),
    ("Space", lambda w: Space(atoms=3), "atoms", T),
    ("Space", lambda w: Space(atoms="x"), "atoms", V),
    ("Space.like", lambda w: w.space.like(dim="x"), "dim", T),
    ("Space.atom", lambda w: w.space.atom(3), "name", T),
    ("Space.atoms", lambda w: w.space.atoms("a", ["b"]), "name", T),
    ("Space.batch", lambda w: w.space.batch("ab"), "names", T),
    ("Space.batch", lambda w: w.space.batch(3), "names", T),
    ("Space.batch", lambda w: w.space.batch([3]), "name", T),
    ("Space.key", lambda w: w.space.key(3), "name", T),
    ("Space.key", lambda w: w.space.key(["k"]), "name", T),
    ("Space.powers", lambda w: w.space.powers(3, 2), "name", T),
    ("Space.powers", lambda w: w.space.powers("k", "x"), "count", T),
    ("Space.powers", lambda w: w.space.powers("k", -1), "count", V),
    ("Space.keys", lambda w: w.space.keys(2.5), "n", V),
    ("Space.keys", lambda w: w.space.keys("x"), "n", T),
    ("Space.keys", lambda w: w.space.keys(-1), "n", V),
    ("Space.keys", lambda w: w.space.keys(2, orthogonal=3), "orthogonal", T),
    ("Space.keys", lambda w: w.space.keys(65, orthogonal=True), "orthogonal", V),
    ("Space.base", lambda w: w.space.base(3), "name", T),
    ("Space.random", lambda w: w.space.random("x"), "shape", T),
    ("Space.random", lambda w: w.space.random(2.5), "shape", V),
    ("Space.random", lambda w: w.space.random((2, "x")), "shape", T),
    ("Space.random", lambda w: w.space.random(-1), "shape", V),
    ("Space.random", lambda w: w.space.random(w.a), "shape", T),
    ("Space.zero", lambda w: w.space.zero(None), "shape", T),
    ("Space.vector", lambda w: w.space.vector(["x"] * 64), "components", T),
    ("Space.vector", lambda w: w.space.vector(np.array([None] * 64)), "components", T),
    ("Space.vector", lambda w: w.space.vector("x"), "components", T),
    ("Space.vector", lambda w: w.space.vector([[1.0], [1.0, 2.0]]), "components", T),
    ("Space.vector", lambda w: w.space.vector(np.ones(64) * 1j), "components", T),
    ("Space.vector", lambda w: w.space.vector(np.ones(63)), "dim", V),
    ("Space.vector", lambda w: w.space.vector(np.full(64, np.nan)), "NaN", V),
    ("Space.vector", lambda w: w.space.vector(Space(64, seed=1).atom("a")), "vector", V),
    ("Space.stack", lambda w: w.space.stack(3), "vectors", T),
    ("Space.stack", lambda w: w.space.stack([w.a, 3]), "vectors", T),
    ("Space.stack", lambda w: w.space.stack([w.a, w.p]), "vectors", V),
    ("Space.own", lambda w: w.space.own(Space(64, seed=1).atom("a")), "vector", V),
    # vectors
    ("Vector.left_unbind", lambda w: w.a.left_unbind(3), "key", T),
    ("Vector.permute", lambda w: w.a.permute("x"), "times", T),
    ("Vector.permute", lambda w: w.a.permute(1.5), "times", V),
    ("Vector.shift", lambda w: w.a.shift("x"), "steps", T),
    ("Vector.shift", lambda w: w.a.shift(np.inf), "steps", V),
    ("Vector.protect", lambda w: w.a.protect(3), "key", T),
    ("Vector.protect", lambda w: w.a.protect(w.b, "x"), "steps", T),
    ("Vector.protect", lambda w: w.a.protect(w.b, 1.5), "steps", V),
    ("Vector.scale", lambda w: w.a.scale("x"), "factor", T),
    ("Vector.scale", lambda w: w.a.scale(w.b), "factor", T),
    ("Vector.scale", lambda w: w.a.scale(1j), "factor", T),
    ("Vector.scale", lambda w: w.p.scale([1.0, 2.0]), "factor", V),
    ("Vector.scale", lambda w: w.a.scale(np.inf), "scaled by", V),
    ("Vector.bundle", lambda w: w.p.bundle("x"), "axis", T),
    ("Vector.bundle", lambda w: w.p.bundle(1), "axis", I),
    ("Vector.dot", lambda w: w.a.dot(3), "other", T),
    ("Vector.dots", lambda w: w.a.dots("x"), "other", T),
    ("Vector.similarity", lambda w: w.a.similarity(3), "other", T),
    ("Vector.similarities", lambda w: w.a.similarities(None), "other", T),
    ("Vector.similarity", lambda w: w.p.similarity(w.space.random(2)), "batches", V),
    ("Vector.reshape", lambda w: w.p.reshape("x"), "shape", T),
    ("Vector.reshape", lambda w: w.p.reshape(2), "shape", V),
    ("Vector.__getitem__", lambda w: w.a[0], "indexed", T),
    ("Vector.__getitem__", lambda w: w.p[3], "index", I),
    ("Vector.__getitem__", lambda w: w.p["x"], "index", I),
    ("Vector.__eq__", lambda w: w.a == w.b, "similarity", T),
    ("Vector.__mul__", lambda w: w.p * np.ones(3), "scale", T),
    ("Vector.__truediv__", lambda w: w.a / 0, "divided by zero", V),
    # functions of vectors
    ("bind", lambda w: vsa.bind(3, w.a), "a", T),
    ("bind", lambda w: vsa.bind(w.a, 3), "b", T),
    ("bind", lambda w: vsa.bind(w.a, w.b, out=3), "out", T),
    ("bind", lambda w: vsa.bind(w.p, w.b, out=w.space.zero()), "out", V),
    ("unbind", lambda w: vsa.unbind(w.a, 3), "b", T),
    ("unbind", lambda w: vsa.unbind("x", w.a), "a", T),
    ("left_unbind", lambda w: vsa.left_unbind(w.a, 3), "b", T),
    ("left_unbind", lambda w: vsa.left_unbind("x", w.a), "a", T),
    ("bundle", lambda w: vsa.bundle(w.a, 3), "vectors", T),
    ("bundle", lambda w: vsa.bundle(), "vectors", V),
    ("bundle_bound", lambda w: vsa.bundle_bound(3, [w.a]), "keys", T),
    ("bundle_bound", lambda w: vsa.bundle_bound([w.a], 3), "values", T),
    ("bundle_bound", lambda w: vsa.bundle_bound([w.a], [3]), "values", T),
    ("bundle_bound", lambda w: vsa.bundle_bound([w.a], [w.b], "x"), "start", T),
    ("bundle_bound", lambda w: vsa.bundle_bound([w.a], [w.b], None, "x"), "normalize", T),
    ("bundle_bound", lambda w: vsa.bundle_bound([w.a], []), "values", V),
    ("by_rows", lambda w: vsa.by_rows(3, w.a), "function", T),
    ("by_rows", lambda w: vsa.by_rows(vsa.bind, w.a, 3), "operands", T),
    ("by_rows", lambda w: vsa.by_rows(vsa.bind), "operands", V),
    ("dot", lambda w: vsa.dot(w.a, 3), "b", T),
    ("inverse", lambda w: vsa.inverse(3), "a", T),
    ("involution", lambda w: vsa.involution(3), "a", T),
    ("norm", lambda w: vsa.norm("x"), "a", T),
    ("normalize", lambda w: vsa.normalize(3), "a", T),
    ("unitary", lambda w: vsa.unitary(3), "a", T),
    ("permute", lambda w: vsa.permute(3), "a", T),
    ("permute", lambda w: vsa.permute(w.a, "x"), "times", T),
    ("power", lambda w: vsa.power(3, 2), "a", T),
    ("power", lambda w: vsa.power(w.a, "x"), "exponent", T),
    ("power", lambda w: vsa.power(w.a, w.b), "exponent", T),
    ("power", lambda w: vsa.power(w.a, 1j), "exponent", T),
    ("shift", lambda w: vsa.shift(w.a, None), "steps", T),
    ("similarity", lambda w: vsa.similarity(w.a, "x"), "b", T),
    # memories
    ("Memory", lambda w: Memory(3), "space", T),
    ("Memory", lambda w: Memory(w.space, exact="x"), "exact", T),
    ("Memory.open", lambda w: Memory.open(3), "path", T),
    ("Memory.open", lambda w: Memory.open("m.vsa", 3), "space", T),
    ("Memory.open", lambda w: Memory.open("m.vsa", read_only="x"), "read_only", T),
    ("Memory.open", lambda w: Memory.open("m.vsa", backend=3), "backend", T),
    ("Memory.open", lambda w: Memory.open("m.vsa", exact=3), "exact", T),
    ("Memory.save", lambda w: w.m.save(3), "path", T),
    ("Memory.backup", lambda w: w.m.backup(3), "path", T),
    ("Memory.add", lambda w: w.m.add(3, w.a), "names", T),
    ("Memory.add", lambda w: w.m.add("n", 3), "vectors", T),
    ("Memory.add", lambda w: w.m.add(["n", "o"], w.a), "names", V),
    ("Memory.add", lambda w: w.m.add("n", w.a, kind=3), "kind", T),
    ("Memory.add", lambda w: w.m.add("n", w.a, scope=3), "scope", T),
    ("Memory.define_scope", lambda w: w.m.define_scope(3, ["a"]), "scope", T),
    ("Memory.define_scope", lambda w: w.m.define_scope("s", 3), "names", T),
    ("Memory.define_scope", lambda w: w.m.define_scope("s", ["x"]), "'x'", KeyError),
    ("Memory.remove", lambda w: w.m.remove(3), "name", T),
    ("Memory.remove", lambda w: w.m.remove("x"), "'x'", KeyError),
    ("Memory.rename", lambda w: w.m.rename(3, "n"), "name", T),
    ("Memory.rename", lambda w: w.m.rename("a", 3), "name", T),
    ("Memory.rename", lambda w: w.m.rename("a", "b"), "'b'", V),
    ("Memory.row", lambda w: w.m.row(3), "name", T),
    ("Memory.kind", lambda w: w.m.kind(["a"]), "name", T),
    ("Memory.__getitem__", lambda w: w.m["x"], "'x'", KeyError),
    ("Memory.names", lambda w: w.m.names(3), "kinds", T),
    ("Memory.label", lambda w: w.m.label("x"), "row", T),
    ("Memory.label", lambda w: w.m.label(9), "row", I),
    ("Memory.names_of", lambda w: w.m.names_of(3), "vector", T),
    ("Memory.rows_of", lambda w: w.m.rows_of(3), "vectors", T),
    ("Memory.vectors", lambda w: w.m.vectors("x"), "rows", T),
    ("Memory.vectors", lambda w: w.m.vectors([9]), "rows", I),
    ("Memory.reported", lambda w: w.m.reported(["x"]), "rows", T),
    ("Memory.reported", lambda w: w.m.reported([9]), "rows", I),
    ("Memory.similarities", lambda w: w.m.similarities(3, [0]), "query", T),
    ("Memory.similarities", lambda w: w.m.similarities(w.a, ["x"]), "rows", T),
    ("Memory.select", lambda w: w.m.select(kinds=3), "kinds", T),
    ("Memory.select", lambda w: w.m.select(among=3), "among", T),
    ("Memory.select", lambda w: w.m.select(among=[2.5]), "row", V),
    ("Memory.select", lambda w: w.m.select(among=[9]), "row", I),
    ("Memory.select", lambda w: w.m.select(among=[True]), "name", T),
    ("Memory.select", lambda w: w.m.select(among="x"), "'x'", V),
    ("Memory.select", lambda w: w.m.select(exclude=3), "exclude", T),
    ("Memory.cleanup", lambda w: w.m.cleanup(3), "query", T),
    ("Memory.cleanup", lambda w: w.m.cleanup(w.a, "x"), "k", T),
    ("Memory.cleanup", lambda w: w.m.cleanup(w.a, 0), "k", V),
    ("Memory.cleanup", lambda w: w.m.cleanup(w.a, 1.5), "k", V),
    ("Memory.cleanup", lambda w: w.m.cleanup(w.a, prior_nothing="x"), "prior_nothing", T),
    ("Memory.cleanup", lambda w: w.m.cleanup(w.a, prior_nothing=1), "prior_nothing", V),
    ("Memory.cleanup", lambda w: w.m.cleanup(w.a, exact=3), "exact", T),
    ("Memory.cleanup", lambda w: w.m.cleanup(Space(64, seed=1).atom("a")), "vectors of", V),
    # sessions
    ("Session", lambda w: Session(512), "space", T),
    ("Session", lambda w: Session(memory=3), "memory", T),
    ("Session", lambda w: Session(plugins=3), "plugins", T),
    ("Session", lambda w: Session(Space(32), w.m), "memory", V),
    ("Session.open", lambda w: Session.open(3), "path", T),
    ("Session.save", lambda w: w.session.save(3), "path", T),
    ("Session.backup", lambda w: w.session.backup(3), "path", T),
    ("Session.open", lambda w: Session.open("s.vsa", 3), "space", T),
    ("Session.open", lambda w: Session.open("s.vsa", read_only=3), "read_only", T),
    ("Session.run", lambda w: w.session.run(3), "text", T),
    ("Session.run", lambda w: w.session.run("a", 3), "name", T),
    ("Session.execute", lambda w: list(w.session.execute(None)), "text", T),
    ("Session.set", lambda w: w.session.set(3, 1), "name", T),
    ("Session.set", lambda w: w.session.set("a b", 1), "name", V),
    ("Session.set", lambda w: w.session.set("v", Space(32).atom("a")), "session", V),
    ("Session.declare", lambda w: w.session.declare("n", 3), "name", T),
    # plugins, sets, tables, kinds
    ("load_plugins", lambda w: vsa.load_plugins(exclude=3), "exclude", T),
    ("load_plugins", lambda w: vsa.load_plugins(extra=[3]), "extra", T),
    ("load_plugins", lambda w: vsa.load_plugins(extra=3), "extra", T),
    ("Kind", lambda w: vsa.Kind(3), "name", T),
    ("Kind", lambda w: vsa.Kind("k", 3), "internal", T),
    ("Set", lambda w: Set(w.m, 3), "counts", T),
    ("Set", lambda w: Set(w.m, {0: "x"}), "counts", T),
    ("Set", lambda w: Set(w.m, {0: 1.5}), "counts", V),
    ("Table", lambda w: Table(3, []), "columns", T),
    ("Table", lambda w: Table(["x"], 3), "rows", T),
    ("Table", lambda w: Table(["x"], [3]), "rows", T),
    ("Table", lambda w: Table(["x"], [[1, 2]]), "rows", V),
    ("Table", lambda w: Table(["x"], [], 3), "title", T),
    # soft cleanup of arrays
    ("recall", lambda w: recall(3, np.eye(3)), "queries", T),
    ("recall", lambda w: recall(np.eye(3), 3), "keys", T),
    ("recall", lambda w: recall(np.eye(3), np.eye(3), theta="x"), "theta", T),
    ("recall", lambda w: recall(np.eye(3), np.eye(3), theta=0), "theta", V),
    ("recall", lambda w: recall(np.eye(2), np.eye(3)), "queries", V),
    ("recall", lambda w: recall(3, w.m), "queries", T),
    ("hopfield", lambda w: hopfield(w.a, w.m, beta="x"), "beta", T),
    ("hopfield", lambda w: hopfield(w.a, w.m, steps=0), "steps", V),
    ("energy", lambda w: energy(w.a, w.m, beta=-1), "beta", V),
    ("Cache", lambda w: Cache("x"), "theta", T),
    ("Cache", lambda w: Cache(lam="x"), "lam", T),
    ("Cache", lambda w: Cache(lam=2), "lam", V),
    ("Cache.add", lambda w: Cache().add(3, np.eye(3)), "keys", T),
    # products
    ("factor", lambda w: vsa.factor(3, w.m, w.m), "product", T),
    ("factor", lambda w: vsa.factor(w.a, w.m, 3), "codebook 2", T),
    ("rule", lambda w: vsa.rule([w.a, 3], w.a), "item 1", T),
    ("capacity", lambda w: capacity.accuracy("x", 2, 3), "n", T),
    ("capacity", lambda w: capacity.accuracy([], 2, 3), "n", T),
    ("capacity", lambda w: capacity.accuracy(64, "x", 3), "k", T),
    ("capacity", lambda w: capacity.accuracy(64, 2, 2.5), "items", V),
    ("capacity", lambda w: capacity.unwinding(64, 2.5, 3), "k", V),
    ("capacity", lambda w: capacity.needed_dim(2, 3, target="x"), "target", T),
    ("capacity", lambda w: capacity.needed_dim(2, 3, steps=3), "steps", T),
    ("capacity", lambda w: capacity.capacity(64, "x"), "items", T),
    ("capacity", lambda w: capacity.false_match("x", 64, 3), "c", T),
]  # fmt: skip


@pytest.fixture
def world():
    return World()


@pytest.mark.parametrize("case", CASES, ids=[f"{c[0]}-{c[2]}-{i}" for i, c in enumerate(CASES)])
def test_the_argument_is_named(world, case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refuses(world, *case[1:])
    assert not list(tmp_path.iterdir())


def test_no_public_name_is_left_out():
    tried = {name.partition(".")[0] for name, *_ in CASES}
    classes = {"Answer", "Answers", "CapacityWarning", "Expression", "Factors", "Rule", "Vector"}
    classes |= {"VsaError", "hookimpl", "picture", "plot", "get_threads", "set_threads"}
    assert set(vsa.__all__) - classes <= tried
    methods = {name for name, *_ in CASES}
    for cls in (Space, vsa.Vector, Memory):
        for name, method in inspect.getmembers(cls, inspect.isfunction):
            takes = list(inspect.signature(method).parameters)[1:]
            if name[0] != "_" and takes and name not in INSIDE:
                assert f"{cls.__name__}.{name}" in methods, f"{cls.__name__}.{name}"


# what the library's own parts call
INSIDE = {"kept", "of_own", "of_row", "of_sum", "of_terms", "shorten", "answers", "undone"}


# --- what is taken --------------------------------------------------------------------------------
@pytest.mark.parametrize("three", [3, 3.0, np.int64(3), np.float32(3), np.array(3), np.array([3])])
def test_a_number_of_any_type_is_a_whole_number(world, three):
    assert world.space.random(three).shape == (3,)
    assert world.space.random((three, 2)).shape == (3, 2)
    assert world.space.keys(three).shape == (3,)
    assert len(world.space.powers("k", three)) == 3
    assert world.a.permute(three).similarity(world.a.permute(3)) == pytest.approx(1)
    assert world.a.shift(three).similarity(world.a.shift(3)) == pytest.approx(1)
    assert world.a.protect(world.b, three).similarity(world.a.protect(world.b, 3)) > 0.999
    assert world.m.cleanup(world.a, three).names.shape == (2,)
    assert Space(dim=64, seed=three) == Space(dim=64, seed=3)
    assert sequence.decode(sequence.sequence(world.a), three, memory=world.m).shape == (3,)
    assert checked_whole("n", three, 1, 3) == 3
    assert type(checked_whole("n", three)) is int
    assert checked_number("x", three) == 3.0


def test_a_tensor_of_one_is_a_number(world):
    torch = pytest.importorskip("torch")
    assert world.space.random(torch.tensor(3)).shape == (3,)
    assert (world.a * torch.tensor(2.0)).norm() == pytest.approx(2)
    space = Space(dim=64, backend="torch")
    weight = torch.tensor(2.0, requires_grad=True)
    (space.atom("a") * weight).norms().backward()  # it keeps its gradient
    assert weight.grad == pytest.approx(1)


@pytest.mark.parametrize("number", [True, np.bool_(True), np.array(True), "3", None, 3j, [3], b"3"])
def test_what_is_no_number(number):
    for check in (checked_whole, checked_number):
        with pytest.raises(TypeError, match=r"^n must be a (whole )?number, not "):
            check("n", number)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: checked_whole("n", 2.5), "n must be a whole number, not 2.5"),
        (lambda: checked_whole("n", np.inf, 1), "n must be a whole number of at least 1, not inf"),
        (lambda: checked_whole("n", 0, 1), "n must be a whole number of at least 1, not 0"),
        (lambda: checked_whole("n", 9, 1, 8), "n must be a whole number of at most 8, not 9"),
        (lambda: checked_whole("n", "x", 1, 8), "n must be a whole number in [1, 8], not 'x'"),
        (lambda: checked_number("n", np.nan), "n must be a number, not nan"),
        (lambda: checked_number("n", 10**400), "n must be a number, not a number so long"),
        (lambda: checked_number("n", 1, 0, below=1), "n must be a number in [0, 1), not 1"),
        (lambda: checked_number("n", 0, above=0), "n must be a number above 0, not 0"),
        (lambda: checked_number("n", 2, most=1), "n must be a number of at most 1, not 2"),
        (lambda: checked_number("n", 1, below=1), "n must be a number below 1, not 1"),
        (lambda: checked_truth("t", 1), "t must be True or False, not 1"),
        (lambda: checked_shape("s", (2, -1)), "s must be a whole number of at least 0, not -1"),
        (lambda: checked_shape("s", "x"), "s must be a whole number or a tuple of them, not 'x'"),
    ],
)
def test_messages_say_what_would_do(call, message):
    with pytest.raises(VsaError) as caught:
        call()
    assert str(caught.value) == message


def test_arity_and_foreign_operands_are_pythons_to_refuse(world):
    for call in (
        lambda: world.a.permute(1, 2), lambda: world.m.cleanup(), lambda: stack.top(world.a),
        lambda: role("agt", world.a, 3), lambda: world.a + "x", lambda: world.a * None,
        lambda: world.a**"x", lambda: world.a < world.b, lambda: world.space.random(size=3),
    ):  # fmt: skip
        with pytest.raises(TypeError) as caught:
            call()
        assert not isinstance(caught.value, VsaError)
