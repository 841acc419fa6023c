"""A leftover write-ahead log is looked at before SQLite drops what it takes for its torn end."""

import os
import shutil
import sqlite3

import numpy as np
import pytest
from test_unread_values import opened

import vsa
from vsa.persist import keeper, log, open_memory, open_session
from vsa.persist.log import FRAME, HEADER, read_log

SPACE = vsa.Space(dim=32)
PAGE = 4096


def killed(path, *statements):
    """What a process that was killed has left of a session: the file and its log."""
    made = path.with_name("made")
    made.mkdir()
    with open_session(made / path.name, SPACE) as session:
        for statement in statements:
            session.run(statement)
        for file in made.iterdir():
            if file.is_file():
                shutil.copy(file, path.parent)
    shutil.rmtree(made)
    return path.with_name(path.name + "-wal")


@pytest.fixture
def path(tmp_path):
    killed(tmp_path / "s.vsa", "atom a", "x = a", "y = x * a", "z = y")
    return tmp_path / "s.vsa"


def frames(file):
    """(where it begins, whether it is a commit) of each frame."""
    data = file.read_bytes()
    return [
        (at, data[at + 4 : at + 8] != bytes(4)) for at in range(HEADER, len(data), FRAME + PAGE)
    ]


def flip(file, at, bit=3):
    with file.open("r+b") as stream:
        stream.seek(at)
        (byte,) = stream.read(1)
        stream.seek(at)
        stream.write(bytes([byte ^ (1 << bit)]))


def contents(path):
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}


def refused(path):
    before = contents(path)
    for read_only in (True, False):
        with pytest.raises(vsa.VsaError) as error:
            open_session(path, read_only=read_only)
    assert contents(path) == before
    return str(error.value)


# --- SQLite is the oracle --------------------------------------------------------------------
def test_checksums_are_sqlites(tmp_path):
    """Every frame of its log is sound, and as many commits as there were."""
    connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    connection.execute("PRAGMA page_size=1024")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (x)")
    for i in range(40):
        connection.execute("INSERT INTO t VALUES (?)", (bytes([i]) * 3000,))
    wal = tmp_path / "a.db-wal"
    with wal.open("rb") as file:
        head, linked = log._frames(file, 1024, "<u4", [seed(wal)])
    assert linked.all()
    assert (head[:, 1] != 0).sum() == 41
    assert read_log(wal, 1024) == log.Log(True, False, 0)
    connection.close()


def seed(wal):
    return tuple(np.frombuffer(wal.read_bytes()[24:32], ">u4").tolist())


def test_blocks_are_joined(path, monkeypatch):
    wal = path.with_name("s.vsa-wal")
    monkeypatch.setattr(log, "BLOCK", 2 * (FRAME + PAGE))
    assert read_log(wal, PAGE) == log.Log(True, False, 0)
    flip(wal, frames(wal)[3][0] + 50)
    assert read_log(wal, PAGE).lost >= 2


# --- what is sound ---------------------------------------------------------------------------
def test_a_sound_log_and_one_that_is_cut_off_say_nothing(path, tmp_path):
    wal, copy = path.with_name("s.vsa-wal"), tmp_path / "copy"
    whole = wal.read_bytes()
    seen = []
    for end in (*range(0, len(whole), 1777), *(at for at, _ in frames(wal)), len(whole)):
        copy.mkdir()
        shutil.copy(path, copy)
        (copy / "s.vsa-wal").write_bytes(whole[:end])
        session, said = opened(copy / "s.vsa")
        with session:
            seen.append(len(session.values))
            assert said == []
        shutil.rmtree(copy)
    assert set(seen) == {0, 1, 2, 3, 4}


def test_a_log_that_was_begun_anew_says_nothing(tmp_path):
    """Behind the frames that count stand those of an earlier round, whole and with other salts."""
    path = tmp_path / "s.vsa"
    session = open_session(path, SPACE)
    connection = session.journal.keeper.database._connection
    for i in range(6):
        session.run(f"atom a{i}")
    connection.execute("PRAGMA wal_checkpoint(RESTART)")
    session.run("atom b")
    wal = path.with_name("s.vsa-wal")
    with wal.open("rb") as file:
        head, _ = log._frames(file, PAGE, "<u4", [seed(wal)])
    assert len({tuple(salts) for salts in head[:, 2:4].tolist()}) == 2
    assert read_log(wal, PAGE) == log.Log(True, False, 0)
    session.close()


