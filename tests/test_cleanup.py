"""What a cleanup finds and how sure it is; against brute force."""

import items
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from items import ITEMS

import vsa
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.memory.journal import Journal
from vsa.memory.memory import Memory

dtype, memory = items.dtype, items.memory


# --- where to look --------------------------------------------------------------------------------
def test_a_cleanup_looks_only_where_it_is_told(space, memory):
    a = space.atom("item 30")

    def name(**where):
        return memory.cleanup(a, **where).name

    assert name(kinds="token") == name(kinds=["atom", "token"]) == name(kinds="to*") == "item 30"
    assert name(kinds="atom") is name(kinds="unknown") is name(kinds="x*") is name(kinds=[]) is None
    assert name(among="some") == name(among=["item 1", "item 30"]) == "item 30"
    assert name(among=["item 1"]) is name(among=[]) is name(among="some", kinds="atom") is None
    assert name(exclude=["item 30"]) is name(exclude="item 30") is None
    assert name(exclude=["item 1", "unknown"], kinds="token", among="some") == "item 30"
    assert name(among=(n for n in ["item 30"])) == "item 30"
    assert memory.cleanup(a, among="some").items == 5
    assert memory.cleanup(a, kinds="token", exclude=["item 31", "item 1"]).items == 9
    assert list(memory.select(kinds="token", exclude="item 31")) == [30, *range(32, 40)]


def test_places_to_look_that_do_not_exist_are_named(space, memory):
    a = space.atom("item 1")
    with pytest.raises(vsa.VsaError, match="no vocabulary is called 'none'; there are: 'some'"):
        memory.cleanup(a, among="none")
    with pytest.raises(vsa.VsaError, match="'unknown' is not in memory"):
        memory.cleanup(a, among=["item 1", "unknown"])
    with pytest.raises(vsa.VsaError, match="'unknown' is not in memory"):
        memory.define_scope("other", ["item 1", "unknown"])
    assert set(memory.scopes) == {"some"}
    memory.add("new", space.atom("new"), scope="some")
    assert memory.cleanup(space.atom("new"), among="some").name == "new"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "k must be a whole number of at least 1, not 0"),
        ({"prior_nothing": 1}, "prior_nothing must be a number in"),
        ({"prior_nothing": -0.1}, "prior_nothing must be a number in"),
    ],
)
def test_arguments_out_of_range_are_named(space, memory, arguments, message):
    with pytest.raises(vsa.VsaError, match=message):
        memory.cleanup(space.atom("item 1"), **arguments)


def test_queries_must_be_vectors_of_the_space(space, memory):
    with pytest.raises(vsa.VsaError, match="query must be a Vector, not ndarray"):
        memory.cleanup(np.ones(space.dim))
    with pytest.raises(vsa.VsaError, match="this memory holds vectors of"):
        memory.cleanup(space.like(dim=128).atom("item 1"))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_queries_that_are_not_finite_are_named(space, memory, bad):
    query = space.atom("item 1")
    if not isinstance(query.data, np.ndarray):
        pytest.skip("what a device makes of NaN is its own affair")
    if query.data.dtype.kind not in "fc":
        pytest.skip("whole numbers have no NaN")
    with np.errstate(invalid="ignore"):
        wrong = Vector(space, query.data * bad)
    with pytest.raises(vsa.VsaError, match=r"^the query has NaN or infinite components"):
        memory.cleanup(wrong)
    with pytest.raises(vsa.VsaError, match=r"^query 2 has NaN or infinite components"):
        memory.cleanup(space.stack([query, query, wrong, query]))


# --- the nearest ----------------------------------------------------------------------------------
def brute_force(memory, queries, rows):
    """Names by falling cosine, and the cosines, in double precision."""
    names = np.array(list(memory), dtype=object)[rows]
    items = np.stack([memory[n].numpy() for n in names]).astype(np.float64)
    x = queries.numpy().astype(np.float64).reshape(-1, queries.dim)
    cosines = x @ items.T / np.linalg.norm(x, axis=-1)[:, None] / np.linalg.norm(items, axis=-1)
    order = np.argsort(-cosines, axis=-1)
    return names[order], np.take_along_axis(cosines, order, -1)


