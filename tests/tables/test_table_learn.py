"""`learn`, `predict` and `score` of a table's column: how well, without a leak; kept, interrupted."""

import re
from pathlib import Path

import numpy as np
import pytest

import vsa
from vsa import Space, VsaError, load_plugins
from vsa.plugin import collecting, open_session, show
from vsa.terminal.cli import main

pytest.importorskip("sklearn")
from sklearn.datasets import load_iris
from vsa_plugins.table.language import load_table
from vsa_plugins.table.learn import learn, score

PLUGINS = load_plugins()
MAY = "a column of categories or of numbers"
ANIMALS = Path(__file__).parents[2] / "examples" / "data" / "animals.csv"
LOAD = f'animals = load_table("{ANIMALS}", name="animal")'


def flowers(shuffled=False, algebra="hrr", dim=512):
    """A session with Fisher's irises, or with their names dealt out anew."""
    data = load_iris()
    kinds = data.target if not shuffled else np.random.default_rng(1).permutation(data.target)
    columns = {f"c{j}": data.data[:, j].tolist() for j in range(4)}
    columns["kind"] = [data.target_names[k] for k in kinds]
    session = vsa.Session(Space(dim, algebra), plugins=PLUGINS)
    load_table(columns, name="iris", session=session)
    return session


@pytest.fixture
def session():
    session = vsa.Session(Space(1024), plugins=PLUGINS)
    session.run(f'{LOAD}; m = learn("class", from=animals)')
    return session


@pytest.mark.parametrize("algebra", ["hrr", "fhrr", "map-i"])
def test_irises_are_told_apart(algebra):
    session = flowers(algebra=algebra)
    found = session.run('m = learn("kind", from=iris); score()')[-1]
    assert found.mean > 0.88  # 132 of 150; .967 of cells
    assert found.folds == 5
    assert 0.15 < found.commonest < 0.4
    assert session.run("predict(iris_1)")[0].classes[0] == "setosa"
    assert session.run("similarity(predict(iris_140), virginica)")[0] > 0.99


def test_nothing_of_the_column_itself_is_learnt_from():
    """Names dealt out anew have nothing to do with the rest: what is right is right by chance."""
    session = flowers(shuffled=True)
    found = session.run('m = learn("kind", from=iris); score(folds=10)')[-1]
    assert abs(found.mean - 1 / 3) < 4 * np.sqrt(2 / 9 / 150)
    learned = session.values["learned"]
    row = session.memory["iris_1"]
    (plain,) = learned.features(row.reshape(1))
    kinds = session.memory.scopes["iris.kind"]
    from vsa_plugins.frame import role

    others = row - session.space.atom(sorted(kinds)[0]) * role("kind", session.space.atom("iris"))
    assert learned.features(others.reshape(1))[0] == pytest.approx(plain, abs=1e-5)


def numbers(shuffled=False, algebra="hrr", rows=300):
    """A session with y = 10·x + 5·z², in metres, and noise of 1; or with what is unlike that."""
    random = np.random.default_rng(2)
    x, z = random.uniform(0, 1, (2, rows))
    y = 10 * x + 5 * z**2 + random.normal(0, 1, rows)
    y = random.permutation(y) if shuffled else y
    session = vsa.Session(Space(1024, algebra), plugins=PLUGINS)
    load_table({"x": x, "z": z, "y": y}, name="t", session=session)
    return session, x, z, y


@pytest.mark.parametrize("algebra", ["hrr", "fhrr"])
def test_numbers_are_told(algebra):
    """R² is at most 1 − the noise's variance over that of all; the ± is about the noise."""
    session, x, z, y = numbers(algebra=algebra)
    found = session.run('m = learn("y", from=t); score()')[-1]
    assert 0.8 < found.mean < 1 - 1 / np.var(y) + 0.03
    assert abs(found.commonest) < 0.05
    told = [session.run(f"predict(t_{i + 1})")[0] for i in range(100)]
    assert np.corrcoef([t.value for t in told], 10 * x[:100] + 5 * z[:100] ** 2)[0, 1] > 0.97
    assert 0.9 < told[0].deviation < 1.3
    assert re.fullmatch(r"-?\d+ ± 1", show(session, told[0]))
    assert show(session, session.run("score()")[0]).startswith("R² 0.")
    assert session.run("predict(t_1).value")[0] == told[0].value


def test_nothing_of_the_numbers_themselves_is_learnt_from():
    session, *_ = numbers(shuffled=True)
    assert session.run('m = learn("y", from=t); score()')[-1].mean < 0.05


