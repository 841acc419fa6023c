"""Starts for the matrices of a recurrence: what they write, in which direction, and what they refuse."""

import pytest
from layers import fails

from vsa.algebra.space import Space

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

from vsa_plugins.biases import bind_, chain_, source_  # noqa: E402


def test_a_chain_is_below_the_diagonal():
    weight = torch.nn.Parameter(torch.randn(3, 3))
    assert chain_(weight, 1.5, 0.25, 0.125) is weight
    assert weight.tolist() == [[0.125, 0.25, 0], [1.5, 0.125, 0.25], [0, 1.5, 0.125]]
    assert chain_(weight).tolist() == [
        [0, 0, 0],
        [pytest.approx(1.02), 0, 0],
        [0, pytest.approx(1.02), 0],
    ]
    assert weight.requires_grad
    assert weight.grad_fn is None
    assert chain_(torch.ones(1, 1), diagonal=0.5).tolist() == [[0.5]]


def test_an_rnn_hands_its_input_down_the_chain():
    """The direction that holds what was put in: unit k is the input k steps ago."""
    rnn = torch.nn.RNN(1, 6, nonlinearity="relu", bias=False)
    chain_(rnn.weight_hh_l0, 1.0)
    source_(rnn.weight_ih_l0, 1.0)
    past = torch.rand(1, 6, 1)
    last = rnn(past[0])[1]
    assert torch.equal(last.flatten(), past.flatten().flip(0))


def test_a_source_goes_into_the_first_units():
    weight = source_(torch.randn(4, 2))
    assert torch.equal(weight, 0.9 * torch.eye(4, 2))
    assert torch.equal(source_(torch.randn(2, 4), 0.5), 0.5 * torch.eye(2, 4))


def test_a_shift_is_binding_with_the_second_unit_vector():
    weight = bind_(torch.empty(5, 5), torch.eye(5)[1])
    assert torch.equal(weight @ torch.arange(5.0), torch.arange(5.0).roll(1))
    assert torch.equal(weight[1:, :], chain_(torch.empty(5, 5), 1.0)[1:, :])  # until it wraps


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("algebra", ["hrr", "map-i", "vtb"])
def test_a_bound_matrix_does_as_the_algebra_does(algebra, backend):
    space = Space(64, algebra, backend=backend, dtype="float64")
    key, h = space.random(), space.random()
    weight = bind_(torch.empty(64, 64, dtype=torch.float64), key)
    bound = torch.as_tensor((h * key).numpy())
    assert torch.allclose(weight @ torch.as_tensor(h.numpy()), bound)
    if algebra == "hrr":
        assert torch.allclose(weight, bind_(torch.empty(64, 64).double(), weight[:, 0].clone()))


def test_a_gate_of_an_lstm_is_initialised_alone():
    lstm = torch.nn.LSTM(2, 4)
    before = lstm.weight_hh_l0.detach().clone()
    with torch.no_grad():
        chain_(lstm.weight_hh_l0[8:12], 1.0)
    assert torch.equal(lstm.weight_hh_l0[:8], before[:8])
    assert lstm.weight_hh_l0[8:12].sum() == 3


def test_errors_of_initialisers():
    weight = torch.ones(3, 4)
    fails("chain_: the weight has the shape (3, 4), not (n, n)", lambda: chain_(weight))
    fails("bind_: the weight has the shape (3, 4), not (n, n)", lambda: bind_(weight, weight[0]))
    fails("source_: the weight has the shape (4,), not (n, m)", lambda: source_(weight[0]))
    fails("source_: the weight has the shape (), not (n, m)", lambda: source_(3))
    square = torch.ones(4, 4)
    fails("gain must be a number, not nan", lambda: chain_(square, float("nan")))
    fails("feedback must be a number, not 'x'", lambda: chain_(square, 1.0, "x"))
    fails("bind_: the key has the shape (3,), not (4,)", lambda: bind_(square, square[0, :3]))
    fails("bind_: the key has the shape (), not (4,)", lambda: bind_(square, "p"))
    for key in (Space(64).key("p"), Space(4).random(2), Space(4, "fhrr").key("p")):
        fails(
            "bind_: the key is no one vector of 4 real components", lambda k=key: bind_(square, k)
        )
    fails("bind_ needs vectors that are sums, which the algebra 'bsc' has not",
          lambda: bind_(square, Space(64, "bsc").key("p")))  # fmt: skip
    assert bool((square == 1).all())
