"""Damaged, foreign and hostile files: one clear error, nothing made, nothing overwritten."""

import json
import os
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

import vsa
from vsa.persist import keeper, open_memory, open_session
from vsa.persist.schema import checksum as _crc

SPACE = vsa.Space(dim=32)
NAMES = [f"n{i}" for i in range(20)]


@pytest.fixture
def path(tmp_path):
    """A session with a bit of everything."""
    with open_session(tmp_path / "s.vsa", SPACE) as session:
        session.run("atom a, b; x = a * b; def f(q) = q / b; n = 3; f1 = frame(a, agt=b)")
        session.memory.add(NAMES, SPACE.batch(NAMES))
        session.memory.rename("n3", "three")
        session.memory.define_scope("few", ["n1", "n2"])
        session.set("batch", SPACE.random(4))
    return tmp_path / "s.vsa"


def refused(path):
    """The one line that opening it says; the file is as it was."""
    before = path.read_bytes()
    with pytest.raises(vsa.VsaError) as error:
        open_session(path)
    assert path.read_bytes() == before
    message = str(error.value)
    assert "\n" not in message
    assert path.name in message
    return message


# --- by accident -----------------------------------------------------------------------------
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_truncated_file(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share) or 1])
    refused(path)


def test_an_index_that_leaves_an_entry_out(path):
    """It would be lost without a word, and with it what it refers to."""
    data = bytearray(path.read_bytes())
    pages = [at for at in range(4096, len(data), 4096) if data[at] in (2, 10)]
    places = [at for page in pages for at in found(data, b"definitionsf", page, page + 4096)]
    assert places
    for at in places:
        path.write_bytes(data[:at] + b"definitionz" + data[at + 11 :])
        assert "s.vsa is damaged: SQLite says" in refused(path)
    path.write_bytes(data)
    with open_session(path) as session:
        assert list(session.definitions) == ["f"]


def found(data, text, start, stop):
    at = data.find(text, start, stop)
    while at >= 0:
        yield at
        at = data.find(text, at + 1, stop)


def test_foreign_files(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("these are notes")
    assert refused(text) == "notes.txt is not a session of vsa: choose another name"
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    assert refused(other) == "other.db is a database of another program: choose another name"
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(vsa.VsaError, match=r"folder is a folder: name a file in it"):
        open_session(folder)
    with pytest.raises(vsa.VsaError, match=r"there is no file gone\.vsa"):
        open_session(tmp_path / "gone.vsa", read_only=True)


@pytest.mark.parametrize("size", [0, 3, 511, 4097])
def test_pages_of_a_size_that_there_is_not(path, size):
    """Whoever reads the log of a file reads it in its pages."""
    data = bytearray(path.read_bytes())
    data[16:18] = size.to_bytes(2, "big")
    path.write_bytes(data)
    path.with_name("s.vsa-wal").write_bytes(bytes(10_000))
    assert f"its pages cannot be of {size} bytes" in refused(path)


@pytest.mark.parametrize(("number", "age"), [(1, "an older"), (7, "a newer")])
def test_another_format(path, number, age):
    data = bytearray(path.read_bytes())
    data[60:64] = number.to_bytes(4, "big")
    path.write_bytes(data)
    assert refused(path) == (
        f"s.vsa is of format {number}, of {age} vsa, and this one reads 2 and 3: export it there "
        "and import it here"
    )


def test_atoms_of_another_scheme(path):
    change(path, "UPDATE entry SET state='\"9\"' WHERE name=CAST('scheme' AS BLOB)")
    assert "s.vsa has atoms of scheme 9, and this vsa draws them by scheme 1" in refused(path)


def test_a_folder_that_cannot_be_written(tmp_path):
    code = (
        "import os, sys, vsa\n"
        "try:\n    vsa.Session.open(sys.argv[1], vsa.Space(dim=32))\n"
        "except vsa.VsaError as error:\n    print(error)"
    )
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "a.vsa")], capture_output=True, text=True
    )
    assert done.stdout.startswith("a.vsa cannot be written")


