"""What grows and what does not: work is counted, in steps, bytes and rows, and never timed.

Each is done once in a small memory and once in one sixteen times as large, and takes as much there.
"""

import gc
import sqlite3
import sys
import tracemalloc
from contextlib import closing

import numpy as np
import pytest

import vsa
from vsa.memory.sketch import theory
from vsa.memory.sketch.bits import SAMPLE, Sketch
from vsa.memory.storage import Ascending, Held
from vsa.persist import keeper
from vsa.persist.database import Database

SIZES, DIM = (1000, 16_000), 32
STEPS = 1.5  # times as many: a logarithm may grow, and a rounding be looked at twice
BYTES = 6000  # more than in the small one: sixteen thousand numbers are twenty times that


def filled(count, memory=None):
    memory = vsa.Memory(vsa.Space(dim=DIM)) if memory is None else memory
    memory.add([f"item {i}" for i in range(count)], memory.space.random(count), scope="some")
    for i in range(3):  # what is made once is there
        memory.add(f"first {i}", memory.space.random(), scope="some")
        memory.select(among="some", kinds="atom"), memory.select(), memory.select(kinds=("atom",))
    return memory


def work(change, *given):
    """Lines of Python that a call takes, and the bytes that it holds at most."""
    lines = 0

    def trace(frame, event, arg):
        nonlocal lines
        lines += event == "line"
        return trace

    gc.collect(), gc.disable()  # what other tests left behind is not what the call does
    before, _ = sys.gettrace(), tracemalloc.start()
    sys.settrace(trace)
    try:
        change(*given)
    finally:
        sys.settrace(before)
        held = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop(), gc.enable()
    return lines, held


