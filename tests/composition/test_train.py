"""Training: what is learnt, what is kept when it stops, repeatability, targets, bad input."""

import itertools

import numpy as np
import pytest

from vsa import VsaError

torch = pytest.importorskip("torch")

from vsa_plugins.composition.classifier import Classifier  # noqa: E402
from vsa_plugins.composition.model import Composer  # noqa: E402
from vsa_plugins.composition.training import train  # noqa: E402

MODIFIERS = {"not": -1, "very": 1, "hardly": -1, "really": 1}
ADJECTIVES = {"good": 1, "bad": -1, "fine": 1, "awful": -1, "nice": 1, "poor": -1}


def pairs():
    """Whether a phrase is positive, where a modifier may turn its adjective around."""
    return [
        (f"({m} {a})", "positive" if s * t > 0 else "negative")
        for m, s in MODIFIERS.items()
        for a, t in ADJECTIVES.items()
    ]


def flipped():
    """The opposite of all of them."""
    return [(t, "negative" if label == "positive" else "positive") for t, label in pairs()]


def composer(form="matrix", **settings):
    return Composer([*MODIFIERS, *ADJECTIVES], 4, form, **settings)


def accuracy(model, examples):
    found = model.predict([tree for tree, _ in examples])
    return np.mean([a == b for a, (_, b) in zip(found, examples, strict=True)])


def best_of(tries, train_from):
    """The best accuracy of some starts: a few of them come to rest before all is learnt."""
    found = 0
    for seed in range(tries):
        found = max(found, train_from(seed))
        if found == 1:
            break
    return found


@pytest.mark.parametrize("settings", [{"form": "matrix"}, {"form": "vector", "hidden": 16}])
def test_operators_learn_to_turn_a_meaning_around_and_means_cannot(settings):
    def learnt(seed):
        start = composer(seed=seed, **settings)
        model = train(start, pairs(), held_out=0, epochs=200, rate=0.02, patience=100)
        return accuracy(model, pairs())

    assert best_of(5, learnt) == 1
    mean = train(composer("mean"), pairs(), held_out=0, epochs=60, rate=0.05)
    # an exclusive or is not linear: of each two modifiers by two adjectives that differ in sign,
    # a sum gets at most three of four right, and so three quarters of all
    assert accuracy(mean, pairs()) <= 0.75


