"""The interface is that of torch.nn.LSTM: shapes, packed sequences, states, saving; bad input."""

import copy
import io

import pytest

from vsa import VsaError

torch = pytest.importorskip("torch")

from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402
from vsa_plugins.associative_lstm import AssociativeLSTM  # noqa: E402

FORMS = [
    {},
    {"batch_first": True},
    {"num_layers": 3},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": True},
    {"bias": False},
]


def pair(copies=2, **settings):
    """Ours and torch's of the same settings."""
    torch.manual_seed(0)
    ours = AssociativeLSTM(3, 6, copies=copies, dtype=torch.float64, **settings)
    return ours, torch.nn.LSTM(3, 6, dtype=torch.float64, **settings)


def close(a, b):
    return torch.allclose(a, b, atol=1e-12)


@pytest.mark.parametrize("settings", FORMS, ids=str)
@pytest.mark.parametrize("shape", [(4, 5, 3), (4, 3), (1, 1, 3), (5, 1, 3)])
def test_outputs_and_states_are_shaped_as_those_of_torch(settings, shape):
    ours, theirs = pair(**settings)
    x = torch.randn(shape, dtype=torch.float64)
    out, (h, c) = ours(x)
    wanted, (h_wanted, c_wanted) = theirs(x)
    assert out.shape == wanted.shape
    assert h.shape == h_wanted.shape
    assert c.shape == (*c_wanted.shape[:-1], 2, 6)  # copies between the batch and the units
    assert close(ours(x, (torch.zeros_like(h), torch.zeros_like(c)))[0], out)


@pytest.mark.parametrize("settings", FORMS, ids=str)
def test_a_sequence_does_not_depend_on_who_is_beside_it(settings):
    ours, _ = pair(**settings)
    x = torch.randn(5, 4, 3, dtype=torch.float64)
    batch = x.transpose(0, 1) if ours.batch_first else x
    out, (h, c) = ours(batch)
    out = out.transpose(0, 1) if ours.batch_first else out
    for row in range(4):
        alone, (h_alone, c_alone) = ours(x[:, row])
        assert close(out[:, row], alone)
        assert close(h[:, row], h_alone)
        assert close(c[:, row], c_alone)


@pytest.mark.parametrize("settings", FORMS, ids=str)
@pytest.mark.parametrize("lengths", [[5, 3, 1], [2, 5, 2], [1, 1, 4]], ids=str)
@pytest.mark.parametrize("state", [False, True])
def test_packed_sequences_are_as_each_by_itself(settings, lengths, state):
    ours, theirs = pair(**settings)
    first = ours.batch_first
    x = torch.randn(3, max(lengths), 3, dtype=torch.float64)
    packed = pack_padded_sequence(
        x if first else x.transpose(0, 1), torch.tensor(lengths), first, enforce_sorted=False
    )
    layers = (2 if ours.bidirectional else 1) * ours.num_layers
    hx = None
    if state:
        hx = torch.randn(layers, 3, 6).double(), torch.randn(layers, 3, 2, 6).double()
    out, (h, c) = ours(packed, hx)
    assert [list(t) for t in (out.batch_sizes, out.sorted_indices, out.unsorted_indices)] == [
        list(t) for t in (packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)
    ]
    padded, counted = pad_packed_sequence(out, batch_first=True)
    assert counted.tolist() == lengths
    assert padded.shape == pad_packed_sequence(theirs(packed)[0], batch_first=True)[0].shape
    for row, length in enumerate(lengths):
        mine = (hx[0][:, row], hx[1][:, row]) if state else None
        alone, (h_alone, c_alone) = ours(x[row, :length], mine)
        assert close(padded[row, :length], alone)
        assert close(h[:, row], h_alone)
        assert close(c[:, row], c_alone)


@pytest.mark.parametrize("layers", [1, 3])
def test_a_state_carried_over_is_one_run(layers):
    ours, _ = pair(num_layers=layers)
    x = torch.randn(9, 2, 3, dtype=torch.float64)
    whole, (h, c) = ours(x)
    parts, state = [], None
    for part in x.split([4, 1, 4]):
        out, state = ours(part, state)
        parts.append(out)
    assert close(torch.cat(parts), whole)
    assert close(state[0], h)
    assert close(state[1], c)


def test_layers_are_stacked():
    ours, _ = pair(num_layers=2)
    torch.manual_seed(1)
    below, above = (AssociativeLSTM(n, 6, copies=2, dtype=torch.float64) for n in (3, 6))
    for layer, name in ((below, "l0"), (above, "l1")):
        layer.load_state_dict(
            {k.replace(name, "l0"): v for k, v in ours.state_dict().items() if k.endswith(name)}
        )
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    assert close(ours(x)[0], above(below(x)[0])[0])


def test_dropout_lies_between_layers_and_only_in_training():
    ours, _ = pair(num_layers=2)
    dropping = AssociativeLSTM(3, 6, 2, dropout=1.0, copies=2, dtype=torch.float64)
    dropping.load_state_dict(ours.state_dict())
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    assert close(dropping.eval()(x)[0], ours(x)[0])
    trained, (h, _) = dropping.train()(x)
    assert close(
        trained, dropping.train()(torch.randn_like(x))[0]
    )  # nothing gets to the second layer
    assert close(h[0], ours(x)[1][0][0])