CHANGES = {
    "add": lambda m, v: m.add("new", v),
    "add to a scope": lambda m, v: m.add("new", v, scope="some"),
    "add and select": lambda m, v: (m.add("new", v), m.select(), m.select(kinds=("atom",))),
    "add and select in a scope": lambda m, v: (
        m.add("new", v, scope="some"), m.select(among="some", kinds="atom"),
    ),
    "another name": lambda m, v: m.add("alias", m["item 5"], scope="some"),
    "among a few": lambda m, v: m.select(among=["item 3", "item 7"]),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_costs_by_what_changes(change):
    sizes, vector = (*SIZES, *SIZES[1:], *SIZES[1:]), vsa.Space(dim=DIM).random()
    (lines, held), *large = (work(change, filled(size), vector) for size in sizes)
    assert large[0][0] <= STEPS * lines
    assert min(room for _, room in large) <= held + BYTES  # what other threads hold is counted, too


def test_a_single_item_behind_many_copies_nothing():
    memory = filled(5000)
    table, sketch = memory.table, memory.table.sketch
    sketch.follow(table.rows)
    before = [table.rows, table.norms, table.kinds, table.names, *sketch.planes(9)]
    before += [memory.select(), memory.select(among="some", kinds="atom")]
    memory.add("one more", memory.space.random(), scope="some")
    sketch.follow(table.rows)
    after = [table.rows, table.norms, table.kinds, table.names, *sketch.planes(9)]
    after += [memory.select(), memory.select(among="some", kinds="atom")]
    for old, new in zip(before, after, strict=True):
        assert np.shares_memory(old, new)
        assert len(new) == len(old) + 1


def test_growth_copies_each_row_a_few_times_at_most():
    held, copied = Held(4, np.float32), 0
    for length in range(1, 20_000):
        array = held.array
        held.reserve(length, length - 1)
        copied += length - 1 if held.array is not array else 0
    assert copied <= 2 * 20_000


def test_how_even_rows_are_is_looked_up_a_few_times_however_many_come():
    looked = []
    sketch = Sketch(DIM, lambda rows: looked.append(len(rows)) or rows)
    rows = np.random.default_rng(0).standard_normal((20_000, DIM)) / DIM**0.5
    for length in range(1, len(rows), 3):
        assert sketch.told(rows[:length]) == pytest.approx(1, abs=0.25)
    assert len(looked) <= 16
    assert sum(looked) <= 16 * SAMPLE
    sketch.shorten(5)  # in whose place come others
    assert sketch.told(10 * rows) == pytest.approx(10, abs=1)


def test_rows_that_were_read_stay_as_they_were_while_others_come():
    rows = Ascending(np.arange(3))
    before, shorter = rows.rows, rows.below(2)
    rows.extend(np.array([7, 9]))
    shorter.extend(np.array([5]))
    assert (before.tolist(), rows.rows.tolist()) == ([0, 1, 2], [0, 1, 2, 7, 9])
    assert shorter.rows.tolist() == [0, 1, 5]
    with pytest.raises(ValueError, match="read-only"):
        rows.rows[0] = 1


def test_an_undo_leaves_what_is_selected_as_it_was():
    memory = filled(100)
    before = memory.select(), memory.select(among="some")
    with memory.journal.transaction("several"):
        memory.add(["x", "y"], memory.space.random(2), scope="some")
        memory.add("alias", memory["item 3"], scope="some")
        memory.remove("item 4")
        memory.rename("item 5", "five")
        assert len(memory.select(among="some")) == len(before[1]) + 1
    memory.journal.undo()
    memory.add("z", memory.space.random())
    assert memory.select().tolist() == [*before[0].tolist(), memory.row("z")]
    assert memory.select(among="some").tolist() == before[1].tolist()


def test_composites_have_no_theory_worked_out_again():
    """Of a shortlist they change how many rows are on it, and nothing else."""
    alone = theory.steps(1024, 1 << 17)
    theory.clear.cache_clear()
    theory.clear(alone[0])
    for exceptions in range(1, 100):
        for step in theory.steps(1024, 1 << 17, exceptions):
            theory.clear(step)
    assert theory.clear.cache_info().misses == len(alone)
    assert len(theory.steps(1024, 1 << 17, 1 << 13)) < len(alone)  # too many on every one


# --- in a file -----------------------------------------------------------------------------------
def counted(memory, change):
    """Steps of SQLite's machine that a change takes."""
    steps = 0

    def step():
        nonlocal steps
        steps += 1

    connection = memory.journal.keeper.database._connection
    connection.set_progress_handler(step, 1)
    try:
        change()
    finally:
        connection.set_progress_handler(None, 0)
    return steps


def kept(folder, count):
    memory = vsa.Memory.open(folder / f"{count}.vsa", vsa.Space(dim=DIM))
    return filled(count, memory)


def test_a_kept_change_reads_and_writes_as_much_in_a_large_file(tmp_path):
    steps, pages = [], []
    for count in SIZES:
        with kept(tmp_path, count) as memory:
            vector, log = memory.space.random(), tmp_path / f"{count}.vsa-wal"
            memory.journal.keeper.database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            steps.append(counted(memory, lambda: memory.add("new", vector, scope="some")))  # noqa: B023
            pages.append(log.stat().st_size)
    assert steps[1] <= STEPS * steps[0]
    assert pages[1] <= 2 * pages[0]  # the depth of a tree, and not a list of all names


STATEMENTS = ["x = 1", "v = a1 * a2", "atom fresh", "y = v0", "def f(q) = q * a3", "best = 2 + 3"]


def test_a_statement_of_a_kept_session_reads_and_writes_as_much_among_many_names(
    tmp_path, monkeypatch
):
    """And nothing of its past, nor of the values that it does not name, nor of rows."""
    monkeypatch.setattr(keeper, "PART", 4 * DIM)  # a segment a row, as each statement makes one
    seen = []
    for count in (100, 1600):
        path = tmp_path / f"{count}.vsa"
        session = vsa.Session(vsa.Space(dim=DIM))
        with session.journal.transaction("all"):
            for i in range(count):
                session.declare_atom(f"a{i}")
                session.put("values", f"v{i}", session.space.random())
                session.log(f"v{i} = something")
        session.save(path)
        session.close()
        with vsa.Session.open(path) as session:
            steps = [counted(session.memory, lambda s=s: session.run(s)) for s in STATEMENTS]  # noqa: B023
            seen.append(steps)
    for few, many in zip(*seen, strict=True):
        assert many <= STEPS * few


def test_a_single_item_behind_many_that_were_opened_copies_no_row(tmp_path):
    kept(tmp_path, 1000).close()
    with vsa.Memory.open(tmp_path / "1000.vsa") as memory:
        before = memory.table.rows
        memory.add("one more", memory.space.atom("one more"))
        assert np.shares_memory(before, memory.table.rows)
        assert len(memory.table.rows) == len(before) + 1


def test_rows_that_are_opened_are_held_once(tmp_path):
    """Beside them there is a piece of the file, and what belongs to every name."""
    memory = vsa.Memory.open(tmp_path / "rows.vsa", vsa.Space(dim=4096))
    with memory:
        for _ in range(4):
            memory.add(
                [str(i) for i in range(len(memory), len(memory) + 250)], memory.space.random(250)
            )
        held = memory.table.rows.nbytes
    tracemalloc.start()
    with vsa.Memory.open(tmp_path / "rows.vsa") as memory:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        room = len(memory.table.store.array) / len(memory)
    assert peak < (room + 0.5) * held  # a quarter more than the rows, for those that come


def test_a_kept_scope_is_read_back_however_it_has_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "APART", 3)
    path, space = tmp_path / "m.vsa", vsa.Space(dim=DIM)
    written = 0
    for i in range(60):
        with vsa.Memory.open(path, space) as memory:
            memory.add(f"item {i}", space.random(), scope="some")
            if i % 4 == 3:
                memory.remove(f"item {i - 1}")
                memory.rename(f"item {i - 2}", f"other {i}")
            if i % 5 == 4:
                memory.add(f"gone {i}", space.random(), scope="some")
                memory.journal.undo()
            wanted, database = memory.scopes, memory.journal.keeper.database
            apart = database.numbered('members of "some"', 0)
            written += not apart
            assert len(apart) <= max(3, len(wanted["some"]) // 8)
        with vsa.Memory.open(path, read_only=True) as memory:
            assert memory.scopes == wanted
    assert 0 < written < 60  # both ways were taken


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("SET state='true', name=CAST('zz' AS BLOB)", "has changed"),
        ("SET state='false'", "has changed"),
    ],
)
def test_a_change_of_a_scope_that_was_not_written_is_damage(change, said, tmp_path):
    with kept(tmp_path, 100) as memory:
        memory.add("one", memory.space.random(), scope="some")
    file = sqlite3.connect(tmp_path / "100.vsa", isolation_level=None)
    file.execute(
        f"UPDATE entry {change} WHERE section LIKE 'members%' AND name=CAST('one' AS BLOB)"
    )
    file.close()
    with pytest.raises(vsa.VsaError, match=said):
        vsa.Memory.open(tmp_path / "100.vsa")