def test_weights_and_dates(session, tmp_path):
    """Weights by their powers of ten, so that none is below nothing; dates as dates."""
    text = 'w = learn("weight", from=animals); predict(lion, by=w); score(by=w)'
    *_, weight, found = session.run(text)
    assert weight.value > 0
    assert show(session, found).startswith("R² of powers of ten ")
    assert "class" not in show(session, found)
    session.run('seen = learn("seen", from=animals)')
    day = show(session, session.run("predict(lion, by=seen)")[0])
    assert re.fullmatch(r"20\d\d-\d\d-\d\d ± [\d.e+]+ days", day)
    session.run(f"p = predict(lion, by=w); :save {tmp_path / 's.vsa'}")
    session.close()
    with open_session(tmp_path / "s.vsa", plugins=PLUGINS) as again:
        assert show(again, again.run("p")[0]) == show(again, weight)
        assert show(again, again.run("w")[0]).startswith("weight of animal: 0.003 to 5000, by")
        assert show(again, again.run("predict(lion, by=w)")[0]) == show(again, weight)


def test_what_is_predicted_is_printed_with_how_sure(session):
    lines = show(session, session.run("predict(lion)")[0]).splitlines()
    assert lines[0].split()[0] == "mammal"
    assert lines[0].split()[1:3] == ["P", "="]
    found = session.run("predict(frame(animal, legs=number(2, 0, 6), diet=seeds))")[0]
    assert found.classes[0] == "bird"
    assert sum(found.probabilities) <= 1
    assert show(session, session.run("m")[0]) == "class of animal: 6 classes, from 20 rows"
    text = show(session, session.run("score(folds=4)")[0])
    assert " ± " in text
    assert "over 4 folds; the commonest class alone 0." in text


def test_it_is_kept_and_undone(session, tmp_path):
    texts = [show(session, session.run(t)[0]) for t in ("predict(lion)", "score()")]
    session.run(f"p = predict(lion); s = score(); :save {tmp_path / 's.vsa'}")
    session.close()
    with open_session(tmp_path / "s.vsa", plugins=PLUGINS) as again:
        assert [show(again, again.run(t)[0]) for t in ("predict(lion)", "score()")] == texts
        assert [show(again, again.run(t)[0]) for t in "ps"] == texts
        assert again.run("predict(lion, by=m)")[0].classes[0] == "mammal"


def test_undone_nothing_is_learnt(session):
    session.run(":undo")
    with pytest.raises(VsaError, match="nothing is learnt yet"):
        session.run("predict(lion)")


def test_interrupted_it_gives_what_is_done(session):
    done = []

    def watch(title, count, total):
        done.append(title)
        if title == "score" and count == 3:
            raise KeyboardInterrupt

    session.on_progress = watch
    with collecting() as notes:
        found = score(session=session)
    assert found.folds == 3
    assert str(notes[-1]) == "interrupted after 3 of 5 folds"
    assert "score" in done


def test_as_json(capsys):
    code = f'{LOAD}; m = learn("class", from=animals); predict(lion)'
    assert main(["--json", "-c", code]) == 0
    assert '"mammal": 0.' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ('learn("habits", from=animals)', f"habits holds texts: {MAY} can be learnt"),
        ('learn("clas", from=animals)', "the table animal has no column 'clas': did you mean 'class'?"),
        ('learn("class", from=3)', "learn wants a loaded table as 'from', not a number"),
        ("score(folds=11)", "20 rows are too few for 11 folds: give at most 10"),
        ("predict(3)", "predict wants a row or a list of rows or a vector as 'row', not a number"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt(session, code, error):
    with pytest.raises(VsaError) as caught:
        session.run(code)
    assert str(caught.value).splitlines()[0] == error


def test_what_else_cannot_be_learnt():
    session = vsa.Session(Space(64, "bsc"), plugins=PLUGINS)
    table = load_table({"x": [1, 2], "kind": ["a", "b"]}, name="t", session=session)
    with pytest.raises(VsaError, match="plain sums, such as hrr"):
        learn("kind", table, session=session)
    session = vsa.Session(Space(64), plugins=PLUGINS)
    table = load_table({"x": [1, 2], "kind": ["a", "a"]}, name="t", session=session)
    with pytest.raises(VsaError, match="there is one class in the rows: two at least are wanted"):
        learn("kind", table, session=session)
    with pytest.raises(VsaError, match="nothing is learnt yet"):
        session.run("score()")
    session = vsa.Session(Space(64, "map-i"), plugins=PLUGINS)
    table = load_table({"x": [1, 2], "kind": ["a", "b"]}, name="t", session=session)
    with pytest.raises(VsaError, match="fractional powers, such as hrr or fhrr"):
        learn("x", table, session=session)
