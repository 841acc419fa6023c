"""Composition against its formulas in NumPy, tree by tree; words, types, saving, bad input."""

import numpy as np
import pytest
from vsa_plugins.composition.trees import Tree

from vsa import VsaError

torch = pytest.importorskip("torch")

from vsa_plugins.composition.forms import FORMS  # noqa: E402
from vsa_plugins.composition.model import Composer  # noqa: E402

VOCABULARY = [f"w{i}" for i in range(12)]
TYPES = ("AP", "NP")


def random_tree(rng, leaves, types=("", *TYPES)):
    parts = [Tree((str(rng.choice(VOCABULARY)),)) for _ in range(leaves)]
    while len(parts) > 1:
        i = int(rng.integers(len(parts) - 1))
        parts[i : i + 2] = [Tree.pair(parts[i], parts[i + 1], str(rng.choice(types)))]
    return parts[0]


def trees(count=40, most=9, seed=0):
    rng = np.random.default_rng(seed)
    return [random_tree(rng, int(rng.integers(1, most + 1))) for _ in range(count)]


def composer(form="matrix", dim=5, **settings):
    made = Composer(VOCABULARY, dim, form, dtype="float64", **settings)
    rng = np.random.default_rng(7)
    with torch.no_grad():  # away from the start, where much is near the identity
        for p in made.parameters():
            p += torch.from_numpy(0.3 * rng.standard_normal(tuple(p.shape)))
    return made