@pytest.mark.parametrize("mapped", [False, True])
def test_items_that_came_one_by_one_are_read_in_few_pieces(tmp_path, monkeypatch, mapped):
    """And each was written three times at the most, whatever came between them."""
    monkeypatch.setattr(keeper, "LARGE", 1 << 13 if mapped else 1 << 30)
    monkeypatch.setattr(keeper, "PART", 256 * (keeper.SMALL + (0 if mapped else 4 * DIM)))
    written = []
    put = Database.put_segment

    def counted(self, start, count, columns):
        written.append(count)
        put(self, start, count, columns)

    path, names = tmp_path / "one by one.vsa", [f"item {i}" for i in range(1100)]
    with vsa.Memory.open(path, vsa.Space(dim=DIM)) as memory:
        memory.add(names[:100], memory.space.batch(names[:100]))
        monkeypatch.setattr(Database, "put_segment", counted)
        for name in names[100:]:
            memory.add(name, memory.space.atom(name))
        memory.add("undone", memory.space.random())
        memory.journal.undo()
        memory.rename(names[7], "seven")
    assert sum(written) <= 3 * 1000 + 2 * 256  # what was there is taken in
    with vsa.Memory.open(path) as memory:
        assert [*memory] == [*names[:7], "seven", *names[8:]]
        assert memory.cleanup(memory.space.atom(names[900])).name == names[900]
        assert memory.cleanup(memory.space.atom(names[7])).name == "seven"
        assert memory.check() == 1100
        segments = [count for _, count, _ in memory.journal.keeper.database.segments()]
    assert sum(segments) == 1100
    assert len(segments) <= 1100 // 256 + 2 * 64 + 8


def test_an_entry_without_a_number_is_in_one_index(tmp_path):
    """So that a file is looked over as fast as can be; the last of a long past is found at once."""
    path, steps = tmp_path / "s.vsa", []
    with vsa.Session.open(path, vsa.Space(dim=DIM)) as session:
        database = session.journal.keeper.database
        for count in (20, 400):
            with session.journal.transaction("all"):
                for i in range(count):
                    session.put("values", f"v{i}", i)
                    session.log(f"v{i} = {i}")
            steps.append(counted(session, lambda: database.last("history")))
        plan = "EXPLAIN QUERY PLAN SELECT name FROM entry WHERE section='names' AND number>=5"
        assert "INDEX numbered" in str(database._connection.execute(plan).fetchall())
        unnumbered = "SELECT 1 FROM entry INDEXED BY numbered WHERE section=? AND number IS NULL"
        with pytest.raises(sqlite3.OperationalError, match="no query solution"):
            database._connection.execute(unnumbered, ("values",))
    assert steps[0] == steps[1]


def test_a_file_of_format_2_is_read(tmp_path):
    """Its index has all entries."""
    path = tmp_path / "s.vsa"
    with vsa.Session.open(path, vsa.Space(dim=DIM)) as session:
        for line in ("atom mark, fish", "x = mark * fish", "y = 3"):
            session.run(line)
        index = session.journal.keeper.database._connection.execute(
            "SELECT sql FROM sqlite_master WHERE name='numbered'"
        ).fetchone()[0]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP INDEX numbered")
        connection.execute(index.partition(" WHERE ")[0])
        connection.execute("PRAGMA user_version=2")
        connection.commit()
    with vsa.Session.open(path) as session:
        assert session.run("cleanup(x / mark)")[-1].name == "fish"
        session.run("z = 4")
        assert session.journal.keeper.database.last("history") == 3
    with vsa.Session.open(path) as session:
        assert session.run("y + z")[-1] == 7
