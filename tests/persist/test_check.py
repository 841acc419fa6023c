"""`check` reads a whole file: every change that matters is found, and named."""

import numpy as np
import pytest

import vsa
from vsa.persist import keeper, open_memory

DIM, HEADER = 128, 4096
names = [f"n{i}" for i in range(400)]


@pytest.fixture
def mapped(tmp_path, monkeypatch):
    """A file whose rows are mapped, and the places of some of its bytes."""
    monkeypatch.setattr(keeper, "LARGE", 100 * DIM * 4)
    path = tmp_path / "a.vsa"
    space = vsa.Space(dim=DIM)
    with open_memory(path, space) as memory:
        memory.add(names[:150], space.batch(names[:150]))
        memory.add(names[150:], space.random(250) + space.random(250))
        assert memory.check() == 400
    return path


def change(path, at, function):
    with open(path, "r+b") as file:
        file.seek(at)
        old = np.frombuffer(file.read(4), "<u4")[0]
        file.seek(at)
        file.write(np.uint32(function(int(old))).astype("<u4").tobytes())


def row(i, component=0):
    return HEADER + (i * DIM + component) * 4


def test_a_sound_file_is_as_it_was_written(mapped):
    for read_only in (False, True):
        with open_memory(mapped, read_only=read_only) as memory:
            assert memory.check() == 400
    with open_memory(mapped) as memory:
        memory.add("more", memory.space.random())
        memory.remove("n3")
        assert memory.check() == 401
        memory.journal.undo()
        memory.journal.undo()
        assert memory.check() == 400


@pytest.mark.parametrize("bit", [31, 30, 27, 23, 22])  # the sign, the exponent, the first digit
def test_a_bit_of_a_mapped_row(mapped, bit):
    with open_memory(mapped) as memory:
        values = np.abs(memory.table.rows)
    for number, component in ((300, int(values[300].argmax())), (17, 70)):
        change(f"{mapped}-rows", row(number, component), lambda x: x ^ (1 << bit))
    with (
        open_memory(mapped, read_only=True) as memory,
        pytest.raises(vsa.VsaError) as error,
    ):
        memory.check()
    assert str(error.value) == (
        "a.vsa is damaged: 'n17', 'n300' are not as written; restore it from a copy"
    )


def test_rows_that_lie_elsewhere(mapped):
    """Rows exchanged are of length 1 and their signs are right where these went along."""
    with open_memory(mapped) as memory:
        rows = memory.table.rows[200:300].copy()
    for path, block in ((f"{mapped}-rows", rows),):
        with open(path, "r+b") as file:
            file.seek(row(200))
            file.write(block[::-1].astype("<f4").tobytes())
    for plane in mapped.parent.glob("a.vsa-signs*"):
        plane.unlink()
    with open_memory(mapped) as memory, pytest.raises(vsa.VsaError) as error:
        memory.check()
    assert str(error.value) == (
        "a.vsa is damaged: 'n200', 'n201', 'n202' and 97 more are not as written; "
        "restore it from a copy"
    )


def test_a_row_in_a_segment_of_its_own(mapped):
    """Its components in another order keep their signs and their length."""
    with open_memory(mapped) as memory:
        memory.add("single", memory.space.random())
        values = memory.table.rows[400].copy()
    positive = np.flatnonzero(values > 0)
    values[positive] = values[positive][::-1]
    with open(f"{mapped}-rows", "r+b") as file:
        file.seek(row(400))
        file.write(values.astype("<f4").tobytes())
    with open_memory(mapped) as memory, pytest.raises(vsa.VsaError) as error:
        memory.check()
    assert "'single' is not as written" in str(error.value)


def test_a_bit_of_the_signs(mapped):
    width = 64  # bytes of a row in the first plane
    change(f"{mapped}-signs0", HEADER + 9 * width, lambda x: x ^ 1)
    with open_memory(mapped) as memory:
        with pytest.raises(vsa.VsaError) as error:
            memory.check()
        assert str(error.value) == (
            "a.vsa is damaged: 'n9' is not as written; restore it from a copy"
        )
        memory.remove("n9")
        assert memory.check() == 400


def test_projections_of_another_library_tell_nothing(mapped, monkeypatch):
    """Where random numbers are drawn in another way, every signature differs: rows are sound."""
    with open_memory(mapped) as memory:
        marking = memory.table._marking
        probes, weights = marking._drawn
        marking._drawn = probes[::-1].copy(), weights
        assert memory.check() == 400


def test_what_is_in_the_database(tmp_path):
    path = tmp_path / "s.vsa"
    with vsa.Session.open(path, vsa.Space(dim=64)) as session:
        session.run("atom mark, fish; s = push(push(nil, mark), fish)")
        assert session.run(":check") == ["s.vsa is as it was written: 3 names, 2 items"]
        session.backup(tmp_path / "copy.vsa")
    with vsa.Session.open(tmp_path / "copy.vsa") as session:
        connection = session.journal.keeper.database._connection
        connection.execute("UPDATE entry SET state='\"x\"' WHERE section='history' AND number=0")
        with pytest.raises(vsa.VsaError) as error:
            session.run(":check")
        assert "copy.vsa is damaged: an entry of 'history' has changed" in str(error.value)


def test_what_is_not_kept_is_not_checked():
    with pytest.raises(vsa.VsaError) as error:
        vsa.Memory(vsa.Space(dim=64)).check()
    assert str(error.value) == (
        "nothing is kept in a file: :save FILE or Memory.open(FILE) keeps it"
    )
