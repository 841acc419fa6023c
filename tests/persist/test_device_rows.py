"""A kept memory on a backend that maps nothing: its rows are there and in the mapped file."""

import numpy as np
import pytest
from backends import PRESENT

import vsa
from vsa.memory.sketch.bits import Sketch
from vsa.memory.storage import asked
from vsa.persist import keeper, open_memory
from vsa.persist.large import Mirrored
from vsa.persist.mapped import Mapped

SPACE = vsa.Space(dim=64)
NAMES = [f"n{i}" for i in range(300)]
DEVICES = [name for name in PRESENT if name != "numpy"]
pytestmark = [
    pytest.mark.skipif(not DEVICES, reason="there is no backend but NumPy"),
    pytest.mark.usefixtures("small_limit"),
]


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 100 * 64 * 4)


@pytest.fixture(params=DEVICES)
def device(request):
    return request.param


def check(path, names):
    """The file as NumPy finds it: every row and sign."""
    with open_memory(path, backend="numpy") as memory:
        assert isinstance(memory.table.store, Mapped)
        assert list(memory) == names
        wanted, _ = asked(SPACE.batch(names))
        np.testing.assert_allclose(memory.table.rows, wanted, atol=1e-6)
        assert len(memory.table.sketch) == len(names)
        fresh = Sketch(64)
        fresh.follow(memory.table.rows)
        for plane, other in zip(memory.table.sketch.planes(64), fresh.planes(64), strict=True):
            np.testing.assert_array_equal(plane, other)
        assert memory.check() == len(names)
        assert memory.cleanup(SPACE.atom(names[-1])).name == names[-1]


def test_a_mapped_file_is_added_to(tmp_path, monkeypatch, device):
    path = tmp_path / "a.vsa"
    with open_memory(path, SPACE) as memory:
        memory.add(NAMES[:200], SPACE.batch(NAMES[:200]))
    file = (tmp_path / "a.vsa-rows").stat().st_ino
    monkeypatch.undo()  # what is mapped stays so, however few the rows are
    with open_memory(path, backend=device) as memory:
        space = memory.space
        memory.add(NAMES[200], space.atom(NAMES[200]))
        memory.add(NAMES[201:250], space.batch(NAMES[201:250]))
        memory.add("gone", space.atom("gone"))
        memory.journal.undo()
        memory.add("twin", space.atom("n7"))
        memory.remove("twin")
        assert memory.cleanup(space.atom("n249")).name == "n249"
    check(path, NAMES[:250])
    with open_memory(path, backend=device) as memory:
        assert list(memory) == NAMES[:250]
        memory.add(NAMES[250:], memory.space.batch(NAMES[250:]))
        with pytest.raises(vsa.VsaError):  # one is there: none is added
            memory.add(["new", "n3"], memory.space.batch(["new", "n3"]))
        assert memory.space.backend.numpy(memory.table.rows).shape == (300, 64)
    check(path, NAMES)
    assert (tmp_path / "a.vsa-rows").stat().st_ino == file


def test_what_is_large_moves(tmp_path, device):
    path = tmp_path / "a.vsa"
    space = vsa.Space(dim=64, backend=device)
    with open_memory(path, space) as memory:
        memory.add(NAMES[:90], space.batch(NAMES[:90]))
        assert not isinstance(memory.table.store, Mirrored)
        memory.add(NAMES[90:120], space.batch(NAMES[90:120]))
        assert isinstance(memory.table.store, Mirrored)
        assert not isinstance(memory.table.rows, np.ndarray)
        memory.journal.undo()
        memory.journal.undo()
        memory.add(NAMES, space.batch(NAMES))
    with open_memory(path, backend=device, read_only=True) as memory:
        assert memory.cleanup(memory.space.atom("n299")).name == "n299"
        with pytest.raises(vsa.VsaError, match=r"^a\.vsa is open for reading only$"):
            memory.add("x", memory.space.atom("x"))
        assert len(memory) == 300
    with open_memory(path, backend="numpy") as memory:
        memory.add("x", SPACE.atom("x"))
        memory.journal.undo()
    check(path, NAMES)