@pytest.mark.parametrize("k", [1, 2, 3, 39, 40, 60])
@pytest.mark.parametrize(
    "where", [{}, {"kinds": "token"}, {"among": ITEMS[:3]}, {"exclude": ITEMS[:1]}]
)
def test_the_k_nearest_are_those_of_brute_force(space, memory, k, where):
    queries = space.random((2, 3)) + space.batch(ITEMS[29:32])
    names, cosines = brute_force(memory, queries, memory.select(**where))
    kept = min(k, names.shape[-1])
    answer = memory.cleanup(queries, k, **where)
    assert answer.similarities.shape == (2, 3, kept)
    assert np.allclose(answer.similarities.reshape(6, -1), cosines[:, :kept], atol=1e-6)
    if space.algebra.name == "hrr":  # bipolar vectors have ties
        assert answer.names.reshape(6, -1).tolist() == names[:, :kept].tolist()
    else:
        shown = [[memory[n].similarity(q) for n in row] for q, row in
                 zip(queries.reshape(6), answer.names.reshape(6, -1), strict=True)]  # fmt: skip
        assert np.allclose(shown, cosines[:, :kept], atol=1e-6)
    expected = cosines[:, 0] - cosines[:, 1]
    assert np.allclose(answer.margin.reshape(-1), expected, atol=1e-6)
    assert np.all(np.diff(answer.probabilities, axis=-1) <= 1e-12)


@pytest.mark.parametrize("items", [3, 40])
def test_a_batch_answers_like_its_members(space, items):
    memory = Memory(space)
    memory.add(ITEMS[:items], space.batch(ITEMS[:items]))
    queries = space.stack([*space.random(3), space.zero(), space.atom("item 1"), space.atom("no")])
    for k in (1, 2):
        batch = memory.cleanup(queries.reshape(2, 3), k)
        assert batch.shape == (2, 3)
        for where in np.ndindex(2, 3):
            one, many = memory.cleanup(queries.reshape(2, 3)[where], k), batch[where]
            assert one.shape == ()
            assert one.names.tolist() == many.names.tolist()
            assert one.rows.tolist() == many.rows.tolist()
            for field in ("similarities", "probabilities", "nothing", "margin"):
                a, b = getattr(one, field), getattr(many, field)
                assert a.shape == b.shape
                assert np.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3)])
def test_an_empty_batch_has_an_empty_answer(space, memory, shape):
    answer = memory.cleanup(space.zero(shape), k=2)
    assert answer.shape == shape
    assert answer.names.shape == (*shape, 2)
    assert answer.vector.shape == shape


def test_many_queries_are_answered_in_blocks(backend):
    space = Space(256, backend=backend)
    memory = Memory(space)
    names = [str(i) for i in range(6000)]
    vectors = space.batch(names)
    memory.add(names, vectors)
    asked = np.random.default_rng(0).permutation(6000)[:1500]
    answer = memory.cleanup(vectors[asked], k=2)  # 36 MB of cosines, more than are held at a time
    assert answer.names[:, 0].tolist() == [names[i] for i in asked]
    assert np.allclose(answer.similarities[:, 0], 1, atol=1e-6)
    for i in (0, 511, 512, 513, 1024, 1397, 1398, 1399, 1499):
        assert answer[i].names.tolist() == memory.cleanup(vectors[asked[i]], k=2).names.tolist()


def test_double_precision_is_kept(algebra, backend):
    space = Space(64, algebra, backend=backend, dtype="float64")
    memory = Memory(space)
    memory.add(ITEMS, space.batch(ITEMS))
    query = space.batch(ITEMS[:5]).bundle()
    answer = memory.cleanup(query, k=40)
    shown = [memory[name].similarity(query) for name in answer.names]
    assert np.allclose(answer.similarities, shown, rtol=0, atol=1e-14)
    assert np.allclose(memory["item 7"].numpy(), space.atom("item 7").numpy(), atol=1e-15)


