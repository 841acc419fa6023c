"""What every fit of scores does: generalise, repeat itself, save, answer as a relation."""

import io
import subprocess
import sys

import numpy as np
import pytest
from vsa_plugins.kinship.family import Family
from vsa_plugins.kinship.learn import (
    Fit,
    bar,
    common,
    gates,
    grown,
    hinton,
    hits,
    load,
    lre,
    shared,
    soft,
    split,
    triples_of,
)
from vsa_plugins.kinship.learn.fitted import Scored, thresholds_of
from vsa_plugins.kinship.learn.fitting import fits_of
from vsa_plugins.kinship.relations.words import WORDS

from vsa.errors import VsaError

torch = pytest.importorskip("torch", reason="the extra 'torch' brings it")

FAMILY = hinton()
KNOWN = triples_of(FAMILY)
SHORT = {"steps": 60}
MODELS = {
    "embedding": (lre, {}),
    "shared": (shared, {}),
    "soft": (soft, {}),
    "gates": (gates, {"restarts": 2}),
    "gates, learnt facts": (gates, {"given": False, "restarts": 2}),
    "gates, literal": (gates, {"primitives": "literal", "given": False, "restarts": 2}),
    "gates, by pair": (gates, {"by": "pair", "restarts": 2}),
}


@pytest.fixture(params=MODELS.values(), ids=MODELS)
def model(request):
    return request.param


def held_out(module, held, seeds, **settings):
    splits = [split(KNOWN, held, seed) for seed in seeds]
    fits = module.fit_each([train for train, _ in splits], FAMILY, seeds=seeds, **settings)
    return [hits(fit, test, KNOWN) for fit, (_, test) in zip(fits, splits, strict=True)]


# --- what is learnt --------------------------------------------------------------------------------
# The bounds are the means over ten splits (benchmarks.papers kinship) less three standard errors of
# as many splits as are drawn here; chance is 1/24.
@pytest.mark.parametrize(
    ("module", "held", "mean", "deviation"),
    [(lre, 12, 0.92, 0.12), (shared, 0.4, 0.88, 0.14), (soft, 0.4, 0.88, 0.05)],
    ids=["embedding", "shared", "soft"],
)
def test_held_out_triples_are_found(module, held, mean, deviation):
    seeds = range(4)
    assert np.mean(held_out(module, held, seeds)) > mean - 3 * deviation / len(seeds) ** 0.5


def test_restarts_are_chosen_by_the_training_loss():
    """Of each training set by itself; the losses and what is learnt are made up."""
    batch = common.batch_of([KNOWN, KNOWN[:50]], FAMILY, restarts=3)
    scores = torch.arange(6.0)[:, None, None, None].expand(6, len(batch.words), 24, 24)
    losses = np.array([3.0, 1.0, 2.0, 5.0, 6.0, 4.0])
    first, second = fits_of(Scored, batch, {"scores": scores}, losses, 7)
    assert (first.loss, second.loss) == (1, 4)
    assert (first.scores("mother") == 1).all()
    assert (second.scores("mother") == 5).all()
    assert (first.steps, second.steps) == (7, 7)


def test_as_many_restarts_are_fitted_as_are_asked_for(monkeypatch):
    batches = []
    made = common.Batch.of_sets
    monkeypatch.setattr(common.Batch, "of_sets", lambda self: batches.append(self) or made(self))
    fit = lre.fit(KNOWN, FAMILY, seed=5, restarts=3, steps=2)
    assert [(run.seed, run.restart) for run in batches[0].runs] == [(5, 0), (5, 1), (5, 2)]
    assert isinstance(fit, Fit)


def test_soft_facts_are_the_facts():
    fit = soft.fit(KNOWN, FAMILY)
    parent = np.zeros((24, 24), dtype=bool)
    parent[tuple(FAMILY.facts["parent"].T)] = True
    assert (fit.arrays["parent"] > 0.5)[parent].all()
    assert (fit.arrays["spouse"] == fit.arrays["spouse"].T).all()
    asked = parent.any(axis=0) | parent.any(axis=1)
    np.testing.assert_array_equal((fit.arrays["female"] > 0.5)[asked], (FAMILY.sexes == 0)[asked])


# --- runs ------------------------------------------------------------------------------------------
def test_the_same_seed_gives_the_same_fit(model):
    module, settings = model
    train, _ = split(KNOWN, 0.2, 0)
    one, same, other = (
        module.fit(train, FAMILY, seed=seed, **settings, **SHORT) for seed in (7, 7, 8)
    )
    for word in one.words:
        np.testing.assert_array_equal(one.scores(word), same.scores(word))
    assert one.loss == same.loss != other.loss