def test_what_was_rolled_back_says_nothing(tmp_path):
    """SQLite writes into the log what does not fit its cache, and leaves it there."""
    path = tmp_path / "s.vsa"
    session = open_session(path, SPACE)
    session.run("atom a")
    connection = session.journal.keeper.database._connection
    connection.execute("PRAGMA cache_size=5")
    connection.execute("BEGIN IMMEDIATE")
    for i in range(60):
        connection.execute(
            "INSERT INTO segment (start, rows) VALUES (?, ?)", (1000 + i, bytes(3000))
        )
    connection.execute("ROLLBACK")
    wal = path.with_name("s.vsa-wal")
    long = wal.stat().st_size
    session.run("x = a")
    assert wal.stat().st_size == long
    assert read_log(wal, PAGE) == log.Log(True, False, 0)
    session.close()


def test_what_a_killed_transaction_has_left_says_nothing(path):
    """The next one writes over some of its frames, and the others stay behind."""
    wal = path.with_name("s.vsa-wal")
    whole = wal.read_bytes()
    ends = [at + FRAME + PAGE for at, commit in frames(wal) if commit]
    first, second = whole[: ends[-3]], whole[: ends[-2]]
    torn = bytearray(second[len(first) :][: FRAME + PAGE])  # a frame of a change that is no commit
    torn[4:8] = bytes(4)
    wal.write_bytes(first + torn)
    session, said = opened(path)
    session.close()
    assert said == []


# --- what is not -----------------------------------------------------------------------------
def test_every_flip_of_a_bit_is_found(path, tmp_path):
    """Refused, or the state before the last commit with a note; never older without a word."""
    wal, copy = path.with_name("s.vsa-wal"), tmp_path / "copy"
    with open_session(shutil.copytree(path.parent, tmp_path / "all") / "s.vsa") as session:
        values = list(session.values)
    last = [at for at, commit in frames(wal) if commit][-2] + FRAME + PAGE
    size, noted = wal.stat().st_size, 0
    for at in (*range(HEADER + 2 * FRAME), *range(97, size, 1997), *range(last, last + FRAME)):
        copy.mkdir()
        shutil.copy(path, copy)
        shutil.copy(wal, copy)
        flip(copy / "s.vsa-wal", at, at % 8)
        if at < last or at in range(last + 4, last + 8):  # there a frame says that it is a commit
            message = refused(copy / "s.vsa")
            assert message.startswith("s.vsa-wal is damaged: it has ")
            assert message.endswith(" behind a place that cannot be read; restore it from a copy")
        else:
            session, said = opened(copy / "s.vsa")
            with session:
                assert list(session.values) == values[:-1]
            assert said == ["the end of s.vsa-wal cannot be read: s.vsa is as it was before that"]
            noted += 1
        shutil.rmtree(copy)
    assert noted > 20


def test_another_process_that_writes_is_told_and_not_its_log(path):
    wal = path.with_name("s.vsa-wal")
    heard, said = os.pipe()
    go, start = os.pipe()
    child = os.fork()
    if child == 0:
        session = open_session(path)
        session.run("q = a; r = a; s = a")
        os.write(said, b".")
        os.read(go, 1)
        os._exit(0)
    os.read(heard, 1)
    flip(wal, HEADER + 100)
    with pytest.raises(vsa.VsaError, match=r"s\.vsa is in use by another process"):
        open_session(path)
    os.write(start, b".")
    os.waitpid(child, 0)
    assert "s.vsa-wal is damaged" in refused(path)


def test_damaged_rows_are_refused_before_the_log_goes_into_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 10 * 32 * 4)
    names = [f"n{i}" for i in range(30)]
    made = tmp_path / "made"
    made.mkdir()
    with open_memory(made / "m.vsa", SPACE) as memory:
        memory.add(names, SPACE.batch(names))
        shutil.copytree(made, tmp_path / "left")
    path = tmp_path / "left" / "m.vsa"
    rows = path.with_name("m.vsa-rows")
    whole = rows.read_bytes()
    for damaged, said in (
        (whole[:5000], "30 rows were written and 7 are there"),
        (whole[: 4096 + 20 * 128] + bytes(10 * 128), "a row is not of length 1"),
        (b"?" + whole[1:], "it is not a file of rows"),
    ):
        rows.write_bytes(damaged)
        path.with_name("m.vsa-shm").unlink(missing_ok=True)
        before = contents(path)
        with pytest.raises(vsa.VsaError, match=said):
            open_memory(path)
        assert contents(path) == before
    rows.write_bytes(whole)
    with open_memory(path) as memory:
        assert list(memory) == names
