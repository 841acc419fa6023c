"""A bounded memory that keeps what was looked at: as full attention, as a loop, and its limit."""

import copy
import math

import layers
import pytest
from layers import fails, packed, vector

import vsa
from vsa.algebra.space import Space

torch = pytest.importorskip("torch")

import vsa.nn as vnn  # noqa: E402

space, single = layers.space, layers.single  # fixtures


def streamed(screening, items, queries, state=None):
    """All answers and the last state of streams (steps, ..., dim)."""
    state = screening.start(items.shape[1:-1]) if state is None else state
    answers = []
    for item, query in zip(items, queries, strict=True):
        found, state = screening(item, query, state)
        answers.append(found)
    return answers, state


@pytest.mark.parametrize(("recent", "slots"), [(12, 0), (3, 9), (1, 11), (7, 40)])
def test_it_is_full_attention_while_all_fits(space, recent, slots):
    items, queries = packed(space, 12), packed(space, 12, seed=1)
    answers, _ = streamed(vnn.Screening(space, recent, slots, temperature=0.2), items, queries)
    for step, found in enumerate(answers):
        table = vnn.Vectors(space, vector(space, items[: step + 1]))
        whole = vnn.Cleanup(space, table, temperature=0.2)(queries[step])
        assert torch.allclose(found.vector, whole.vector)
        assert torch.allclose(found.weights.sort().values[-step - 1 :], whole.weights.sort().values)
        assert torch.count_nonzero(found.weights) == step + 1


def by_a_loop(items, queries, recent, slots, temperature, decay):
    """The rule of a single stream, item by item: which are kept, and every answer."""
    buffer, kept, answers = [], [], []  # [item, score] each
    for x, q in zip(items, queries, strict=True):
        for entry in kept:
            entry[1] *= decay
        buffer.append([x, 0.0])
        if len(buffer) > recent:
            oldest = buffer.pop(0)
            if len(kept) < slots:
                kept.append(oldest)
            elif slots and oldest[1] > min(score for _, score in kept):
                kept[min(range(slots), key=lambda i: kept[i][1])] = oldest
        there = kept + buffer
        cosines = torch.stack([torch.cosine_similarity(q, y, 0) for y, _ in there])
        weights = (cosines / temperature).softmax(0)
        for entry, weight in zip(buffer, weights[len(kept) :], strict=True):
            entry[1] += float(weight)
        answers.append(sum(w * y for w, (y, _) in zip(weights, there, strict=True)))
    return kept, answers


@pytest.mark.parametrize("decay", [1.0, 0.8])
def test_each_stream_of_a_batch_does_as_a_loop_over_its_items(space, decay):
    items, queries = packed(space, 60, 3), packed(space, 60, 3, seed=1)
    screening = vnn.Screening(space, recent=4, slots=5, temperature=0.1, decay=decay)
    answers, state = streamed(screening, items, queries)
    for i in range(3):
        kept, plain = by_a_loop(items[:, i], queries[:, i], 4, 5, 0.1, decay)
        assert torch.allclose(
            torch.stack([found.vector[i] for found in answers]), torch.stack(plain)
        )
        assert torch.allclose(state.items[i, :5], torch.stack([x for x, _ in kept]))
        assert torch.allclose(state.scores[i, :5], torch.tensor([s for _, s in kept]).double())


def test_what_was_asked_for_stays_and_what_was_not_is_lost():
    """Two of forty are asked for once, early; long after they left the buffer both are found."""
    space = Space(1024, backend="torch")
    items, noise = space.batch([f"n{i}" for i in range(40)]), space.random(40)
    asked = {7: 5, 23: 20}  # at this step for that item
    # the first items share the weights with few others, and hold a slot or two for that
    screening = vnn.Screening(space, recent=5, slots=4)
    state = screening.start()
    for step in range(40):
        query = items[asked[step]] if step in asked else noise[step]
        _, state = screening(items[step], query, state)
    for item in (5, 20):
        assert screening(noise[0], items[item], state)[0].vector.similarity(items[item]) > 0.99
    for item in (6, 19):
        assert screening(noise[0], items[item], state)[0].vector.similarity(items[item]) < 0.9


def test_relevance_that_shows_late_is_not_seen(single):
    """The limit: asked for after it left the buffer, an item has gone already."""
    items = single.batch([f"n{i}" for i in range(60)])
    screening = vnn.Screening(single, recent=5, slots=5, temperature=0.02)
    kept = []
    for first in (3, 8):  # steps from the item to its first question
        state = screening.start()
        for step in range(60):
            # until then every item is asked for as it comes, and has the score 1
            query = items[30] if step == 30 + first else items[step]
            _, state = screening(items[step], query, state)
        kept.append(bool((state.items @ single.algebra.pack(items[30].data) > 0.99).any()))
    assert kept == [True, False]


def test_frozen_scores_keep_an_early_favourite_and_decay_lets_it_go(single):
    items = single.batch([f"n{i}" for i in range(40)])
    first = single.algebra.pack(items[0].data)
    for decay, stays in ((1.0, True), (0.9, False)):
        screening = vnn.Screening(single, recent=2, slots=1, decay=decay)
        state = screening.start()
        for step in range(40):
            _, state = screening(items[step], items[0 if step < 2 else step], state)
        assert bool(state.items[0] @ first > 0.99) == stays