def test_a_run_ends_in_a_batch_where_it_would_alone(model):
    module, settings = model
    sets = [split(KNOWN, held, 0)[0] for held in (0.2, 0.5)]  # of different sizes
    few = {**settings, "steps": 8}  # so that what differs in rounding has not grown yet
    alone = module.fit(sets[1], FAMILY, seed=3, **few)
    batch = module.fit_each(sets, FAMILY, seeds=[9, 3], **few)
    assert batch[1].loss == pytest.approx(alone.loss, rel=1e-3)
    assert batch[0].loss != pytest.approx(alone.loss, rel=1e-2)


def test_a_fit_stops_when_nothing_improves_and_says_how_far_it_is():
    told = []
    fit = shared.fit(
        KNOWN, FAMILY, rate=1e-6, patience=100, progress=lambda *told_: told.append(told_)
    )
    assert fit.steps == 150  # the first look, and a hundred steps without improvement
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {title for title, _ in told} == {"shared primitives"}


def test_a_bar_is_drawn_on_terminals_only(monkeypatch):
    class Terminal(io.StringIO):
        tty = True

        def isatty(self):
            return self.tty

    for tty in (True, False):
        stream = Terminal()
        stream.tty = tty
        monkeypatch.setattr(sys, "stderr", stream)
        bar("embedding", 0.5)
        assert ("embedding" in stream.getvalue() and " 50%" in stream.getvalue()) == tty


# --- relations -------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def fit():
    return lre.fit(KNOWN, FAMILY)


def test_words_are_relations_of_the_language(fit):
    colin = FAMILY.people["Colin"]
    mother, brother = fit.relations["mother"], fit.relations["brother"]
    assert mother(colin).counts == {"Victoria": 1}
    assert (brother @ mother)(colin).counts == {"Arthur": 1}
    assert (WORDS["spouse"] @ mother)(colin).counts == {"James": 1}
    assert "Colin" in (~mother)(FAMILY.people["Victoria"])
    assert str(brother @ mother) == "brother @ mother"


def test_the_sets_answer_the_training_questions(fit):
    asked = {(x, word) for x, word, _ in KNOWN}
    right = sum(
        set(fit.relations[word](FAMILY.people[x]))
        == {y for a, b, y in KNOWN if (a, b) == (x, word)}
        for x, word in asked
    )
    assert right > 0.95 * len(asked)


def test_a_learnt_relation_is_refused_for_another_family(fit):
    other = grown(1)
    with pytest.raises(VsaError, match="was learnt from Hinton's trees"):
        fit.relations["mother"](next(iter(other)))


def test_thresholds_part_right_answers_from_others():
    family = grown(0)
    scores = np.zeros((2, len(family), len(family)))
    scores[0, 3] = np.linspace(-1, 1, len(family))
    fit = Scored(family, ["a", "b"], {"scores": scores})
    pairs = [np.array([[3, len(family) - 1], [3, len(family) - 2]]), np.zeros((0, 2), dtype=int)]
    fit.thresholds = thresholds_of(fit, pairs)
    assert fit.rows("a", np.array([3])).pairs() == {(0, len(family) - 1), (0, len(family) - 2)}
    assert fit.rows("b", np.arange(3)).pairs() == set()  # nothing was learnt of it


def test_of_thresholds_that_part_equally_well_the_widest_gap_decides():
    family = grown(0)
    scores = np.full((1, len(family), len(family)), -10.0)
    scores[0, 0, :4] = 4, 3.9, 3.8, 0  # right, wrong, wrong, right: F1 2/3 for one and for four
    fit = Scored(family, ["a"], {"scores": scores})
    assert thresholds_of(fit, [np.array([[0, 0], [0, 3]])]) == pytest.approx([-5])


def test_hits_leave_other_right_answers_out_and_count_ties_as_wrong():
    family = grown(0)
    ids = [record.id for record in family.records]
    scores = np.zeros((1, len(family), len(family)))
    scores[0, 0, 1], scores[0, 0, 2] = 2, 1
    fit = Scored(family, ["aunt"], {"scores": scores})
    known = [(ids[0], "aunt", ids[1]), (ids[0], "aunt", ids[2]), (ids[3], "aunt", ids[4])]
    assert hits(fit, known[1:2], known) == 1  # second, behind another right answer
    assert hits(fit, known[1:2], known[1:2]) == 0  # which is wrong if nobody knows of it
    assert hits(fit, known[2:], known) == 0  # all score alike
    assert hits(fit, [(ids[0], "uncle", ids[1])], known) == 0  # a word it never saw


