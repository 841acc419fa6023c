"""A recurrent cell that screens its past: what it computes, and how far back its gradients reach."""

import copy

import pytest
from layers import fails

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

from vsa_plugins.biases import RelevancyRNNCell  # noqa: E402


def cell(recent=3, slots=2):
    torch.manual_seed(0)
    return RelevancyRNNCell(4, 6, recent, slots).double()


def run(cell, sequence):
    state, hidden = None, []
    for x in sequence:
        h, state = cell(x, state)
        hidden.append(h)
    return torch.stack(hidden), state


def by_the_rule(cell, sequence, recent, slots):
    """The equations state by state, with lists; [state, score] each."""
    h = s = torch.zeros(len(cell.recurrence.weight)).double()
    buffer, kept, hidden = [[h, 0.0]], [], []
    for x in sequence:
        states = torch.stack([state for state, _ in kept + buffer])
        asked = cell.asked.weight @ s
        weights = (
            torch.tanh(asked + states @ cell.offered.weight.T) @ cell.score.weight[0]
        ).softmax(0)
        for entry, weight in zip(buffer, weights[len(kept) :], strict=True):
            entry[1] += weight.item()
        s = (h + weights @ states) / 2
        h = torch.tanh(cell.source(x) + cell.recurrence.weight @ s)
        buffer.append([h, 0.0])
        hidden.append(h)
        if len(buffer) > recent:
            oldest, lowest = buffer.pop(0), min([score for _, score in kept], default=0.0)
            if len(kept) < slots:
                kept.append(oldest)
            elif slots and oldest[1] > lowest:
                kept[[score for _, score in kept].index(lowest)] = oldest
    return torch.stack(hidden)


@pytest.mark.parametrize(("recent", "slots"), [(20, 0), (5, 15), (3, 2), (4, 0), (1, 3)])
def test_it_attends_to_what_the_rule_keeps(recent, slots):
    made = cell(recent, slots)
    with torch.no_grad():
        made.score.weight.mul_(20)  # weights that differ
    sequence = torch.randn(19, 4).double()
    assert torch.allclose(run(made, sequence)[0], by_the_rule(made, sequence, recent, slots))
    to_all = by_the_rule(made, sequence, 20, 0)
    assert torch.allclose(run(made, sequence)[0], to_all) == (recent + slots >= 20)


def test_a_batch_is_its_sequences_one_by_one():
    made, sequence = cell(), torch.randn(15, 2, 3, 4).double()
    together, state = run(made, sequence)
    assert torch.allclose(together[:, 1, 2], run(made, sequence[:, 1, 2])[0])
    assert state.kept.items.shape == (2, 3, 5, 6)
    assert torch.equal(state.kept.items[..., -1, :], state.hidden)


def test_gradients_reach_back_to_what_is_kept():
    made = cell(recent=2, slots=1)
    sequence = torch.randn(12, 4).double().requires_grad_()
    hidden, state = run(made, sequence)
    hidden[-1].sum().backward()
    assert sequence.grad[-1].any()
    assert not state.kept.scores.requires_grad
    assert all(p.grad is not None for p in made.parameters())
    small = RelevancyRNNCell(2, 3, 2, 1).double()
    assert torch.autograd.gradcheck(
        lambda x: run(small, x)[0][-1], torch.randn(6, 2).double().requires_grad_()
    )


def test_copies_and_states():
    made = cell()
    twin = copy.deepcopy(made)
    other = RelevancyRNNCell(4, 6, 3, 2).double()
    other.load_state_dict(made.state_dict())
    sequence = torch.randn(8, 4).double()
    assert torch.equal(run(made, sequence)[0], run(other, sequence)[0])
    assert torch.equal(run(made, sequence)[0], run(twin, sequence)[0])


def test_errors_of_the_cell():
    fails("input_size must be a whole number of at least 1, not 0", lambda: RelevancyRNNCell(0, 4))
    fails("recent must be a whole number of at least 1, not 0", lambda: RelevancyRNNCell(1, 4, 0))
    fails(
        "slots must be a whole number of at least 0, not -1", lambda: RelevancyRNNCell(1, 4, 1, -1)
    )
    made, x = cell(), torch.ones(3, 4).double()
    _, state = made(x)
    fails("RelevancyRNNCell: the input has the shape (3, 2), not (..., 4)", lambda: made(x[:, :2]))
    fails("RelevancyRNNCell: batches of shapes (2,) and (3,) do not go together",
          lambda: made(x[:2], state))  # fmt: skip
    wrong = state._replace(hidden=state.hidden[:, :2])
    fails("RelevancyRNNCell: the hidden state has the shape (3, 2), not (..., 6)",
          lambda: made(x, wrong))  # fmt: skip
    x[2, 0] = float("nan")
    fails("RelevancyRNNCell: the input holds NaN or infinity in row 2", lambda: made(x))
