"""Rows of tables: read behind their dot, found by values and by likeness, kept and undone."""

import json
from pathlib import Path

import numpy as np
import pytest
from vsa_plugins.table.language import load_table
from vsa_plugins.table.matches import matching

import vsa
from vsa import Space, VsaError, load_plugins
from vsa.plugin import open_session, show
from vsa.terminal.cli import main
from vsa.terminal.complete import offers

PLUGINS = load_plugins()
ANIMALS = Path(__file__).parents[2] / "examples" / "data" / "animals.csv"
LOAD = f'animals = load_table("{ANIMALS}", name="animal")'


def made(algebra="hrr", dim=1024, backend="numpy", dtype="float32"):
    session = vsa.Session(Space(dim, algebra, backend=backend, dtype=dtype), plugins=PLUGINS)
    session.run(LOAD)
    return session


@pytest.fixture
def session():
    return made()


def said(session, text):
    return show(session, session.run(text)[-1])


# --- a row ---------------------------------------------------------------------------------------
def test_a_cell_is_read_behind_the_dot(session):
    assert session.run("lion.diet")[0].name == "meat"
    assert session.run("sea_lion.class")[0].name == "mammal"
    assert session.run("hen.legs.value")[0] == pytest.approx(2, abs=0.1)
    assert session.run("elephant.weight.value")[0] == pytest.approx(5000, rel=0.25)
    assert said(session, "sea_lion.seen").startswith("2023-12-1")
    assert session.run("tortoise.seen")[0].is_nothing  # the cell is empty
    words = {session.memory.label(int(r)) for r in session.run("wolf.habits")[0].rows[:, 0]}
    assert {"lives", "packs", "hunts", "dusk"} <= words


def test_a_row_is_printed_cell_by_cell_and_as_json(session, capsys):
    lines = said(session, "lion").splitlines()
    assert lines[0] == "lion, a row of animal"
    assert [line.split()[0] for line in lines[1:]] == [
        "class", "legs", "weight", "diet", "seen", "habits",
    ]  # fmt: skip
    assert main(["--json", "-c", f"{LOAD}; lion; lion.seen"]) == 0
    row, day = (json.loads(line)["value"] for line in capsys.readouterr().out.splitlines())
    assert row["diet"]["name"] == "meat"
    assert day["value"].startswith("2022-0")


def test_a_row_is_a_frame(session):
    assert session.run("head(lion)")[0].name == "animal"
    assert session.run("slot_of(lion, meat)")[0].name in ("role/diet", "diet")
    assert session.run('slot(lion, "diet")')[0].name == "meat"
    assert session.run("similarity(lion, lion + wolf)")[0] > 0.8
    assert session.run("cleanup(lion)")[0].name == "lion"
    assert session.run('cleanup(fish, among="animal.diet")')[0].name == "fish"


def test_the_table_stands_for_its_head(session):
    assert session.run("similarity(animal, head(lion))")[0] == pytest.approx(1, abs=1e-5)
    assert session.run("columns(animal)")[0].columns == (
        "column",
        "slot",
        "kind",
        "encoder",
        "missing",
    )
    assert session.run("renamed(animals)")[0].rows == [
        ("sea lion", "sea_lion"),
        ("at", "habits_at"),
    ]
    assert said(session, "animals").startswith("animal: 20 rows of animals.csv\n")


def test_a_row_by_its_name_and_of_an_answer(session):
    assert session.run('row("sea lion").diet')[0].name == "fish"
    assert session.run("row(cleanup(lion + 0.1 * hen)).diet")[0].name == "meat"
    assert session.run('row("sea lion", animals)')[0].name == "sea_lion"


def test_tab_offers_the_columns(session):
    session.run("x = lion")
    assert [o.text for o in offers(session, "x.we")] == ["weight"]


