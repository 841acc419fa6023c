"""Several threads compute what one does, to the last bit."""

import numpy as np
import pytest
from vsa_plugins.frame import frame
from vsa_plugins.sequence import sequence

import vsa
from vsa import VsaError, threads
from vsa.algebra import fused, operations, room, vector

ROWS = 2500  # of dim 1024: some blocks, some pieces
SPACE = vsa.Space(dim=1024)


@pytest.fixture(autouse=True)
def one():
    yield
    vsa.set_threads(1)


def memory():
    made = vsa.Memory(SPACE, exact=True)
    made.add([f"m{i}" for i in range(5000)])
    return made


MEMORY = memory()
A, B = SPACE.random(ROWS), SPACE.random(ROWS)
NAMES = [f"n{i}" for i in range(ROWS)]
BASE = SPACE.base("base")


def answered(queries):
    answer = MEMORY.cleanup(
        queries + 0.5 * B[: len(queries.data)] if queries.shape else queries, k=3
    )
    return np.stack([np.asarray(answer.similarities), np.asarray(answer.probabilities)])


WHAT = {
    "bind": lambda: A * B,
    "bind with a key": lambda: A * SPACE.atom("k"),
    "bind a key": lambda: SPACE.atom("k") * A,
    "bind batches of batches": lambda: A[:50, None] * B[None, :40],
    "bind into": lambda: vsa.bind(A, B, out=SPACE.zero(ROWS)),
    "unbind": lambda: A / B,
    "bundle": lambda: vsa.bundle(A, B, A),
    "bundle_bound": lambda: vsa.bundle_bound([SPACE.atom("k"), A], [B, A], A, normalize=True),
    "frames": lambda: frame(SPACE.atom("head"), x=A, y=B),
    "frames with a head each": lambda: frame(A, x=B),
    "sequences": lambda: sequence(A, B, A),
    "atoms": lambda: SPACE.batch(NAMES),
    "unitary": lambda: (A + B).unitary(),
    "whole powers": lambda: A**5,
    "real powers": lambda: BASE ** np.linspace(0, 9, ROWS),
    "components": lambda: A.numpy(),
    "one query": lambda: answered(SPACE.atom("m7")),
    "some queries": lambda: answered(SPACE.batch([f"m{i}" for i in range(20)])),
    "many queries": lambda: answered(SPACE.batch([f"m{i}" for i in range(1200)])),
}  # fmt: skip


def bits(made):
    return np.ascontiguousarray(getattr(made, "data", made)).tobytes()


@pytest.mark.parametrize("loop", [True, False], ids=["C", "NumPy"])
@pytest.mark.parametrize("what", WHAT.values(), ids=WHAT)
def test_the_numbers_are_those_of_one_thread(what, loop, monkeypatch):
    if not loop:
        monkeypatch.setattr(fused, "LOOP", None)
    found = bits(what())
    for count in (2, 5):
        vsa.set_threads(count)
        assert bits(what()) == found


@pytest.mark.parametrize("what", WHAT.values(), ids=WHAT)
def test_other_threads_take_part(what, monkeypatch):
    """Some of the work is handed out."""
    shared = []
    draw = threads._Shared.draw
    monkeypatch.setattr(threads._Shared, "draw", lambda self: (shared.append(self), draw(self))[1])
    vsa.set_threads(2)
    what()
    assert shared


@pytest.mark.parametrize(
    "algebra", ["map-i", "bsc", "ghrr:2", "mbat", "bsdc", "mcr:8", "vtb", "tensor"]
)
def test_other_algebras_too(algebra):
    space = vsa.Space({"mbat": 64, "bsdc": 1024, "tensor": 16}.get(algebra, 1024), algebra)
    a, b = space.random(1500), space.random(1500)
    what = lambda: [bits(v) for v in (a * b, a / b, vsa.bundle(a, b, a), a.permute())]  # noqa: E731
    found = what()
    vsa.set_threads(3)
    assert what() == found


def test_a_result_that_lies_over_an_operand():
    rows = SPACE.random(ROWS)
    room = [vsa.Vector(SPACE, rows.data.copy()) for _ in range(4)]
    for count, same, moved in ((1, *room[:2]), (3, *room[2:])):
        vsa.set_threads(count)
        vsa.bind(same, A, out=same)
        vsa.bind(moved[1:], A[1:], out=moved[:-1])
    assert bits(room[0]) == bits(room[2])
    assert bits(room[1]) == bits(room[3])


def test_errors_are_those_of_one_thread():
    for count in (1, 3):
        vsa.set_threads(count)
        with pytest.raises(
            VsaError, match=r"^batches of shapes \(2500,\) and \(2499,\) do not go together$"
        ):
            A * B[:-1]
        with pytest.raises(VsaError, match=r"^a name must be a text, not 3$"):
            SPACE.batch([*NAMES, 3])


def test_in_a_statement_that_holds_the_memory():
    """What it hands to other threads asks for nothing that it holds."""
    vsa.set_threads(2)
    session = vsa.Session(SPACE, memory=MEMORY)
    with MEMORY.journal.transaction("test"):
        found = MEMORY.cleanup(SPACE.batch([f"m{i}" for i in range(1100)]))
    assert found.name.tolist() == [f"m{i}" for i in range(1100)]
    assert session.run("cleanup(m3)")[0].name == "m3"


def test_torch_computes_as_it_did():
    torch = pytest.importorskip("torch")
    vsa.set_threads(2)
    space = vsa.Space(64, backend="torch")
    a, b = space.random(50), space.random(50)
    assert torch.allclose((a * b).data, a.data * b.data)
    assert space.batch([f"n{i}" for i in range(1500)]).shape == (1500,)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("loop", [True, False], ids=["C", "NumPy"])
def test_large_products_are_the_same_past_the_caches(count, loop, monkeypatch):
    if loop and fused.LOOP is None:
        pytest.skip("not compiled")
    called, summed = [], fused.sum_of_products

    def counted(*given, **named):
        called.append((summed(*given, **named), named.get("past")))
        return called[-1][0]

    monkeypatch.setattr(fused, "sum_of_products", counted)
    key, a, b, out = SPACE.atom("k"), SPACE.random(ROWS), SPACE.random(ROWS), SPACE.zero(ROWS)
    wanted = (a * b).data, (a * key).data
    assert not called
    monkeypatch.setattr(room, "LEAST", 0)
    monkeypatch.setattr(vector, "ROWS", 0)
    monkeypatch.setattr(operations, "ROWS", 0)
    if not loop:
        monkeypatch.setattr(fused, "LOOP", None)
    vsa.set_threads(count)
    for made in (a * b, vsa.bind(a, b, out=out), a[:, None] * b[:, None]):
        np.testing.assert_allclose(made.data.reshape(wanted[0].shape), wanted[0], rtol=1e-6)
    np.testing.assert_allclose((a * key).data, wanted[1], rtol=1e-6)
    assert {past for _, past in called} == {True}
    assert {done for done, _ in called} == {loop}
    vsa.bind(a, b, out=a)  # what is read and written is left to NumPy
    np.testing.assert_allclose(a.data, wanted[0], rtol=1e-6)