# --- how sure -------------------------------------------------------------------------------------
@pytest.mark.parametrize("prior", [0.0, 0.01, 0.5, 0.9])
@pytest.mark.parametrize("items", [1, 2, 40])
def test_probabilities_add_up_to_one(space, items, prior):
    memory = Memory(space)
    memory.add(ITEMS[:items], space.batch(ITEMS[:items]))
    noisy = space.batch(ITEMS[:3]) + space.random(3).scale(np.array([0.5, 2.0, 8.0]))
    for queries in (noisy, space.random(4), -space.batch(ITEMS[:2])):
        answer = memory.cleanup(queries, k=items, prior_nothing=prior)
        assert np.allclose(answer.probabilities.sum(-1) + answer.nothing, 1, atol=1e-6)
        assert np.all(answer.probabilities >= 0)
        if prior == 0:
            assert np.all(answer.nothing == 0)


@pytest.mark.parametrize("items", [1500, 5000])
def test_probabilities_of_many_items_add_up_to_one(backend, items):
    space = Space(64, backend=backend)
    memory = Memory(space)
    names = [str(i) for i in range(items)]
    memory.add(names, space.batch(names))
    for queries in (space.random(3), space.batch(names[:3]) + space.random(3), space.random()):
        for where in ({}, {"exclude": names[:1]}, {"exclude": names[100:]}):
            answer = memory.cleanup(queries, k=items, **where)
            total = answer.probabilities.sum(-1) + answer.nothing
            assert np.allclose(total, 1, atol=2e-3)  # a crowd of them is read off a table


def test_a_smaller_prior_for_nothing_makes_the_items_likelier(space, memory):
    query = space.batch(ITEMS[:8]).bundle()
    found = [memory.cleanup(query, prior_nothing=p) for p in (0.9, 0.5, 0.1, 0)]
    assert all(np.diff([a.probability for a in found]) > 0)
    assert all(np.diff([float(a.nothing) for a in found]) < 0)


def test_an_empty_memory_answers_nothing(space):
    memory = Memory(space)
    for query in (space.atom("a"), space.zero(), space.random((2, 3))):
        answer = memory.cleanup(query, k=3)
        assert np.all(answer.is_nothing)
        assert np.all(answer.nothing == 1)
        assert np.all(np.equal(answer.name, None))
        assert answer.items == 0
    assert memory.cleanup(space.atom("a"), kinds="atom").matches() == []
    assert memory.names_of(space.atom("a")) == []
    assert repr(memory) == f"<Memory dim {space.dim}: empty>"


def test_zero_answers_nothing(space, memory):
    answer = memory.cleanup(space.zero())
    assert answer.is_nothing
    assert answer.name is None
    assert answer.nothing == 1
    assert answer.matches() == []
    with pytest.raises(vsa.VsaError, match="the answer is nothing; there is no vector to use"):
        _ = answer.vector


@given(exponent=st.floats(-12, 12), seed=st.integers(0, 5))
def test_an_answer_does_not_depend_on_the_length_of_the_query(exponent, seed):
    space = Space(64, seed=seed)
    memory = Memory(space)
    memory.add(ITEMS[:10], space.batch(ITEMS[:10]))
    query = space.batch(ITEMS[:3]).bundle()
    one, other = (memory.cleanup(q, k=10) for q in (query, query.scale(10**exponent)))
    assert np.allclose(one.similarities, other.similarities, atol=1e-6)
    assert np.allclose(one.probabilities, other.probabilities, atol=1e-4)
    assert set(one.names[:3]) == set(other.names[:3]) == set(ITEMS[:3])


def test_noise_is_not_mistaken_for_an_item():
    space = Space(256)
    memory = Memory(space)
    memory.add(ITEMS, space.batch(ITEMS))
    answer = memory.cleanup(space.random(2000))
    assert np.mean(np.not_equal(answer.name, None)) < 0.05
    noisy = space.batch([ITEMS[i % 40] for i in range(2000)]) + space.random((2, 2000)).bundle()
    answer = memory.cleanup(noisy)
    assert np.mean(np.equal(answer.name, [ITEMS[i % 40] for i in range(2000)])) > 0.99


