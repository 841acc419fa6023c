"""One table a value: as text, and as HTML with every text escaped."""

import re
from html.parser import HTMLParser

import pytest

import vsa
from vsa import Memory, Session, Set, Space, Table, VsaError, hookimpl, load_plugins
from vsa.lang.show import rich, to_html
from vsa.markup import SHOWN
from vsa.persist.reader import Reader as FileReader
from vsa.persist.reader import UnreadableError
from vsa.table import Tabular

EVIL = "<script>alert('x')</script>\"&"


class Reader(HTMLParser):
    """The cells of a table, row by row, the widths of its bars, and what is dimmed."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.bars, self.dimmed, self.tags, self.title = [], [], [], [], ""
        self.feed(html)
        self.close()
        assert self.tags == [], "tags that are not closed"

    def handle_starttag(self, tag, attributes):
        assert tag in {
            "style",
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "div",
            "pre",
        }
        self.tags.append(tag)
        said = dict(attributes)
        if tag == "tr":
            self.rows.append([])
            self.dimmed.append(said.get("class") == "dimmed")
        if tag in ("th", "td") and said.get("class") != "bar":
            self.rows[-1].append("")
        if tag == "div":
            self.bars.append(float(re.fullmatch(r"width:([\d.]+)%", said["style"])[1]))

    def handle_endtag(self, tag):
        assert self.tags.pop() == tag

    def handle_data(self, data):
        if "style" in self.tags:
            return
        if "caption" in self.tags:
            self.title += data
        else:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def session():
    session = Session(Space(dim=1024))
    session.run("atom mark, john, fish, eat; s = push(push(nil, mark), fish)")
    return session


def test_a_table_is_aligned_text_and_html_of_the_same_cells():
    table = Table(["item", "P"], [("mark", 0.9), (EVIL, 0.1)], EVIL, bars={"P": ""}, dimmed=[1])
    assert str(table) == f"{EVIL}\nitem{' ' * 30}P\nmark{' ' * 27}0.90\n{EVIL}  0.10"
    read = Reader(table._repr_html_())
    assert read.rows == [["item", "P", ""], ["mark", "0.90"], [EVIL, "0.10"]]
    assert (read.title, read.bars, read.dimmed) == (EVIL, [90, 10], [False, False, True])
    assert "<script" not in table._repr_html_()


def test_bars_with_a_heading_are_drawn_as_text_too():
    table = Table(["dim", "right", "x"], [(64, 0.5, "a"), (128, 0.0, "b")], bars={"right": "bars"})
    assert str(table).splitlines() == [
        f"dim  right  bars{' ' * 16}  x",
        f" 64   0.50  {'█' * 20}  a",
        f"128   0.00  {' ' * 20}  b",
    ]
    assert Reader(table.html()).rows[0] == ["dim", "right", "bars", "x"]


def test_bars_of_counts_are_of_the_largest_and_no_number_breaks_them():
    counts = [1, 4, -2, None, float("nan"), float("inf")]
    table = Table(["n"], [(n,) for n in counts], bars={"n": ""})
    assert Reader(table.html()).bars == [25, 100, 100]
    assert str(table).splitlines()[4].strip() == ""


@pytest.mark.parametrize("count", [SHOWN, SHOWN + 1, 3000])
def test_no_more_rows_are_shown_than_can_be_read(count):
    read = Reader(Table(["n"], [(i,) for i in range(count)]).html())
    shown = [["n"], *([str(i)] for i in range(SHOWN))]
    more = [[f"… {count - SHOWN:,} more of {count:,} rows"]] if count > SHOWN else []
    assert read.rows == shown + more


def test_a_batch_is_no_dearer_to_show_the_larger_it_is(monkeypatch):
    space = Space(dim=32)
    memory = Memory(space)
    memory.add(["a", "b"], space.batch(["a", "b"]))
    answers = memory.cleanup(space.random(20_000), k=2)
    looked = []
    one = vsa.Answers.__getitem__
    monkeypatch.setattr(vsa.Answers, "__getitem__", lambda s, i: looked.append(i) or one(s, i))
    read = Reader(answers._repr_html_())
    assert read.rows[-1] == [f"… {40_000 - SHOWN:,} more of 40,000 rows"]
    assert len(looked) == SHOWN


# --- values ----------------------------------------------------------------------------------
def test_an_answer_has_nothing_among_its_matches(session):
    (answer,) = session.run("top(s)")
    read = Reader(answer._repr_html_())
    assert read.rows == [
        ["item", "similarity", "P", ""], ["fish", "0.72", "1.00"], ["nothing", "", "0.00"]
    ]  # fmt: skip
    assert read.bars == [100]
    assert read.dimmed == [False, False, True]
    lost = session.memory.cleanup(session.space.atom("stranger"), k=2)
    assert next(row[0] for row in lost.vsa_table().rows) == "nothing"
    assert sum(row[2] for row in lost.vsa_table().rows) == pytest.approx(1, abs=0.2)


def test_a_set_that_is_credible_says_how_sure_it_is(session):
    sets = session.memory.cleanup(session.space.atom("fish"), coverage=0.95)
    assert sets.vsa_table().title == "at least P = 0.95"
    assert [row[0] for row in sets.vsa_table().rows] == ["fish"]


def test_answers_to_a_batch(session):
    names = ["mark", "stranger", "john"]
    answers = session.memory.cleanup(session.space.batch(names))
    table = answers.vsa_table()
    assert [row[:2] for row in table.rows] == [(0, "mark"), (1, "nothing"), (2, "john")]
    assert table.dimmed == {1}
    assert table.rows[1][2] is None
    assert Reader(answers._repr_html_()).dimmed == [False, False, True, False]
    ranked = session.memory.cleanup(session.space.batch(names), k=2).vsa_table()
    assert [row[:3] for row in ranked.rows[:3]] == [
        (0, 1, "mark"),
        (0, 2, ranked.rows[1][2]),
        (1, None, "nothing"),
    ]
    assert ranked.dimmed == {2, 3, 4}
    square = session.memory.cleanup(session.space.batch(["mark"] * 4).reshape(2, 2)).vsa_table()
    assert [row[0] for row in square.rows] == ["0, 0", "0, 1", "1, 0", "1, 1"]
    assert session.memory.cleanup(session.space.batch([])).vsa_table().rows == []


def test_labelled_answers_have_their_labels_for_queries(session):
    found = [session.run(text)[0] for text in ("top(s)", "top(pop(s))")]
    table = vsa.Answer.stack(found, ("first", "second")).vsa_table()
    assert [row[:2] for row in table.rows] == [("first", "fish"), ("second", "mark")]


def test_a_vector_is_shown_by_what_it_is_like(session):
    (vector,) = session.run("mark + fish")
    read = Reader(rich(session, vector))
    assert sorted(row[0] for row in read.rows) == ["fish", "item", "mark"]
    assert read.title.startswith("a vector of length 1.4")
    assert all(60 < width < 80 for width in read.bars)
    for value in (session.space.zero(), session.space.random(3), Space(dim=64).atom("mark")):
        assert rich(session, value) == value._repr_html_()


def test_every_item_is_escaped_wherever_it_stands():
    memory = Memory(Space(dim=256))
    memory.add([EVIL, "john"], memory.space.batch([EVIL, "john"]), kind=EVIL)
    session = Session(memory=memory)
    answer = memory.cleanup(memory.space.atom(EVIL))
    values = [answer, memory, memory.space.atom(EVIL), Set(memory, [memory.row(EVIL)]), EVIL]
    values.append(memory.cleanup(memory.space.batch([EVIL, "john"]), k=2))
    for value in values:
        html = to_html(session, value)
        assert "<script" not in html
        assert "&lt;script&gt;" in html
        if not isinstance(value, str):
            Reader(html)


def test_a_memory_is_shown_by_its_kinds():
    session = Session(Space(dim=512))
    session.run("atom mark, eat; f = frame(eat, agt=mark)")
    read = Reader(session.memory._repr_html_())
    assert read.rows == [["kind", "items", ""], ["atom", "2"], ["frame", "1"], ["slot", "1"]]
    assert read.dimmed == [False, False, False, True]
    assert Reader(Memory(Space(dim=64))._repr_html_()).title == "a memory of 0 items, dim 64"


VALUES = {
    "why(top(s))": ["part", "share", "from"],
    'sweep("dim", 32, 64, top(s), trials=2)': ["dim", "right"],
    "{mark, fish}": ["member"],
    "{mark} + {mark}": ["member", "count"],
    "multiset(mark, mark, fish)": None,
    "factor(mark * fish, {mark, john}, {fish, eat})": ["factor", "item", "P"],
    "factor(mark * fish + john * eat, {mark, john}, {fish, eat}, terms=2)": None,
    'family"mark mother ann; john mother ann"': None,
    'load_family(family"m mother ann; j mother ann")': ["person", "sex", "born", "died"],
}


@pytest.mark.parametrize("text", VALUES)
def test_values_of_plugins_have_a_table_and_a_frame(session, text):
    with session.journal.transaction("test"), session.journal.rehearsal():
        (value,) = session.run(text)
        html = to_html(session, value)
        if not isinstance(value, Tabular):
            assert VALUES[text] is None
            assert html.startswith("<pre>")
            return
        assert Reader(html).rows
        if VALUES[text] is not None:
            assert list(value.vsa_table().columns) == VALUES[text]
        pytest.importorskip("pandas")
        assert len(value.to_frame()) == len(value.vsa_table())


def test_a_loaded_table_its_rows_and_the_rows_like_something(tmp_path):
    path = tmp_path / "animals.csv"
    path.write_text(
        "name,diet,weight,seen\nlion,meat,190,2021-03-04\nhare,plants,4,\nwolf,meat,40,2020-01-02\n"
    )
    session = Session(Space(dim=2048))
    table, lion, hare, like = session.run(
        f'a = load_table("{path.as_posix()}", name="animal"); lion; hare; rows_like(a, weight=30)'
    )
    assert table.vsa_table().title == "animal: 3 rows of animals.csv"
    assert [row[0] for row in Reader(rich(session, table)).rows[1:]] == [
        "name",
        "diet",
        "weight",
        "seen",
    ]
    rows = {row[0]: row[1:] for row in lion.vsa_table().rows}
    assert rows["diet"][0] == "meat"
    assert rows["weight"][0].startswith("1")
    assert rows["weight"][1] > 0.9
    assert {row[0]: row[1] for row in hare.vsa_table().rows}["seen"] == "nothing"
    assert len(hare.vsa_table().dimmed) == 1
    found = like.vsa_table()
    assert found.columns == ("row", "match", "weight")
    assert all(isinstance(row[2], float) for row in found.rows)


# --- kept, and of plugins ----------------------------------------------------------------------
def test_bars_and_dimmed_rows_are_kept_in_a_file(tmp_path):
    with Session.open(tmp_path / "s.vsa", Space(dim=64)) as session:
        session.set("t", Table(["n"], [(1,), (2,)], "both", bars={"n": "drawn"}, dimmed=[1]))
    with Session.open(tmp_path / "s.vsa") as again:
        table = again.values["t"]
        assert (table.bars, table.dimmed, table.title) == ({"n": "drawn"}, {1}, "both")
        assert table.rows == [(1,), (2,)]


class Pair(Tabular):
    """Two things."""

    def vsa_table(self):
        return Table(["which", "what"], [("first", 1), ("second", 2)])


class Odd:
    """No table."""

    def vsa_table(self):
        return "a table"


def pair() -> Pair:
    """Make one."""
    return Pair()


def odd() -> Odd:
    """Make one."""
    return Odd()


class Plugin:
    @hookimpl
    def vsa_functions(self):
        return [pair, odd]

    @hookimpl
    def vsa_types(self):
        return [Pair, Odd]


def test_a_plugins_class_offers_a_table():
    session = Session(Space(dim=16), plugins=load_plugins(extra=[("p", Plugin())], installed=False))
    made, wrong = session.run("pair(); odd()")
    assert Reader(to_html(session, made)).rows[1:] == [["first", "1"], ["second", "2"]]
    message = "what vsa_table gives must be a Table, not 'a table'"
    with pytest.raises(VsaError, match=f"^{re.escape(message)}$"):
        to_html(session, wrong)
    with pytest.raises(NotImplementedError):
        Tabular().vsa_table()


def test_a_table_of_an_older_file_is_read():
    session = Session(Space(dim=16))
    reader = FileReader(session.memory, session.plugins, lambda number: None)
    table = reader.decode('{"table": ["both", ["n"], [[1], [2]]]}', {})
    assert (table.title, table.rows, table.bars, table.dimmed) == ("both", [(1,), (2,)], {}, set())
    for odd in ("3", "[3, []]", '[{"x": ""}, []]', '[{}, ["a"]]'):
        with pytest.raises(UnreadableError):
            reader.decode(f'{{"table": ["both", ["n"], [[1]]], "shown": {odd}}}', {})