# --- on purpose ------------------------------------------------------------------------------
def change(path, *statements):
    """Change a file by SQL, then make all its checksums right."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(
            statement
        )
    for place, *row in connection.execute(
        "SELECT place, section, name, number, state FROM entry"
    ).fetchall():
        connection.execute("UPDATE entry SET crc=? WHERE place=?", (_crc(*row), place))
    for start, *row in connection.execute(
        "SELECT start, count, names, kinds, own, norms, marks, rows FROM segment"
    ).fetchall():
        connection.execute("UPDATE segment SET crc=? WHERE start=?", (_crc(start, *row), start))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


HOSTILE = {
    "a claim of a million million items": "UPDATE segment SET count=1000000000000",
    "fewer names than rows": "UPDATE segment SET names='[]'",
    "names that are numbers": "UPDATE segment SET names='[1, 2]', count=2 WHERE start=0",
    "rows cut short": "UPDATE segment SET rows=x'00' WHERE start=0",
    "no rows": "UPDATE segment SET rows=NULL",
    "rows that are not numbers": (
        "UPDATE segment SET rows=? WHERE start=0",
        (np.full((2, 32), np.nan, "<f4").tobytes(),),
    ),
    "norms that are not numbers": (
        "UPDATE segment SET norms=? WHERE start=0", (np.full(2, np.nan).tobytes(),),
    ),
    "a kind that there is not": "UPDATE segment SET own=x'3f3f' WHERE start=0",
    "a token that leads elsewhere": (
        "INSERT INTO entry (section, name, state) VALUES ('about', CAST('token' AS BLOB), ?)",
        ('"../../etc/passwd"',),
    ),
    "a dimension that the rows do not have":
        "UPDATE entry SET state='67108864' WHERE name=CAST('dim' AS BLOB)",
    "a dimension that is none": "UPDATE entry SET state='-5' WHERE name=CAST('dim' AS BLOB)",
    "a dimension beyond all bounds":
        "UPDATE entry SET state='1e99' WHERE name=CAST('dim' AS BLOB)",
    "an algebra that there is not":
        "UPDATE entry SET state='\"os.system\"' WHERE name=CAST('algebra' AS BLOB)",
    "kinds beyond count": (
        "UPDATE entry SET state=? WHERE name=CAST('kinds' AS BLOB)",
        (json.dumps({f"k{i}": i for i in range(99)}),),
    ),
    "a name of a row that is not there":
        "UPDATE entry SET state='[99999, \"atom\"]' WHERE section='names' AND state!='null'",
    "aliases that are no names":
        "UPDATE entry SET state='[1, \"three\", [\"q\"]]' WHERE section='rows'",
    "a row under the name of another":
        "UPDATE entry SET state='[1, \"n4\", null]' WHERE section='rows'",
    "kinds below nothing": "UPDATE entry SET state='[-1, \"three\", null]' WHERE state LIKE '%three%'",
    "kinds that there are not":
        "UPDATE entry SET state='[512, \"three\", null]' WHERE state LIKE '%three%'",
    "aliases of a row that is not there": "UPDATE entry SET number=-7 WHERE section='rows'",
    "a vocabulary of strangers": "UPDATE entry SET state='[\"zz\"]' WHERE section='scopes'",
    "a trigger": "CREATE TRIGGER t AFTER UPDATE ON entry BEGIN DELETE FROM entry; END",
    "a view in the place of a table": "CREATE VIEW v AS SELECT 1",
    "a table less": "DROP TABLE array",
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files(path, what):
    if what == "a table less":
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute(HOSTILE[what])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    else:
        change(path, HOSTILE[what])
    refused(path)


# --- rows in a file of their own -------------------------------------------------------------
@pytest.fixture
def mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 32 * 4)
    with open_memory(tmp_path / "m.vsa", SPACE) as memory:
        memory.add(NAMES, SPACE.batch(NAMES))
    return tmp_path / "m.vsa"


def test_rows_that_are_missing(mapped):
    rows = mapped.with_name("m.vsa-rows")
    data = rows.read_bytes()
    rows.write_bytes(data[: 4096 + 5 * 32 * 4])
    message = refused(mapped)
    assert message.startswith("m.vsa-rows is damaged: 20 rows were written and 5 are there")
    rows.write_bytes(b"")
    assert "m.vsa-rows is damaged: it is not a file of rows" in refused(mapped)
    rows.write_bytes(data.replace(b'"width": 32', b'"width": 64'))
    assert "its rows belong to another session" in refused(mapped)
    rows.unlink()
    assert "m.vsa-rows, which has its vectors, is missing" in refused(mapped)
    elsewhere = mapped.with_name("elsewhere")
    elsewhere.write_bytes(data)
    rows.symlink_to(elsewhere)
    assert "its rows cannot be opened (Too many levels of symbolic links)" in refused(mapped)


def test_a_file_in_the_way_of_rows_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 32 * 4)
    other = tmp_path / "m.vsa-rows"
    other.write_text("something else")
    with open_memory(tmp_path / "m.vsa", SPACE) as memory:
        with pytest.raises(vsa.VsaError) as error:
            memory.add(NAMES, SPACE.batch(NAMES))
        assert str(error.value) == ("m.vsa-rows exists and is not a file of rows: move it away")
        assert len(memory) == 0
    assert other.read_text() == "something else"