# --- answers --------------------------------------------------------------------------------------
def test_an_answer_stands_for_its_winner(space, memory):
    a, b = space.atoms("item 1", "item 2")
    answer = memory.cleanup(a + 0.1 * b)
    assert answer.vector.similarity(a) == pytest.approx(1, abs=1e-5)
    assert answer.vector.label == "item 1"
    assert (answer.vector * b / b).similarity(a) == pytest.approx(1, abs=1e-5)
    assert (b * answer).similarity(a * b) == pytest.approx(1, abs=1e-5)
    assert (b + answer).similarity(a + b) == pytest.approx(1, abs=1e-5)
    none = memory.cleanup(space.atom("no such item"))
    assert none.name is None
    with pytest.raises(vsa.VsaError, match=r"the answer is nothing \(closest: item \d+ -?0\.\d\d"):
        b * none


def test_rows_of_a_batch_that_answer_nothing_are_zero(space):
    memory = Memory(space)
    names = [str(i) for i in range(70)]  # so that there is room to spare, with anything in it
    memory.add(names[:1], space.batch(names[:1]))
    memory.add(names[1:], space.batch(names[1:]))
    rows = memory.table.store.array
    assert len(rows) > 70
    rows[70:] = float("nan") if "float" in str(rows.dtype) else 77
    known = space.atom("1")
    answer = memory.cleanup(space.stack([known, space.zero(), space.atom("no")]))
    assert answer.name.tolist() == ["1", None, None]
    expected = space.stack([known, space.zero(), space.zero()]).numpy()
    assert np.allclose(answer.vector.numpy(), expected, atol=1e-6)
    assert np.all(Memory(space).cleanup(space.random(3)).vector.numpy() == 0)


def test_answers_are_indexed_like_arrays(space, memory):
    queries = space.batch(ITEMS[:6]).reshape(2, 3)
    answer = memory.cleanup(queries, k=2)
    assert len(answer) == 2
    assert [[cell.name for cell in row] for row in answer] == [ITEMS[:3], ITEMS[3:6]]
    assert answer[1, 2].name == "item 5"
    assert answer[:, 1:].name.tolist() == [ITEMS[1:3], ITEMS[4:6]]
    assert answer[..., 0].name.tolist() == ["item 0", "item 3"]
    assert answer[1].names.shape == (3, 2)
    assert answer[1].margin.shape == (3,)
    for single in (len, iter, lambda a: a[0]):
        with pytest.raises(TypeError, match="single query"):
            list(single(answer[0, 0]))


def test_stored_vectors_leave_their_gradients_behind():
    pytest.importorskip("torch")
    space = Space(64, backend="torch")
    memory = Memory(space)
    p = space.random(3).data.clone().requires_grad_()
    learnt = Vector(space, p)
    memory.add(["a", "b", "c"], learnt)
    assert not memory["a"].data.requires_grad
    assert memory.names_of(learnt[1]) == ["b"]
    assert memory.cleanup(learnt, k=2, exclude="c").name.tolist() == ["a", "b", None]
    assert memory.cleanup(learnt[0] + 0.1 * learnt[1]).name == "a"
    memory.similarities(learnt[0] + learnt[1], np.array([2])).sum().backward()
    assert p.grad.abs().sum() > 0  # but a soft cleanup can be learnt through


def test_memories_may_share_a_journal(space):
    journal = Journal()
    one, other = Memory(space, journal), Memory(space, journal)

    def fail():
        one.add("a", space.atom("a"))
        other.add("b", space.atom("b"))
        other.add("b", space.atom("b"))

    with pytest.raises(vsa.VsaError, match="'b' is in memory"), journal.transaction("both"):
        fail()
    assert len(one) == len(other) == 0
    one.add("a", space.atom("a"))
    other.add("b", space.atom("b"))
    assert journal.undo() == "remember b"
    assert list(one) == ["a"]
    assert list(other) == []
