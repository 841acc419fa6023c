"""Rows of whole numbers: bytes while all are such, then numbers; in memory, in files, in copies."""

import copy
import shutil
from contextlib import suppress

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.algebra.space import Space
from vsa.memory.answer import Answer
from vsa.persist import database, keeper, large, open_memory, open_session
from vsa.persist.exchange import export_session, import_session
from vsa.persist.mapped import Mapped

NAMES = [f"n{i}" for i in range(300)]
DIM = 64


@pytest.fixture
def space(backend, dtype):
    return Space(DIM, "map-i", backend, dtype)


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 100 * DIM)


def filled(space, names=NAMES):
    memory = vsa.Memory(space)
    memory.add(names, space.batch(names))
    return memory


def odd(space):
    """A sum that is no number times whole ones."""
    return space.atom("n1") + 0.3 * space.atom("n2")


def bytes_a_number(memory):
    return memory.table.rows.itemsize


def numbers(vector):
    return vector.space.backend.numpy(vector.data)


def same_answers(memory, other):
    space = memory.space
    asked = space.stack([space.atom("n3") + space.atom("n4"), space.atom("x"), odd(space)])
    for k in (1, 3):
        a, b = memory.cleanup(asked, k).found, other.cleanup(asked, k).found
        assert np.allclose(a.similarities, b.similarities, atol=1e-6)
        assert np.allclose(a.probabilities, b.probabilities, atol=1e-5)
        assert np.allclose(a.nothing, b.nothing, atol=1e-5)
        one = memory.cleanup(asked[0], k).found
        assert np.allclose(one.similarities, a.similarities[0], atol=1e-6)


# --- in memory ------------------------------------------------------------------------------------
def test_what_is_whole_comes_back_to_the_last_bit(space):
    memory = filled(space)
    a, b, c = (space.atom(name) for name in NAMES[:3])
    sums = [
        a + b, a - b - c, (a + b + c).normalize(), (b - c).scale(1 / 3), 1e-6 * (3 * a - 2 * b + c),
        -1 * a, 2.5 * (a * b), a.scale(1e6) + b.scale(5e5), vsa.bundle(*space.batch(NAMES[:100])),
    ]  # fmt: skip
    for i, vector in enumerate(sums):
        memory.add(f"s{i}", vector)
    assert bytes_a_number(memory) == 1
    for i, vector in enumerate(sums):
        back = memory.vectors(np.array([memory.row(f"s{i}")]))[0]
        assert np.array_equal(numbers(back), numbers(vector)), i
        assert f"s{i}" in memory.names_of(vector)
        assert memory.cleanup(vector).name == memory.names_of(vector)[0]
    assert memory.names_of(2 * a) == ["n0"]  # vectors are equal whatever their length


@given(st.data())
@settings(max_examples=60)
def test_any_row_is_stored_exactly_or_as_others_are(data):
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    space = Space(8, "map-i", dtype=dtype)
    whole = st.lists(st.integers(-130, 130), min_size=8, max_size=8)
    scale = data.draw(st.floats(1e-4, 1e4))
    rows = np.array(data.draw(st.lists(whole, min_size=1, max_size=4))) * scale
    given_ = space.vector(rows)
    stored, lengths = space.metric.stored(given_.data)
    assert np.allclose(lengths, np.linalg.norm(rows, axis=-1) / 8**0.5, rtol=1e-6)
    back = space.metric.rows(stored, lengths)
    if stored.dtype == np.int8:
        rounding = 0 if dtype == "float32" else 1e-15  # two of them at most
        assert np.allclose(back, given_.data, rtol=rounding, atol=0)
    else:
        assert np.allclose(back, given_.data, rtol=1e-5, atol=1e-6 * np.abs(rows).max())
    wide = space.metric.widened(stored)
    assert np.allclose(np.linalg.norm(wide, axis=-1), lengths > 0)


def test_one_row_that_is_not_whole_makes_numbers_of_all(space):
    narrow, wide = filled(space), filled(space)
    total = space.atom("n1") + space.atom("n2") + space.atom("n3")
    narrow.add("sum", total)
    wide.add("sum", total)
    answer = narrow.cleanup(total)
    wide.add("odd", odd(space))
    assert [bytes_a_number(m) for m in (narrow, wide)] == [
        1,
        np.dtype(space.backend.dtype).itemsize,
    ]
    wide.remove("odd")
    same_answers(narrow, wide)
    assert wide.names_of(total) == ["sum"]
    wide.add("alias", total)
    assert wide.names_of(total) == ["sum", "alias"]
    assert len(wide.table) == 302
    back = wide.vectors(np.arange(300))
    assert np.allclose(numbers(back), numbers(space.batch(NAMES)), atol=1e-6)
    assert np.array_equal(numbers(answer.vector), numbers(total))


