"""`load_table`: what is read of a file or a data frame, what is said of it, and what is refused."""

import datetime
import sys
import types

import numpy as np
import pytest
from vsa_plugins.table.language import load_table

import vsa
from vsa import Space, VsaError, load_plugins
from vsa.plugin import collecting, open_session, show

PLUGINS = load_plugins()
TEN = "".join(f"r{i},{i}\n" for i in range(9))


@pytest.fixture
def session():
    return vsa.Session(Space(512), plugins=PLUGINS)


@pytest.fixture
def load(session, tmp_path):
    """Write a file, load it in the language, give the table and the notes."""

    def load(text, options="", name="t", file="t.csv"):
        path = tmp_path / file
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        code = f'load_table("{path}", name="{name}"{options})'
        (outcome,) = session.execute(code)
        return outcome.value, outcome.notes

    return load


def kinds(table):
    return {column.title: column.kind for column in table.columns}


# --- what is read --------------------------------------------------------------------------------
def test_columns_are_of_the_kind_that_their_cells_tell(load):
    text = (
        "id,n,share,day,colour,gone,note\n"
        'a,"1,234",12 %,2020-02-01,red,,it runs very fast\n'
        'b,7,3 %,2021-02-01,blue,,it is slow and old\n'
        'c,-,4.5 %,,red,,it flies over the sea\n'
    )  # fmt: skip
    table, notes = load(text)
    assert kinds(table) == {
        "id": "names of rows", "n": "number", "share": "number", "day": "date",
        "colour": "category", "gone": "missing", "note": "text",
    }  # fmt: skip
    by = {column.title: column for column in table.columns}
    assert (by["n"].low, by["n"].high, by["n"].missing) == (7, 1234, 1)
    assert (by["share"].unit, by["share"].low) == ("%", 3)
    assert by["day"].missing == 1
    assert table.rows == 3
    assert "'it'" not in "".join(notes)