# --- found ---------------------------------------------------------------------------------------
def test_which_row_has_about_these_values(session):
    run = lambda text: [row.name for row in session.run(f"rows_like(animals, {text})")[0].rows]  # noqa: E731
    assert run("weight=300, k=1") == ["sea_lion"]
    assert set(run("weight=420, k=2")) == {"crocodile", "horse"}
    assert run('seen="2020-06-01", k=1') == ["beetle"]
    assert run("diet=fish, legs=0, k=1") == run('diet="fish", legs=0, k=1') == ["sea_lion"]
    assert run('habits="scratches ground", k=1') == ["hen"]
    assert session.run("rows_like(animals, weight=300).diet")[0].name == "fish"
    assert session.run("similarity(rows_like(animals, weight=300), sea_lion)")[0] > 0.99
    text = said(session, "rows_like(animals, weight=5000, k=1)").splitlines()
    assert text[0].split() == ["row", "match", "weight"]
    assert text[1].split()[0] == "elephant"


def test_the_numbers_of_near_rows_are_read_since_cosines_do_not_order_them():
    rng = np.random.default_rng(3)
    session = vsa.Session(Space(1024), plugins=PLUGINS)
    numbers = rng.uniform(0, 100, 300)
    rows = {"id": [f"r{i}" for i in range(300)], "n": numbers.tolist()}
    rows |= {f"c{j}": [f"v{v}" for v in rng.integers(0, 9, 300)] for j in range(3)}
    table = load_table(rows, name="t", session=session)
    column = table.slots["n"]
    read, cosine = [], []
    for x in rng.uniform(0, 100, 40):
        best = matching(table, {"n": float(x)}, 1).rows[0].name
        read.append(abs(numbers[int(best[1:])] - x))
        from vsa_plugins.frame import role

        query = column.numbers(session.space, [x])[0] * role("n", table.vsa_vector())
        best = session.memory.cleanup(query, kinds="t").names[0]
        cosine.append(abs(numbers[int(best[1:])] - x))
    assert np.mean(read) < 0.6
    assert np.mean(cosine) > 2 * np.mean(read)


def test_similar_rows(session):
    table = session.run("similar_rows(hen, 2)")[0]
    assert [name for name, _ in table.rows] == ["pheasant", "sparrow"]
    assert table.rows[0][1] > 0.85


def test_rows_that_are_alike_in_all_are_each_found():
    session = vsa.Session(Space(512), plugins=PLUGINS)
    rows = {"id": ["a", "b", "c"], "x": [1.0, 1.0, 5.0], "y": ["red", "red", "blue"]}
    load_table(rows, name="t", session=session)
    assert session.run("similar_rows(a, 2)")[0].rows[0] == ("b", 1.0)
    assert session.run("similar_rows(b, 1)")[0].rows[0] == ("a", 1.0)


# --- how exact -----------------------------------------------------------------------------------
def test_what_is_read_is_as_exact_as_it_says():
    rng = np.random.default_rng(5)
    session = vsa.Session(Space(1024), plugins=PLUGINS)
    rows = {"id": [f"r{i}" for i in range(200)]}
    rows |= {f"n{j}": rng.uniform(0, 100, 200).tolist() for j in range(3)}
    rows |= {f"c{j}": [f"v{v}" for v in rng.integers(0, 9, 200)] for j in range(3)}
    table = load_table(rows, name="t", session=session)
    cells = [(rows[f"n{j}"][i], table.vsa_item(f"r{i}").vsa_attribute(f"n{j}"))
             for i in range(60) for j in range(3)]  # fmt: skip
    assert not any(cell.is_nothing for _, cell in cells)
    z = np.array([(float(cell.value) - x) / float(cell.deviation) for x, cell in cells])
    assert 0.7 < z.std() < 1.4
    read = [table.vsa_item(f"r{i}").vsa_attribute("c1").name == rows["c1"][i] for i in range(100)]
    assert np.mean(read) == 1