def test_weights_are_saved_as_plain_tensors():
    ours, _ = pair(num_layers=2, copies=3)
    file = io.BytesIO()
    torch.save(ours.state_dict(), file)
    file.seek(0)
    torch.manual_seed(7)
    other = AssociativeLSTM(3, 6, 2, copies=3, seed=9, dtype=torch.float64)
    x = torch.randn(4, 2, 3, dtype=torch.float64)
    assert not close(other(x)[0], ours(x)[0])
    other.load_state_dict(torch.load(file, weights_only=True))
    assert close(other(x)[0], ours(x)[0])
    assert close(copy.deepcopy(other)(x)[0], ours(x)[0])


def test_a_layer_moves_to_another_precision():
    ours, _ = pair()
    x = torch.randn(4, 2, 3)
    out = ours.float()(x)[0]
    assert out.dtype == torch.float32
    assert torch.allclose(out.double(), ours.double()(x.double())[0], atol=1e-5)
    assert ours.permutations_l0.dtype == torch.int64


@pytest.mark.parametrize("packed", [False, True])
def test_autocast_leaves_the_precision_of_the_layer(packed):
    ours = pair()[0].float()
    x = torch.randn(4, 2, 3)
    given = pack_padded_sequence(x, torch.tensor([4, 2])) if packed else x
    wanted = ours(given)[0]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = ours(given)[0]
        low = ours(given.to(torch.bfloat16))[0]
    for found, apart in ((out, 1e-6), (low, 1e-2)):  # what came in low precision had lost digits
        assert found.data.dtype == torch.float32
        assert torch.allclose(found.data, wanted.data, atol=apart)


def test_no_rows_give_no_rows():
    ours, _ = pair()
    out, (h, c) = ours(torch.zeros(4, 0, 3, dtype=torch.float64))
    assert out.shape == (4, 0, 6)
    assert h.shape == (1, 0, 6)
    assert c.shape == (1, 0, 2, 6)


def test_it_can_be_used_where_a_torch_lstm_is():
    ours, _ = pair(num_layers=2)
    ours.flatten_parameters()
    names = {name for name, _ in ours.named_parameters()}
    assert names == {f"{kind}_l{k}" for kind in ("weight_ih", "weight_hh", "bias") for k in (0, 1)}
    assert str(ours) == "AssociativeLSTM(3, 6, num_layers=2, copies=2)"


# --- bad input -------------------------------------------------------------------------------------
def x64(*shape):
    return torch.zeros(shape, dtype=torch.float64)


def spoilt(*place):
    x = x64(4, 2, 3)
    x[place] = float("nan")
    return x


ERRORS = [
    (x64(4, 2, 5), None, "input has 5 numbers a step: give 3, the input_size"),
    (x64(4), None, "input has the shape (4,): give (steps, batch, 3), or (steps, 3) without a batch"),
    ([1.0], None, "input is a list: give a tensor or a packed sequence"),
    (x64(0, 2, 3), None, "input has no steps: leave empty sequences out"),
    (x64(0, 3), None, "input has no steps: leave empty sequences out"),
    (x64(4, 2, 3).float(), None,
     "input is torch.float32, the layer torch.float64: use .to(torch.float64)"),
    (x64(4, 2, 3).to("meta"), None, "input is on meta, the layer on cpu: use .to()"),
    (spoilt(2, 1, 0), None, "input holds NaN or infinity in row 1, step 2: leave that row out"),
    (spoilt(2, 1, 0)[:, 1], None, "input holds NaN or infinity in step 2: leave that row out"),
    (x64(4, 2, 3), x64(1, 2, 6), "the state is a pair (h, c): give both or neither"),
    (x64(4, 2, 3), (x64(1, 3, 6), x64(1, 2, 2, 6)),
     "h of the state has the shape (1, 3, 6): give (1, 2, 6)"),
    (x64(4, 2, 3), (x64(1, 2, 6), x64(1, 2, 6)),
     "c of the state has the shape (1, 2, 6): give (1, 2, 2, 6)"),
    (x64(4, 3), (x64(1, 1, 6), x64(1, 1, 2, 6)),
     "h of the state has the shape (1, 1, 6): give (1, 6)"),
    (x64(4, 2, 3), (x64(1, 2, 6), x64(1, 2, 2, 6).float()),
     "c of the state is torch.float32, the layer torch.float64: use .to(torch.float64)"),
    (x64(4, 2, 3), (x64(1, 2, 6) / 0, x64(1, 2, 2, 6)),
     "h of the state holds NaN or infinity in layer 0, row 0: begin without a state"),
    (x64(4, 2, 3), (None, None), "h of the state is a NoneType: give a tensor"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("x", "hx", "message"), ERRORS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_bad_input_is_named_in_one_line(x, hx, message):
    ours, _ = pair()
    with pytest.raises(VsaError) as caught:
        ours(x, hx)
    assert str(caught.value) == f"AssociativeLSTM: {message}"


def test_bad_numbers_in_packed_sequences_are_found_where_they_were_given():
    ours, _ = pair(batch_first=True)
    x = torch.zeros(3, 4, 3, dtype=torch.float64)
    x[2, 3, 1] = float("inf")
    packed = pack_padded_sequence(x, torch.tensor([1, 2, 4]), True, enforce_sorted=False)
    with pytest.raises(VsaError, match="in row 2, step 3: leave"):
        ours(packed)


def test_numbers_that_only_overflow_together_are_no_error():
    ours, _ = pair()
    ours(torch.full((4, 2, 3), 1e308, dtype=torch.float64))


def test_nothing_is_looked_at_where_that_is_asked():
    torch.manual_seed(0)
    ours = AssociativeLSTM(3, 6, check=False)
    out = ours(torch.full((4, 2, 3), float("nan")))[0]
    assert bool(out.isnan().any())