def test_a_tie_replaces_nothing(space):
    items = packed(space, 4)
    screening = vnn.Screening(space, recent=1, slots=1, temperature=1e-3)
    _, state = streamed(screening, items, items)  # each has the score 1 as it leaves
    assert torch.equal(state.items[0], items[0])


def test_empty_places_have_no_weight_and_nothing_is_alike(space):
    item = packed(space)
    found, state = vnn.Screening(space)(item, 0 * item, vnn.Screening(space).start())
    assert found.weights.tolist() == [0.0] * 19 + [1.0]
    assert state.present.tolist() == [False] * 19 + [True]
    assert torch.allclose(found.vector, item)


def test_batches_broadcast_and_vectors_come_out_where_they_went_in(single):
    screening = vnn.Screening(single, 2, 2)
    a, b = single.atoms("a", "b")
    found, state = screening(a, single.random(3), screening.start((2, 1)))
    assert isinstance(found.vector, vsa.Vector)
    assert found.vector.shape == (2, 3)
    assert state.items.shape == (2, 3, 4, single.dim)
    assert state.scores.shape == (2, 3, 4)
    found, _ = screening(single.algebra.pack(b.data), single.algebra.pack(a.data), state)
    assert isinstance(found.vector, torch.Tensor)
    assert screening.start(4).scores.shape == (4, 4)


def test_superposed_as_the_algebra_does():
    space = Space(256, "map-b", backend="torch")
    a, b = space.atoms("a", "b")
    screening = vnn.Screening(space, 2, 0, temperature=0.01)
    _, state = screening(a, a, screening.start())
    found, _ = screening(b, a, state)
    assert found.vector.similarity(a) == pytest.approx(1)


def test_gradients_flow_through_answers_and_not_through_scores():
    small = Space(6, backend="torch", dtype="float64")
    screening = vnn.Screening(small, 2, 1, temperature=0.5)
    items, queries = packed(small, 5), packed(small, 5, seed=1)

    def last(items, queries):
        return streamed(screening, items, queries)[0][-1].vector

    assert torch.autograd.gradcheck(last, (items.requires_grad_(), queries.requires_grad_()))
    answers, state = streamed(screening, items, queries)
    assert not state.scores.requires_grad
    answers[-1].vector.sum().backward()
    held = [bool((state.items == x).all(-1).any()) for x in items]
    assert [bool(g.any()) for g in items.grad] == held  # of what is kept, and nothing else
    assert held.count(True) == 3


def test_precision_copies_and_state_dicts(single):
    screening = copy.deepcopy(vnn.Screening(single, 2, 2)).double()
    assert screening.space == Space(single.dim, backend="torch", dtype="float64")
    found, state = screening(*packed(screening.space, 2), screening.start())
    assert found.vector.dtype == state.items.dtype == state.scores.dtype == torch.float64
    assert not screening.state_dict()


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_a_step_compiles_in_one_graph():
    space = Space(16, backend="torch")
    screening = vnn.Screening(space, 2, 2)
    torch._dynamo.reset()
    compiled = torch.compile(screening, fullgraph=True, backend="aot_eager")
    items, queries = packed(space, 6, 3), packed(space, 6, 3, seed=1)
    plain, fused = streamed(screening, items, queries), streamed(compiled, items, queries)
    assert torch.allclose(plain[0][-1].vector, fused[0][-1].vector, atol=1e-6)
    assert torch.allclose(plain[1].scores, fused[1].scores, atol=1e-6)


def test_errors_of_screening(single):
    screening = vnn.Screening(single, 2, 3)
    item, state = packed(single), screening.start(3)
    fails("recent must be a whole number of at least 1, not 0", lambda: vnn.Screening(single, 0))
    fails(
        "slots must be a whole number of at least 0, not -1", lambda: vnn.Screening(single, 1, -1)
    )
    fails("the temperature must be a number above 0, not 0",
          lambda: vnn.Screening(single, temperature=0))  # fmt: skip
    fails("decay must be a number in (0, 1], not 2", lambda: vnn.Screening(single, decay=2))
    fails("batch must be a whole number of at least 0, not -1", lambda: screening.start(-1))
    fails("Screening: the item has the shape (60,), not (..., 64)",
          lambda: screening(item[:60], item, state))  # fmt: skip
    fails("Screening: the query holds NaN or infinity in row 1",
          lambda: screening(item, torch.stack([item, item * math.nan]), state))  # fmt: skip
    fails("Screening: batches of shapes (2,) and () and (3,) do not go together",
          lambda: screening(item.expand(2, -1), item, state))  # fmt: skip
    fails("Screening: the state is a tuple, not what start() or the step before gave",
          lambda: screening(item, item, tuple(state)))  # fmt: skip
    fails("Screening: the state has the shape (3, 20, 64), not (..., 5, 64)",
          lambda: screening(item, item, vnn.Screening(single).start(3)))  # fmt: skip
    assert not state.present.any()  # nothing changed