def test_answers_keep_their_vectors_through_an_undo(space):
    memory = filled(space)
    answer = memory.cleanup(space.atom("n299"))
    with memory.journal.transaction("both"):
        memory.add("odd", odd(space))
        memory.add("sum", space.atom("n1") + space.atom("n2"))
    memory.journal.undo()
    assert isinstance(answer, Answer)
    assert memory.names_of(space.atom("n299")) == ["n299"]
    memory.journal.undo()
    assert len(memory) == 0
    assert np.allclose(numbers(answer.vector), numbers(space.atom("n299")), atol=1e-6)
    memory.add("a", space.atom("a"))
    assert memory.cleanup(space.atom("a")).name == "a"


def test_a_batch_of_both_kinds(space, monkeypatch):
    monkeypatch.setattr("vsa.algebra.backend.Backend.block_bytes", 4 * DIM * 7)
    names = [*NAMES[:50], "odd", *NAMES[50:100]]
    vectors = space.stack([odd(space) if n == "odd" else space.atom(n) for n in names])
    memory = vsa.Memory(space)
    memory.add(names, vectors)
    assert np.allclose(numbers(memory.vectors(np.arange(101))), numbers(vectors), atol=1e-6)
    assert list(memory.cleanup(vectors).name) == names


def test_the_sketch_of_bytes_is_that_of_numbers(monkeypatch):
    space = Space(256, "map-i")
    names = [f"n{i}" for i in range(20_000)]
    memory, wide = vsa.Memory(space), vsa.Memory(space)
    for each in (memory, wide):
        each.add(names, space.batch(names))
    wide.add("odd", odd(space))
    wide.journal.undo()
    nearer, farther = space.batch(names[:40]), space.batch(names[40:80])
    asked = nearer + nearer + farther  # equally near ones would be ordered by rounding
    for each in (memory, wide):
        each.cleanup(asked)  # patience
        assert len(each.table.sketch) == 20_000
    for a, b in zip(memory.table.sketch.planes(9), wide.table.sketch.planes(9), strict=True):
        assert np.array_equal(a, b)
    for query in (asked, asked[3], space.atom("n7")):
        for k in (1, 2):
            found = [
                m.cleanup(query, k, exact=e).found for m in (memory, wide) for e in (False, True)
            ]
            for other in found[1:]:
                assert np.array_equal(other.rows, found[0].rows)
                assert np.allclose(other.similarities, found[0].similarities, atol=1e-6)


def test_copies(space):
    memory = filled(space)
    for made in (memory, filled(space)):
        if made is not memory:
            made.add("odd", odd(space))
        other = copy.deepcopy(made)
        assert bytes_a_number(other) == bytes_a_number(made)
        assert list(other) == list(made)
        same_answers(made, other)


# --- in files -------------------------------------------------------------------------------------
def test_a_file_of_bytes_becomes_one_of_numbers(tmp_path, space):
    path = tmp_path / "a.vsa"
    with open_memory(path, space) as memory:
        memory.add(NAMES, space.batch(NAMES))
        memory.add("sum", space.atom("n1") + space.atom("n2") + space.atom("n3"))
        memory.rename("n5", "five")
    with open_memory(path) as again:
        assert bytes_a_number(again) == 1
        assert again.check() == 301
        vector = space.atom("n1") + space.atom("n2") + space.atom("n3")
        assert np.array_equal(numbers(again.vectors(np.array([300]))[0]), numbers(vector))
        again.add("odd", odd(space))
        again.add("twin", space.atom("n7"))
    for backend in {space.backend_name, "numpy"}:
        with open_memory(path, backend=backend) as third:
            assert bytes_a_number(third) > 1
            assert third.check() == 302
            assert list(third) == list(again)
            assert third.names_of(third.space.atom("n7")) == ["n7", "twin"]
            assert third.cleanup(odd(third.space)).name == "odd"
            assert third.cleanup(third.space.atom("n5")).name == "five"
    with open_memory(path) as third:
        third.remove("odd")
        third.remove("sum")
        third.add("more", space.atom("more"))
        same_answers(third, filled(space, [*NAMES, "more"]))


def test_a_statement_that_fails_may_have_made_numbers(tmp_path, space):
    path = tmp_path / "a.vsa"
    with open_memory(path, space) as memory:
        memory.add(NAMES[:20], space.batch(NAMES[:20]))
        with suppress(ZeroDivisionError), memory.journal.transaction("fails"):
            memory.add("odd", odd(space))
            raise ZeroDivisionError
        assert list(memory) == NAMES[:20]
        assert bytes_a_number(memory) > 1
        memory.rename("n5", "five")
    with open_memory(path) as again:
        assert bytes_a_number(again) > 1
        assert again.check() == 20
        assert again.cleanup(space.atom("n5")).name == "five"