@pytest.mark.parametrize("apart", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_stands_between_cells_is_found(load, apart, end):
    rows = [["name", "x", "y"], ["a b", "1", "5"], ["c", "2", "6"]]
    table, _ = load(end.join(apart.join(row) for row in rows))
    assert [column.title for column in table.columns] == ["name", "x", "y"]
    assert table.rows == 2


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_marks_are_found(load, session, codec):
    table, _ = load("name,größe\nMüller,1\nStraße,2\nJürgen,3\n".encode(codec))
    assert [column.title for column in table.columns] == ["name", "größe"]
    assert session.run("Müller.größe.value")[0] == pytest.approx(1, abs=0.1)


def test_an_encoding_can_be_said(load, session):
    load("имя,x\nИван,1\nОльга,2\n".encode("koi8-r"), ', encoding="koi8-r"')
    assert session.run("Ольга.x.value")[0] == pytest.approx(2, abs=0.1)


def test_quotes_blank_lines_and_the_line_of_excel(load, session):
    table, _ = load('sep=;\nname;x\n"a;""b""";1\n\nc;2\n;;\n'.replace(";;\n", ""))
    assert table.rows == 2
    assert session.run("a_b.x.value")[0] == pytest.approx(1, abs=0.1)


def test_kept_libraries_are_asked_where_they_are(load, monkeypatch):
    asked = []

    class Sniffer:
        def sniff(self, text):
            asked.append(text)
            return types.SimpleNamespace(delimiter="~", quotechar="'", escapechar="")

    monkeypatch.setitem(sys.modules, "clevercsv", types.SimpleNamespace(Sniffer=Sniffer))
    table, _ = load("name~x\n'a~b'~1\nc~2\n")
    assert asked == ["name~x\n'a~b'~1\nc~2\n"]
    assert [column.title for column in table.columns] == ["name", "x"]


def test_without_kept_libraries(load, monkeypatch):
    for module in ("clevercsv", "charset_normalizer"):
        monkeypatch.setitem(sys.modules, module, None)
    table, _ = load("name;x\nMüller;1\nb;2\n".encode("cp1252"))
    assert [column.title for column in table.columns] == ["name", "x"]


def test_a_heading_can_be_left_out(load):
    table, _ = load("a,1\nb,2\n", ", header=false")
    assert [column.slot for column in table.columns] == ["column_1", "column_2"]


@pytest.mark.parametrize(
    "form", ["records", "columns", "pandas", "polars", "arrow", "parquet", "stream"]
)
def test_tables_of_other_libraries(session, form, tmp_path):
    day = datetime.date(2020, 4, 13)
    columns = {"name": ["ann", "bob", "cy"], "x": [1.5, None, 4.0], "day": [day, day, None],
               "yes": [True, False, True]}  # fmt: skip
    given = columns
    if form == "records":
        given = [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
    elif form != "columns":
        given = pytest.importorskip("pyarrow").table(columns)
    if form == "pandas":
        given = pytest.importorskip("pandas").DataFrame(columns)
    elif form == "polars":
        given = pytest.importorskip("polars").DataFrame(columns)
    elif form == "parquet":
        path = tmp_path / "t.parquet"
        pytest.importorskip("pyarrow.parquet").write_table(given, path)
        given = str(path)
    elif form == "stream":  # all that polars and others have in common
        table = given
        given = type(
            "Frame", (), {"__arrow_c_stream__": lambda _, s=None: table.__arrow_c_stream__(s)}
        )()
    with collecting():
        table = load_table(given, name="t", session=session)
    assert kinds(table) == {
        "name": "names of rows", "x": "number", "day": "date", "yes": "category",
    }  # fmt: skip
    assert session.run("cy.x.value")[0] == pytest.approx(4, abs=0.1)
    assert session.run("cy.yes")[0].name == "yes_true"
    assert session.run("bob.x")[0].is_nothing
    assert show(session, session.run("ann.day")[0]).startswith("2020-04-1")


def test_dates_in_several_orders_are_told(load):
    table, notes = load("id,d\na,2020-04-13\nb,13/04/2020\nc,4/13/2020\n")
    assert kinds(table)["d"] == "category"
    assert notes[0] == "column 'd' has dates in several orders, which are taken as symbols"
    _, notes = load("id,d\na,2020-04-13\nb,13/04/2020\nc,spring\n", name="u")
    assert not any("several orders" in said for said in notes)


def test_columns_of_one_heading_are_said_apart(load, session):
    """By what they are called, whether as a title or as a slot; messages call them so, too."""
    text = "id,a b,a b,a b_2,\nu,1,2,3,4\nv,5,6,7,8\n"
    with pytest.raises(VsaError, match="has no column 'a_b_4'"):
        load(text, ', kinds="a_b_4: text"')
    table, _ = load(text, ', kinds="a b_3: category, a_b: category, column_5: text"')
    assert [(c.slot, c.kind) for c in table.columns[1:]] == [
        ("a_b", "category"), ("a_b_3", "category"), ("a_b_2", "number"), ("column_5", "text"),
    ]  # fmt: skip
    assert ("a b", "a_b_3") in table.made
    assert session.run("u.a_b_3")[0].name == "_2"


# --- what is said --------------------------------------------------------------------------------
def test_kinds_can_be_said(load, session):
    text = "id,zip,born,price,note\n" + "".join(
        f"r{i},{1000 + i},0{i}/02/2020,{10**i},x\n" for i in range(1, 6)
    )
    said = "zip: category, born: date m/d/y; price: number linear 0 200000, note: leave"
    table, _ = load(text, f', kinds="{said}"')
    assert kinds(table)["zip"] == "category"
    assert kinds(table)["note"] == "leave"
    by = table.slots
    assert (by["price"].scale, by["price"].low, by["price"].high) == ("linear", 0, 200000)
    assert by["born"].form == "m/d/y"
    assert session.run("r3.zip")[0].name == "_1003"


def test_numbers_out_of_a_range_that_was_said_are_noted(load):
    _, notes = load("id,n\na,1\nb,7\n", ', kinds="n: number 0 5"')
    assert notes == ("column 'n' has 1 to 7, more than the range that was said",)


def test_numbers_of_many_sizes_are_by_powers_of_ten(load):
    heavy = "id,n,u\n" + "".join(f"r{i},{10**i},{i + 0.001}\n" for i in range(12))
    table, _ = load(heavy)
    assert [column.scale for column in table.slots.values()] == ["log", "linear"]


def test_decimal_commas_are_said_where_both_could_be_meant(load):
    table, notes = load("id\tn\na\t1,234\nb\t2,345\n")
    assert table.slots["n"].high == 2345
    assert notes[-1] == (
        "column 'n': '1,234' is read with decimal points; "
        'kinds="n: number comma" reads it the other way'
    )


def test_after_semicolons_a_comma_is_decimal(load):
    table, notes = load("id;n\na;1,234\nb;2,345\n")
    assert table.slots["n"].high == 2.345
    assert "decimal commas" in notes[-1]


def test_names_that_were_made_are_shown(load, session):
    session.run("atom red, blue; s = red * blue")
    text = "name,frame,a b,a b,\nset,red,s,1,x\n2nd,red,red,2,y\n,blue,s,3,x\n2nd,blue,red,4,y\n"
    table, notes = load(text, ', names="name"')
    made = dict(session.run("renamed(t)")[0].rows)
    assert [column.slot for column in table.columns] == [
        "name",
        "frame",
        "a_b",
        "a_b_2",
        "column_5",
    ]
    assert made["set"] == "t_set"
    assert made["(empty)"] == "t_3"
    assert made["s"] == "a_b_s"
    assert "red" not in made  # the symbol that was there
    assert session.run("t_set.frame")[0].name == "red"
    assert {"_2nd", "t__2nd"} <= set(session.memory.names("t"))
    assert notes[0].startswith("names were made: 'a b' is a_b, 'a b' is t_a_b, '' is column_5") or (
        "(empty)" in notes[0]
    )


def test_rows_without_names_are_numbered(load, session):
    _, notes = load("x,y\n1,2\n3,4\n")
    assert session.memory.names("t") == ["t_1", "t_2"]
    assert notes == ()


def test_many_columns_are_warned_of_with_the_dimension(load, session):
    width = 60
    text = ",".join(f"c{i}" for i in range(width)) + "\n"
    text += "".join(",".join(f"v{i * j % 7}" for i in range(width)) + "\n" for j in range(6))
    _, notes = load(text)
    assert "a row of 60 columns" in notes[-1]
    assert "dim 4" in notes[-1] or "would do" in notes[-1]


# --- what is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", "", "t.csv is empty: its first row must hold the headings of columns"),
        ("a,b\n", "", "t.csv has headings and no rows"),
        ("a,b\n1,2\n3\n", "", "t.csv, row 2: it has 1 cell for 2 columns"),
        ("id,n\n" + TEN + "x,1o\n", "", "t.csv, row 10, column 'n': '1o' is no number as the others "
         'are: mend it, empty it, or say kinds="n: category"'),
        ("id,n\na,1\nb,x\n", ', kinds="n: number"', "t.csv, row 2, column 'n': 'x' is no number as "
         'the others are: mend it, empty it, or say kinds="n: category"'),
        ("id,n\n" + TEN + "x,7 %\n", "", "t.csv, row 10, column 'n': '7 %' is no number as the others "
         'are: mend it, empty it, or say kinds="n: category"'),
        ("id,d\na,03/04/2020\nb,05/06/2021\n", "", "t.csv, column 'd': dates such as '03/04/2020' may "
         'be d/m/y or m/d/y: say which, as kinds="d: date d/m/y"'),
        ("id,n\na,0\nb,2\n", ', kinds="n: number log"',
         "t.csv, column 'n': 0 has no logarithm: say \"number linear\""),
        ("id,n\na,1\n", ', kinds="m: number"', "t.csv has no column 'm': there are id, n"),
        ("id,n\na,1\n", ', kinds="n: numbr"', "the kind of column 'n' cannot be 'numbr': did you mean "
         "'number'?"),
        ("id,n\na,1\n", ', kinds="n: number 5 2"',
         "the range of column 'n' wants two ends, the lower one first"),
        ("id,n\na,1\n", ', kinds="n: category 5"', "category of column 'n' has '5': nothing follows it"),
        ("id,n\na,1\n", ', kinds="n"', "kinds has 'n': say a column and its kind, as \"age: number\""),
        ("id,n\na,1\n", ', names="nam"', "t.csv has no column 'nam': there are id, n"),
        ("id,n\na,\n", "", "t.csv has no column to make rows of: name some kinds=, or give it one more"),
        ("id,n\na,1\n", ', encoding="utf-9"', "unknown encoding 'utf-9': utf-8, cp1252 and latin-1 are "
         "some"),
        (b"a\0b,c\n1,2\n", "", "t.csv is no text: byte 1 is zero"),
        (b"\x93a,\x01\x02,\x03\xff\n", "", "t.csv is no text: byte 3 is a control character"),
        (b"a,b\n1,\x81\n", ', encoding="cp1252"', "t.csv, after row 0: it is not in cp1252; say "
         'which it is in, as encoding="utf-8"'),
        ("é,b\n1,2\n", ', encoding="ascii"',
         't.csv, after row 0: it is not in ascii; say which it is in, as encoding="cp1252"'),
    ],
)  # fmt: skip
def test_what_cannot_be_loaded_is_told_in_one_line_and_changes_nothing(
    load, session, text, options, said
):
    with pytest.raises(VsaError) as caught:
        load(text, options)
    assert str(caught.value) == said
    assert len(session.memory) == len(session.values) == len(session.memory.scopes) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x": [1.0, float("inf")]}, "the table, row 2, column 'x': it is infinite: give a finite "
         "number, or none"),
        ({"x": [1.0, [2]]}, "the table, row 2, column 'x': a list is no text, number or date"),
        ("", "the path is empty: name a file"),
        (3, "no rows can be read from int: give a path, records, columns, a table or an array"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_python(session, given, said):
    with pytest.raises(VsaError) as caught:
        load_table(given, name="t", session=session)
    assert str(caught.value) == said


def test_names_of_the_table_that_are_taken(load, session):
    session.run("atom mark")
    for name, said in {
        "mark": "'mark' has another meaning here: choose another, as name=\"record\"",
        "frame": "'frame' has another meaning here: choose another, as name=\"record\"",
        "type": "'type' has another meaning here: choose another, as name=\"record\"",
        "a b": "'a b' is not a name: use letters, digits and underscores",
    }.items():
        with pytest.raises(VsaError) as caught:
            load("id,x\na,1\n", name=name)
        assert str(caught.value) == said
    load("id,x\na,1\n")
    with pytest.raises(VsaError, match=r"^the table t is loaded already"):
        load("id,x\na,1\n")


def test_in_a_file_what_is_large_is_asked_about(tmp_path, monkeypatch):
    monkeypatch.setattr("vsa_plugins.table.load.IN_FILE", 5000)
    rows = {"id": [f"r{i}" for i in range(30)], "x": list(np.arange(30.0))}
    with open_session(tmp_path / "s.vsa", Space(64), plugins=PLUGINS) as session:
        with pytest.raises(VsaError) as caught:
            load_table(rows, name="t", session=session)
        assert str(caught.value) == (
            "the table has 30 rows and 0 symbols in its cells, 7.68 kB of s.vsa: say limit=30 to have "
            "them"
        )
        load_table(rows, name="t", limit=30, session=session)
    with open_session(tmp_path / "s.vsa", plugins=PLUGINS) as session:
        assert session.run("r7.x.value")[0] == pytest.approx(7, abs=0.5)