class Oracle:
    """The formulas of the papers for one tree, node by node, from the weights as arrays."""

    def __init__(self, made):
        self.made, self.settings = made, made.settings
        self.w = {k: v.detach().numpy() for k, v in made.state_dict().items()}

    def word(self, word):
        i = self.made.index[word]
        table = {k[7:]: v[i] for k, v in self.w.items() if k.startswith("tables.")}
        if "down" in table:
            return table["content"], table["down"] @ table["up"] + np.diag(table["diagonal"])
        operator = table.get("operator")
        return table["content"], operator.T if operator is not None else None

    def g(self, x):
        kind = "identity" if self.settings["form"] == "linear" else self.settings["activation"]
        return {
            "tanh": np.tanh,
            "identity": lambda v: v,
            "clip": lambda v: np.maximum(np.minimum(v, 1), 0),
            "relu": lambda v: np.maximum(v, 0),
            "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        }[kind](x)

    def weights(self, tag, a, b):
        """W, its bias and W_M of a composition, acting on columns."""
        kind = self.made.types[tag] if len(self.made.types) > 1 else 0
        shares = np.eye(len(self.w["form.weight"]))[kind]
        if self.settings["mixture"]:
            scores = np.exp(np.concatenate([a, b]) @ self.w["form.gate"])
            shares = scores / scores.sum()
        mix = lambda name: np.tensordot(shares, self.w[name], 1).T if name in self.w else None  # noqa: E731
        return mix("form.weight"), mix("form.bias"), mix("form.operators")

    def f(self, a, beta):
        hidden = np.concatenate([a, beta]) @ self.w["form.first"] + self.w["form.shift"]
        return np.tanh(hidden) @ self.w["form.second"]

    def pair(self, left, right, tag):
        (a, A), (b, B) = left, right  # noqa: N806
        form = self.settings["form"]
        if form == "mean":
            return (a + b) / 2, None
        if form == "product":
            return a * b, None
        if form == "concatenation":
            return np.concatenate([a, b]), None
        if form == "application":
            return A @ b, A @ B
        W, bias, W_M = self.weights(tag, a, b)  # noqa: N806
        if form == "rnn":
            return self.g(W @ np.concatenate([a, b]) + bias), None
        if form == "vector":
            x = np.concatenate([self.f(a, B), self.f(b, A)])
        else:
            x = np.concatenate([B @ a, A @ b])
        return self.g(W @ x + bias), W_M @ np.concatenate([A, B])

    def tree(self, tree):
        states = [self.word(w) for w in tree.words]
        for left, right, tag in tree.nodes:
            states.append(self.pair(states[left], states[right], tag))
        return states


SETTINGS = [
    {"form": "matrix"},
    {"form": "matrix", "rank": 2},
    {"form": "matrix", "types": TYPES},
    {"form": "matrix", "mixture": 3},
    {"form": "matrix", "rank": 2, "types": TYPES, "activation": "sigmoid"},
    {"form": "matrix", "activation": "clip"},
    {"form": "matrix", "activation": "relu"},
    {"form": "vector"},
    {"form": "vector", "types": TYPES, "hidden": 7},
    {"form": "vector", "mixture": 2},
    {"form": "linear", "types": TYPES},
    {"form": "rnn", "types": TYPES},
    {"form": "rnn", "mixture": 2},
    {"form": "mean"},
    {"form": "product"},
    {"form": "application"},
    {"form": "application", "rank": 3},
]


def named(settings):
    return "-".join(f"{v}" if k == "form" else k for k, v in settings.items())


@pytest.mark.parametrize("settings", SETTINGS, ids=named)
def test_levels_compute_what_the_formulas_say_tree_by_tree(settings):
    made = composer(**settings)
    oracle, batch = Oracle(made), trees()
    with torch.no_grad():
        contents, operators = made.states(batch)
        alone = [made.states([tree]) for tree in batch[:5]]
    for i, tree in enumerate(batch):
        content, operator = oracle.tree(tree)[-1]
        np.testing.assert_allclose(contents[i], content, rtol=1e-9, atol=1e-9)
        assert (operators is None) == (operator is None)
        if operator is not None:
            np.testing.assert_allclose(operators[i], operator, rtol=1e-9, atol=1e-9)
    for i, (content, _) in enumerate(alone):
        np.testing.assert_allclose(content[0], contents[i], rtol=1e-9, atol=1e-9)


def test_chosen_nodes_in_any_order_and_twice():
    made = composer()
    oracle, batch = Oracle(made), trees(8)
    nodes = [(i, n) for i, t in enumerate(batch) for n in range(t.root + 1)][::-1]
    nodes += [*nodes[:3], (2, -1)]
    contents, operators = made.states(made.plan(batch, nodes))
    for row, (i, n) in enumerate(nodes):
        content, operator = oracle.tree(batch[i])[n]
        np.testing.assert_allclose(contents[row].detach(), content, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(operators[row].detach(), operator, rtol=1e-9, atol=1e-9)


def test_concatenation_is_of_two_words():
    made = composer("concatenation")
    found = made([["w1", "w2"], ["w3", "w1"]]).detach()
    table = made.tables["content"].detach()
    np.testing.assert_array_equal(found[1], torch.cat([table[3], table[1]]))
    for text, what in [("((w1 w2) w3)", "pairs of words"), ("w1", "compositions")]:
        with pytest.raises(VsaError) as caught:
            made([text])
        grows = f"[a; b] grows with every composition: it is made of {what}, not of {text!r}"
        assert str(caught.value) == grows


@pytest.mark.parametrize("form", ["matrix", "vector", "rnn"])
def test_gradients_of_the_batch_are_those_of_its_trees(form):
    made = composer(form, types=TYPES)
    batch = trees(12)
    made(batch).square().sum().backward()
    together = {k: p.grad.clone() for k, p in made.named_parameters()}
    made.zero_grad()
    for tree in batch:
        made([tree]).square().sum().backward()
    for name, p in made.named_parameters():
        np.testing.assert_allclose(together[name], p.grad, rtol=1e-8, atol=1e-9)
    assert any(float(g.abs().sum()) > 0 for g in together.values())


def test_gradcheck():
    made = composer(dim=2, rank=1, types=TYPES)
    plan = made.plan(["((w0 w1) (AP: w2 w0))"])
    names, values = zip(*made.named_parameters(), strict=True)

    def run(*values):
        given = dict(zip(names, values, strict=True))
        return torch.func.functional_call(made, given, (plan,))

    assert torch.autograd.gradcheck(run, [v.detach().requires_grad_() for v in values])


# --- words -----------------------------------------------------------------------------------------
def test_a_word_does_not_depend_on_when_it_was_added():
    one = Composer(["very", "good", "movie"], 4, seed=3)
    other = Composer(["movie"], 4, seed=3).with_words(["good", "very", "good"])
    assert other.words == ("movie", "good", "very")
    found = [c(["((very good) movie)"]).detach() for c in (one, other)]
    np.testing.assert_array_equal(*found)
    again = [Composer(["very"], 4, "mean", seed=seed)(["very"]).tolist() for seed in (3, 4)]
    assert again[0] != again[1]


def test_adding_words_makes_another_composer():
    one = composer()
    before = one(["(w0 w1)"]).detach()
    two = one.with_words(["new"], {"given": np.arange(5.0)})
    assert "new" not in one.index
    assert two(["given"]).tolist() == [[0, 1, 2, 3, 4]]
    np.testing.assert_array_equal(two(["(w0 w1)"]).detach(), before)


def test_a_fresh_operator_is_near_the_identity():
    for settings in ({}, {"rank": 3}):
        _, operators = Composer(VOCABULARY, 20, **settings).states(VOCABULARY)
        off = torch.linalg.matrix_norm(operators.detach() - torch.eye(20)) / 20**0.5
        assert 0.05 < float(off.mean()) < 0.2


def test_types_have_weights_of_their_own():
    made = composer(types=TYPES)
    found = made(["(w0 w1)", "(AP: w0 w1)", "(NP: w0 w1)"]).detach()
    assert len({tuple(row) for row in found.tolist()}) == 3
    alike = composer()(["(w0 w1)", "(AP: w0 w1)"]).detach()
    np.testing.assert_array_equal(*alike)


def test_saving_and_loading(tmp_path):
    made = composer(rank=2, types=TYPES)
    made.save(tmp_path / "c.npz")
    again = Composer.load(tmp_path / "c.npz")
    assert (again.words, again.settings) == (made.words, made.settings)
    np.testing.assert_array_equal(again(trees()).detach(), made(trees()).detach())
    torch.save(made.state_dict(), tmp_path / "state.pt")
    again.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))


