"""`learn`, `predict` and `score` of a table's column: how well, without a leak; kept, interrupted."""

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
        ('learn("weight", from=animals)', "weight holds numbers: a column of categories can be learnt"),
        ('learn("habits", from=animals)', "habits holds texts: a column of categories can be learnt"),
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