@pytest.mark.parametrize(
    ("algebra", "backend", "dtype"),
    [("fhrr", "numpy", "float32"), ("bsc", "numpy", "float32"), ("map-i", "numpy", "float32"),
     ("mbat", "numpy", "float32"), ("mcr", "numpy", "float32"), ("hrr", "torch", "float32"),
     ("hrr", "numpy", "float64"), ("map-b", "torch", "float32")],
)  # fmt: skip
def test_in_other_algebras_and_backends(algebra, backend, dtype):
    if backend == "torch":
        pytest.importorskip("torch")
    session = made(algebra, 2048 if algebra != "mbat" else 1024, backend, dtype)
    assert session.run("lion.diet")[0].name == "meat"
    assert session.run("elephant.legs.value")[0] == pytest.approx(4, abs=1)
    assert session.run("rows_like(animals, diet=seeds, class=bird, k=3)")[0].matches[0] > 0.6
    assert session.run("similar_rows(hen, 1)")[0].rows[0][0] == "pheasant"


def test_where_nothing_unbinds_rows_are_compared():
    session = made("bsdc-cdt", 1024)
    with pytest.raises(VsaError, match="similar_rows"):
        session.run("lion.diet")
    assert session.run("similar_rows(hen, 1)")[0].rows[0][0] in ("pheasant", "sparrow")


# --- kept and undone -----------------------------------------------------------------------------
def test_all_of_it_is_kept(session, tmp_path):
    session.run("x = rows_like(animals, weight=300, k=2); y = lion; z = hen.seen; w = hen.weight")
    texts = [said(session, name) for name in ("animals", "x", "y", "z", "w", "crow")]
    session.run(f":save {tmp_path / 's.vsa'}")
    session.close()
    with open_session(tmp_path / "s.vsa", plugins=PLUGINS) as again:
        assert [said(again, name) for name in ("animals", "x", "y", "z", "w", "crow")] == texts
        assert again.run("rows_like(animal, weight=300, k=1)")[0].rows[0].name == "sea_lion"


def test_undone_it_leaves_nothing(session):
    session.run(":undo")
    assert len(session.memory) == len(session.values) == len(session.memory.scopes) == 0
    with pytest.raises(VsaError, match="unknown name 'lion'"):
        session.run("lion")
    session.run(f"{LOAD}; lion.diet")


def test_a_row_whose_name_is_given_away_is_another_thing(session):
    session.run("atom mark; lion = mark")
    assert session.run("lion")[0].similarity(session.space.atom("mark")) > 0.99
    assert session.run("similar_rows(wolf, 1)")[0].rows[0][0] == "lion/old/1"


def test_progress_is_told(session):
    seen = []
    session.run(":undo")
    session.on_progress = lambda title, done, total: seen.append((title, done, total))
    session.run(LOAD)
    assert ("look at animals.csv", 1, None) in seen or seen[0] == ("look at animals.csv", 0, None)
    assert seen[-1] == ("load animal", 1, 1)


# --- refused -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("lion.wieght", "the table animal has no column 'wieght': did you mean 'weight'?"),
        ("lion.animal", "rows of animal have no animal: it names the rows"),
        ("rows_like(animals)", "name a column: rows_like(animal, class=…)"),
        ("rows_like(animals, weight=-3)", "weight holds numbers above 0: give one, as weight=1200"),
        ("rows_like(animals, weight=lion)", "weight holds numbers above 0: give one, as weight=1200"),
        ('rows_like(animals, legs="many")', "legs holds numbers: give one, as legs=1200"),
        ('rows_like(animals, diet="fissh")', "no row has 'fissh' in diet: did you mean 'fish'?"),
        ("rows_like(animals, size=3)", "the table animal has no column 'size': there are class, legs, "
         "weight, diet, seen, habits"),
        ("rows_like(animals, legs=2, k=0)", "k must be a whole number of at least 1, not 0"),
        ('row("leon")', "no row is called 'leon': did you mean 'lion'?"),
        ("similar_rows(fish)", 'this is no row of a table: name one, or load a table with '
         'load_table("file.csv")'),
        ("columns(3)", "columns wants a loaded table as 'table', not a number"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(session, code, error):
    with pytest.raises(VsaError) as caught:
        session.run(code)
    assert str(caught.value).splitlines()[0] == error


def test_without_a_table():
    session = vsa.Session(Space(64), plugins=PLUGINS)
    with pytest.raises(VsaError, match=r"^no table is loaded: "):
        session.run('row("x")')