# --- on disk ---------------------------------------------------------------------------------------
def test_a_saved_fit_answers_as_before(model, tmp_path):
    module, settings = model
    fit = module.fit(KNOWN, FAMILY, **settings, **SHORT)
    fit.save(tmp_path / "fit")
    again = module.load(tmp_path / "fit")
    assert again.words == fit.words
    assert (again.loss, again.steps) == (fit.loss, fit.steps)
    for word in fit.words:
        np.testing.assert_array_equal(again.scores(word), fit.scores(word))
        before, after = (f.relations[word].rows(f.family).pairs() for f in (fit, again))
        assert before == after
    assert [str(r) for r in again.family.records] == [str(r) for r in FAMILY.records]
    attached = load(tmp_path / "fit", FAMILY)
    assert attached.family is FAMILY


def test_what_is_no_saved_fit_is_refused(tmp_path, fit):
    with pytest.raises(VsaError) as error:
        load(tmp_path / "gone.npz")
    assert str(error.value) == f"there is no file {tmp_path / 'gone.npz'}"
    (tmp_path / "text.npz").write_text("mother, father")
    np.savez(tmp_path / "other.npz", people=np.zeros(3))
    fit.save(tmp_path / "cut.npz")
    whole = (tmp_path / "cut.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    for name in ("text.npz", "other.npz", "cut.npz"):
        with pytest.raises(VsaError) as error:
            load(tmp_path / name)
        assert str(error.value) == f"{name} is not a saved fit, or it is damaged"
    with pytest.raises(VsaError, match="cannot write"):
        fit.save(tmp_path / "no folder" / "fit.npz")
    fit.save(tmp_path / "fit.npz")
    with pytest.raises(
        VsaError, match=r"fit.npz was fitted to Hinton's trees: .*, not to the people"
    ):
        load(tmp_path / "fit.npz", grown(0))


# --- errors ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: lre.fit([]), "there are no triples to learn from"),
        (
            lambda: lre.fit([("Colin", "mother", "Victorai")], FAMILY),
            "the triples name nobody's id 'Victorai': did you mean 'Victoria'",
        ),
        (
            lambda: shared.fit([("Colin", "mothr", "Victoria")]),
            "this model is told what words mean, but not 'mothr': did you mean",
        ),
        (
            lambda: soft.fit([("a", "full_sibling", "b")]),
            "at_least(child @ parent, 2) cannot be learnt: composition, converse, union and - self",
        ),
        (lambda: lre.fit_each([KNOWN], FAMILY, seeds=[1, 2]), "1 training sets have 2 seeds"),
        (lambda: lre.fit(KNOWN, FAMILY, restarts=0), "restarts must be at least 1, not 0"),
        (lambda: gates.fit(KNOWN, FAMILY, scheme="six"), "no scheme is called 'six': choose five"),
        (lambda: gates.fit(KNOWN, FAMILY, by="people"), "gates are by word or by pair, not by"),
        (lambda: gates.fit(KNOWN), "given primitives need facts, and the people of the triples"),
        (
            lambda: gates.fit(KNOWN, FAMILY, primitives="other"),
            "no primitives are called 'other': choose working or literal",
        ),
        (
            lambda: lre.fit(KNOWN, FAMILY, rate=1e20, steps=60),
            "embedding: the fit diverged at step 50; use a rate below 1e+20",
        ),
    ],
)
def test_errors_name_the_culprit(run, message):
    with pytest.raises(VsaError) as error:
        run()
    assert str(error.value).startswith(message)


def test_a_word_that_was_not_learnt_is_named(fit):
    with pytest.raises(VsaError, match="the model has not learnt 'mothers': did you mean 'mother'"):
        fit.scores("mothers")


def test_torch_is_imported_only_to_fit(monkeypatch):
    code = "import vsa_plugins.kinship.learn, sys; print('torch' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "False"
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(VsaError) as error:
        lre.fit(KNOWN, FAMILY)
    assert str(error.value).startswith("fitting a model needs the package 'torch'")
    assert str(error.value).endswith('pip install "vsa-algebra[torch]"')


def test_people_need_no_family(fit):
    made = lre.fit(KNOWN, steps=50)
    assert isinstance(made, Fit)
    assert isinstance(made.family, Family)
    assert set(made.family.index) == set(FAMILY.index)
    assert common.family_of(KNOWN).facts["parent"].size == 0