@pytest.mark.parametrize("backend", PRESENT)
def test_mapped_bytes_become_mapped_numbers(tmp_path, small_limit, backend):
    path, space = tmp_path / "a.vsa", Space(DIM, "map-i", backend)
    with open_memory(path, space) as memory:
        memory.add(NAMES[:90], space.batch(NAMES[:90]))
        assert {
            file.name for file in tmp_path.glob("a.vsa-[brs]*") if "shm" not in file.name
        } == set()
        memory.add(NAMES[90:], space.batch(NAMES[90:]))
        assert (tmp_path / "a.vsa-bytes").stat().st_size >= 300 * DIM
        memory.rename("n5", "five")
    with open_memory(path) as again:
        assert bytes_a_number(again) == 1
        assert again.check() == 300
        again.add("more", space.atom("more"))
        again.add("odd", odd(space))
        assert not (tmp_path / "a.vsa-bytes").exists()
        assert (tmp_path / "a.vsa-rows").exists()
        again.add("last", space.atom("last"))
        again.backup(tmp_path / "copy.vsa")
    for file in (path, tmp_path / "copy.vsa"):
        with open_memory(file, backend="numpy") as third:
            assert isinstance(third.table.store, Mapped)
            assert third.table.rows.dtype == np.float32
            assert len(third.table.sketch) == third.check() == 303
            assert list(third) == list(again)
            assert third.cleanup(third.space.atom("n5")).name == "five"
            assert third.cleanup(odd(third.space)).name == "odd"


@pytest.mark.parametrize(
    ("owner", "when", "call"),
    [
        (database.Database, "put", 1), (database.Database, "put_segment", 1),
        (keeper.Keeper, "_settle", 1), (keeper.Keeper, "_settle", 2),
        (keeper.Keeper, "_settle", 3), (large, "signs", 1),
    ],
)  # fmt: skip
def test_a_change_of_form_that_is_interrupted(
    tmp_path, small_limit, monkeypatch, owner, when, call
):
    """The next change does it all; a process that is killed there leaves the file as it was."""
    path, space, there = tmp_path / "a.vsa", Space(DIM, "map-i"), tmp_path / "there"
    memory = open_memory(path, space)
    memory.add(NAMES, space.batch(NAMES))
    calls, real = [], getattr(owner, when)
    there.mkdir()

    def interrupted(*args, **options):
        calls.append(1)
        if len(calls) == call:
            for file in tmp_path.glob("a.vsa*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, there / file.name)
            raise KeyboardInterrupt
        return real(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(owner, when, interrupted)
        with pytest.raises(KeyboardInterrupt):
            memory.add("odd", odd(space))
    assert list(memory) == NAMES
    assert memory.cleanup(space.atom("n5")).name == "n5"
    memory.add("sum", space.atom("n1") + space.atom("n2"))
    memory.add("odd", odd(space))
    memory.close()
    done = when == "_settle" and call == 3  # the commit
    for file, names in (
        (path, [*NAMES, "sum", "odd"]),
        (there / "a.vsa", [*NAMES, *done * ["odd"]]),
    ):
        with open_memory(file) as again:
            assert list(again) == names
            assert again.check() == len(names)
            again.add("odder", space.atom("n1") - 0.3 * space.atom("n2"))
            assert again.cleanup(space.atom("n1") - 0.3 * space.atom("n2")).name == "odder"
            assert isinstance(again.table.store, Mapped)
            assert again.check() == len(names) + 1


def test_a_file_that_names_another_form_is_refused(tmp_path):
    path, space = tmp_path / "a.vsa", Space(DIM, "map-i")
    with open_memory(path, space) as memory:
        memory.add(NAMES[:20], space.batch(NAMES[:20]))
        for said, wrong in (('"int16"', "its rows are of 'int16'"), ('"float32"', "not of dim 64")):
            with memory.journal.lock:
                made = memory.journal.keeper.database
                with made.transaction():
                    made.put("about", "rows", said, [])
            memory.backup(tmp_path / "copy.vsa")
            with pytest.raises(vsa.VsaError, match=wrong):
                open_memory(tmp_path / "copy.vsa")
            (tmp_path / "copy.vsa").unlink()


@pytest.mark.parametrize("kind", ["bytes", "numbers"])
def test_export_and_import(tmp_path, kind):
    pytest.importorskip("safetensors", reason="the extra 'exchange' brings it")
    from safetensors.numpy import load_file

    space = Space(DIM, "map-i")
    with open_session(tmp_path / "a.vsa", space) as session:
        session.memory.add(NAMES[:20], space.batch(NAMES[:20]))
        if kind == "numbers":
            session.memory.add("odd", odd(space))
        export_session(session, tmp_path / "out")
    tensors = load_file(tmp_path / "out.safetensors")
    assert tensors["rows"].dtype == (np.int8 if kind == "bytes" else np.float32)
    other = vsa.Session(space)
    import_session(other, tmp_path / "out.json")
    assert other.memory.table.rows.dtype == tensors["rows"].dtype
    assert list(other.memory) == list(session.memory)
    assert other.memory.cleanup(space.atom("n4")).name == "n4"