def test_the_composer_that_was_given_stays_and_a_seed_repeats():
    made = composer()
    before = {k: v.clone() for k, v in made.state_dict().items()}
    state = torch.get_rng_state()
    runs = [train(made, pairs(), epochs=3, seed=s, held_out=0.25) for s in (1, 1, 2)]
    assert runs[0].history == runs[1].history != runs[2].history
    assert all(torch.equal(v, before[k]) for k, v in made.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


def test_training_stops_after_its_best_and_keeps_it():
    # what is held out says the opposite: the better the one, the worse the other
    model = train(composer(), pairs(), held_out=flipped(), epochs=200, patience=3, rate=0.05)
    losses = [held for _, held in model.history]
    assert model.ended == "patience"
    assert len(losses) == 3 + int(np.argmin(losses)) + 1
    again = model(model.composer.plan([t for t, _ in flipped()])).log_softmax(-1).detach().numpy()
    right = [model.labels.index(label) for _, label in flipped()]
    kept = -again[np.arange(len(right)), right].mean()
    assert kept == pytest.approx(min(losses), rel=1e-5)


def test_an_interrupt_keeps_the_best_so_far():
    shares = []

    def progress(title, share):
        shares.append(share)
        if len(shares) == 5:
            raise KeyboardInterrupt

    model = train(composer(), pairs(), held_out=0, epochs=40, rate=0.05, progress=progress)
    assert (model.ended, len(model.history), model.kept) == ("interrupted", 5, 5)
    assert str(model).startswith("interrupted after 5 epochs, epoch 5 the best: ")
    assert shares == pytest.approx([1 / 40, 2 / 40, 3 / 40, 4 / 40, 5 / 40, 1])
    whole = train(composer(), pairs(), held_out=0, epochs=5, rate=0.05)
    np.testing.assert_array_equal(
        model.probabilities(["(not good)"]), whole.probabilities(["(not good)"])
    )


def test_an_interrupt_within_an_epoch_leaves_that_epoch_out(monkeypatch):
    whole = train(composer(), pairs(), held_out=0, epochs=3, rate=0.05, batch=8)
    steps = []
    step = torch.optim.Adam.step

    def interrupted(self, closure=None):
        steps.append(1)
        if len(steps) == 11:  # in the fourth of three steps each
            raise KeyboardInterrupt
        return step(self, closure)

    monkeypatch.setattr(torch.optim.Adam, "step", interrupted)
    model = train(composer(), pairs(), held_out=0, epochs=40, rate=0.05, batch=8)
    assert (model.ended, len(model.history)) == ("interrupted", 3)
    np.testing.assert_array_equal(
        model.probabilities(["(not good)"]), whole.probabilities(["(not good)"])
    )


def test_training_goes_on_from_a_classifier_and_keeps_what_was_better():
    first = train(composer(), pairs(), held_out=0, epochs=10, rate=0.02)
    further = train(first, pairs(), held_out=0, epochs=10, rate=0.02)
    assert further.history[further.kept - 1][1] < first.history[-1][1] / 2
    assert further.kept > 0
    worse = train(first, flipped(), held_out=pairs(), epochs=2, rate=0.1)
    assert (worse.kept, str(worse)) == (0, "2 epochs, none better than before")
    trees = [tree for tree, _ in pairs()]
    np.testing.assert_array_equal(worse.probabilities(trees), first.probabilities(trees))
    fewer = train(first, pairs()[:1], held_out=0, epochs=1)
    assert fewer.labels == ("negative", "positive")  # one alone would be no choice
    others = train(first, [("good", "yes"), ("bad", "no")], held_out=0, epochs=1)
    assert others.labels == ("no", "yes")
    assert len(first.history) == 10


def test_more_words_do_not_change_what_is_learnt():
    first = train(composer(), pairs(), epochs=2)
    more = first.with_composer(first.composer.with_words(["new"]))
    trees = [tree for tree, _ in pairs()]
    np.testing.assert_array_equal(more.probabilities(trees), first.probabilities(trees))
    assert str(more) == str(first)
    assert more.probabilities(["(not new)"]).shape == (1, 2)


def test_what_is_held_out_is_counted_apart():
    learnt = train(composer(seed=1), pairs(), held_out=0, epochs=60, rate=0.02)
    assert learnt.right == (24, accuracy(learnt, pairs()))
    assert f"of {24} learnt from right" in str(learnt)
    held = train(composer(seed=1), pairs()[:12], held_out=pairs()[12:], epochs=3, rate=0.02)
    assert held.right == (12, accuracy(held, pairs()[12:]))
    assert "of 12 held out right" in str(held)


def test_decay_of_words_makes_them_smaller():
    kept, decayed = (
        train(
            composer("rnn"), pairs(), epochs=40, held_out=0, rate=0.02, words_decay=decay
        ).composer
        for decay in (0, 0.01)
    )
    assert decayed.tables["content"].norm() < 0.8 * kept.tables["content"].norm()


@pytest.mark.parametrize("form", ["matrix", "vector"])
@pytest.mark.parametrize("chosen", [{"types": ["swap"]}, {"mixture": 2}])
def test_types_by_tag_and_by_a_gate_learn_what_one_set_of_weights_cannot(form, chosen):
    """The same words mean the opposite under the other tag, or in the other half of the words."""
    first, second = ["a", "b", "c", "d"], ["e", "f", "g", "h"]
    examples = []
    for x, y in itertools.product(range(4), range(4)):
        same = "yes" if (x < 2) == (y < 2) else "no"
        other = "no" if same == "yes" else "yes"
        if "types" in chosen:
            examples += [
                (f"({first[x]} {second[y]})", same),
                (f"(swap: {first[x]} {second[y]})", other),
            ]
        else:
            examples += [(f"({first[x]} {first[y]})", same), (f"({second[x]} {second[y]})", other)]

    def learnt(seed, **settings):
        made = Composer([*first, *second], 4, form, hidden=8, seed=seed, **settings)
        return accuracy(train(made, examples, held_out=0, epochs=150, rate=0.03), examples)

    assert best_of(5, lambda seed: learnt(seed, **chosen)) == 1
    if "types" in chosen:
        assert learnt(0) == 0.5  # without types tags make no difference


def test_probabilities_are_learnt_at_chosen_nodes():
    wanted = {"(very good)": [0.7, 0.2, 0.1], "(not good)": [0.1, 0.3, 0.6]}
    tree = "((very good) (not good))"
    model = train(
        composer(), [(tree, dict(zip((4, 5), wanted.values(), strict=True)))],
        held_out=0, epochs=300, rate=0.05, decay=0, patience=300,
    )  # fmt: skip
    assert model.labels == ("0", "1", "2")
    np.testing.assert_allclose(model.probabilities(list(wanted)), list(wanted.values()), atol=0.02)


def test_saving_and_loading(tmp_path):
    model = train(composer(rank=2), pairs(), epochs=2)
    model.save(tmp_path / "m.npz")
    again = Classifier.load(tmp_path / "m.npz")
    trees = [tree for tree, _ in pairs()]
    np.testing.assert_array_equal(again.probabilities(trees), model.probabilities(trees))
    for name in ("labels", "history", "ended", "kept", "right", "held_out"):
        assert getattr(again, name) == getattr(model, name)
    composer().save(tmp_path / "c.npz")
    with pytest.raises(VsaError, match=r"c\.npz has a composer without a softmax"):
        Classifier.load(tmp_path / "c.npz")
    assert Composer.load(tmp_path / "m.npz").words == model.composer.words


@pytest.mark.parametrize(
    ("examples", "settings", "message"),
    [
        ([], {}, "there are no examples to learn from"),
        ([("good", {})], {}, "no node has a target: give (tree, label) or (tree, {node: label})"),
        ([("good", "a")], {}, "a softmax chooses among two labels or more, not 1"),
        (
            [("good", "a"), ("bad", "c")], {"labels": ["a", "b"]},
            "the target 'c' of tree 2 is no label: they are a, b",
        ),
        (
            [("good", [0.5, 0.5]), ("bad", [0.5, 0.6])], {},
            "the target of tree 2 must be 2 probabilities, not [0.5, 0.6]",
        ),
        (
            [("good", [1.0]), ("bad", [0.0, 1.0])], {},
            "the target of tree 2 must be 1 probability, not [0.0, 1.0]",
        ),
        (
            [("good", "yes"), ("bad", [0.4, 0.6])], {},
            "the target of tree 2 is probabilities, others are labels: give one kind, "
            'or labels=("no", "yes"), what the probabilities are of',
        ),
        ([("good", "a"), ("bad",)], {}, "example 2 must be a pair (tree, target), not ('bad',)"),
        (["ab"], {}, "example 1 must be a pair (tree, target), not 'ab'"),
        (3, {}, "examples are wanted as a list of pairs, not int"),
        ([("good", "a"), ("bad", {7: "b"})], {}, "the tree 'bad' has 1 nodes, no node 7"),
        ([("good", "a"), ("(bad", "b")], {}, "tree 2: the bracket at column 1 is not closed"),
        ([("good", "a"), ("bad", "b")], {"rate": 0}, "rate must be a number in (0, 1e+37], not 0"),
        (
            [("good", "a"), ("bad", "b")],
            {"rate": 1e38},
            "rate must be a number in (0, 1e+37], not 1e+38",
        ),
        (
            [("good", "a"), ("bad", "b")], {"epochs": 0},
            "epochs must be a whole number of at least 1, not 0",
        ),
        (
            [("good", "a"), ("bad", "b")], {"held_out": 1.5},
            "held_out must be a share below 1, or examples, not 1.5",
        ),
    ],
)  # fmt: skip
def test_errors_name_the_culprit(examples, settings, message):
    with pytest.raises(VsaError) as caught:
        train(composer(), examples, **settings)
    assert str(caught.value) == message