# --- what is wrong ---------------------------------------------------------------------------------
def poisoned(table):
    made = composer()
    with torch.no_grad():
        made.tables[table][3].fill_(float("nan"))
    return made


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: composer()(["w22"]), "the word 'w22' is unknown: did you mean 'w2'?"),
        (
            lambda: composer()(["(w1 w2)", "((w1 strange) w2)"]),
            "the word 'strange' in '(w1 strange)' of tree 2 is unknown: add it first",
        ),
        (
            lambda: composer(types=TYPES)(["w1", "(Np: w1 w2)"]),
            "the tag 'Np' in '(Np: w1 w2)' of tree 2 is unknown: did you mean 'NP'?",
        ),
        (
            lambda: composer(types=TYPES)(["(VERB: w1 w2)"]),
            "the tag 'VERB' in '(VERB: w1 w2)' is unknown: the types are AP, NP",
        ),
        (lambda: composer()([]), "there are no trees to compose: the batch is empty"),
        (lambda: composer()(["w1", "(w1 ()"]), "tree 2: the bracket at column 5 is empty"),
        (
            lambda: poisoned("content")(["(w1 w2)", "(w1 w3)"]),
            "the word 'w3' has numbers that are not finite",
        ),
        (
            lambda: poisoned("operator")(["(w1 w2)", "(w1 w3)"]),
            "the word 'w3' has numbers that are not finite",
        ),
        (
            lambda: composer().with_words(["a"], {"b": [1, 2]}),
            "the vector of 'b' has shape (2,), not (5,)",
        ),
        (
            lambda: Composer([], vectors={"a": [1, 2], "b": [1, 2, 3]}),
            "the vector of 'b' has shape (3,), not (2,)",
        ),
        (
            lambda: Composer([], vectors={"a": [1, float("nan")]}),
            "the vector of 'a' has numbers that are not finite",
        ),
        (lambda: Composer("very"), "words are wanted as a list: ['very']"),
        (
            lambda: Composer(["very", " "]),
            "' ' is not a word: a text that is not blank is wanted",
        ),
        (lambda: Composer([], 0), "dim must be a whole number of at least 1, not 0"),
        (
            lambda: Composer([], 4, "matrices"),
            "no form is called 'matrices': choose of " + ", ".join(FORMS),
        ),
        (
            lambda: Composer([], 4, activation="than"),
            "no activation is called 'than': choose of tanh, sigmoid, relu, clip, identity",
        ),
        (
            lambda: Composer([], 4, "mean", types=["AP"]),
            "the form 'mean' has no weights that could differ by type",
        ),
        (
            lambda: Composer([], 4, "vector", rank=2),
            "the form 'vector' has no matrices that could be of low rank",
        ),
        (
            lambda: Composer([], 4, types=["AP"], mixture=2),
            "types= are chosen by tags, mixture= by a gate: give one of them",
        ),
        (
            lambda: Composer([f"w{i}" for i in range(20_000)], 300),
            "20,000 words of dim 300 need 14 GB: read only the wanted words, or say rank=3",
        ),
        (
            lambda: Composer.load("nowhere.npz"),
            "there is no file nowhere.npz",
        ),
        (
            lambda: Composer.load(__file__),
            "test_model.py is not a saved composer, or it is damaged",
        ),
    ],
)
def test_errors_name_the_culprit(act, message):
    with pytest.raises(VsaError) as caught:
        act()
    assert str(caught.value) == message


def test_what_overflows_is_named_by_its_node():
    made = composer(activation="identity")
    with torch.no_grad():
        made.form.weight.fill_(1e200)
    with pytest.raises(VsaError, match=r"tree 2: the content of '\(\(w1 w2\) w3\)' is not finite"):
        made(["(w1 w2)", "((w1 w2) w3)"])
