"""An answer that is held says what it said, whatever becomes of the memory."""

import gc

import numpy as np
import pytest
from backends import PRESENT

import vsa
from vsa.errors import SaveWarning
from vsa.persist import keeper, open_memory


@pytest.fixture(params=PRESENT)
def memory(request):
    space = vsa.Space(dim=256, backend=request.param)
    memory = vsa.Memory(space)
    memory.add(["a", "b"], space.batch(["a", "b"]))
    return memory


def is_of(vector, memory, *names):
    return np.allclose(vector.numpy(), memory.space.batch(list(names)).numpy(), atol=1e-6)


def test_an_answer_gives_its_own_vector_after_an_undo(memory):
    space = memory.space
    memory.add("c", 3 * space.atom("c"))
    one, batch = memory.cleanup(space.atom("c")), memory.cleanup(space.batch(["a", "c", "no"]))
    memory.journal.undo()
    memory.add(["d", "e"], space.batch(["d", "e"]))
    assert memory.label(int(one.rows[0])) == "d"  # the row is another's now
    assert one.name == "c"
    assert one.vector.norm() == pytest.approx(3, abs=1e-5)
    assert is_of(one.vector.scale(1 / 3), memory, "c")
    assert (one * space.atom("x")).similarity(space.atom("c") * space.atom("x")) > 0.999
    assert batch.name.tolist() == ["a", "c", None]
    assert is_of(batch.vector[0], memory, "a")
    assert is_of(batch.vector[1].scale(1 / 3), memory, "c")
    assert is_of(batch[1].vector.scale(1 / 3), memory, "c")
    assert batch.vector[2].norm() == 0
    assert one.undone
    assert batch.undone
    assert not batch[0].undone
    assert is_of(memory.cleanup(space.atom("d")).vector, memory, "d")


def test_several_undos_and_answers_of_several_moments(memory):
    space, held = memory.space, []
    for name in "cdefg":
        memory.add(name, space.atom(name))
        held.append(memory.cleanup(space.batch(["a", *"cdefg"])))
    for _ in range(3):
        memory.journal.undo()
    memory.add("h", space.atom("h"))
    later = memory.cleanup(space.batch(["d", "h"]))
    for _ in range(3):
        memory.journal.undo()
    memory.add(list("ijk"), space.batch(list("ijk")))
    for count, answer in enumerate(held, 1):
        known = "cdefg"[:count]
        assert answer.name.tolist() == ["a", *known, *[None] * (5 - count)]
        assert is_of(answer.vector[: count + 1], memory, "a", *known)
    assert is_of(later.vector, memory, "d", "h")


def test_names_and_numbers_are_those_of_the_moment(memory):
    a = memory.space.atom("a")
    answer = memory.cleanup(a, k=2)
    before = str(answer), answer.matches(), answer.vsa_json()
    memory.rename("a", "z")
    memory.remove("b")
    assert (str(answer), answer.matches(), answer.vsa_json()) == before
    assert is_of(answer.vector, memory, "a")


def test_a_failed_transaction_leaves_an_answer_what_it_was(memory):
    space = memory.space
    held = []

    def fail():
        memory.add("c", space.atom("c"))
        held.append(memory.cleanup(space.atom("c")))
        memory.add("a", space.atom("c"))

    with pytest.raises(vsa.VsaError, match="'a' is in memory"), memory.journal.transaction("x"):
        fail()
    memory.add("d", space.atom("d"))
    assert is_of(held[0].vector, memory, "c")


def test_what_nobody_holds_is_not_kept(memory):
    """Neither what was undone, nor that there was a moment."""
    table = memory.table
    copied = []
    vectors = table.vectors

    def counted(rows):
        copied.append(len(rows))
        return vectors(rows)

    table.vectors = counted
    kept = memory.cleanup(memory.space.atom("a"))  # holds a moment without the rows to come
    memory.add(["c", "d"], memory.space.batch(["c", "d"]))
    memory.cleanup(memory.space.atom("c"))
    gc.collect()
    memory.journal.undo()
    assert not copied
    assert len(table._moments) == 1
    del kept
    gc.collect()
    assert not table._moments


def test_answers_of_before_and_after_an_undo_do_not_go_together(memory):
    space = memory.space
    memory.add("c", space.atom("c"))
    old = [memory.cleanup(space.atom(name)) for name in "ac"]
    memory.journal.undo()
    memory.add("d", space.atom("d"))
    new = memory.cleanup(space.atom("d"))
    assert is_of(vsa.Answer.stack(old).vector, memory, "a", "c")
    assert is_of(vsa.Answer.stack([old[0], new]).vector, memory, "a", "d")
    with pytest.raises(vsa.VsaError) as error:
        vsa.Answer.stack([old[1], new])
    assert str(error.value) == (
        "answers from before and after an undo do not go together: join their vectors"
    )


def test_in_a_session(tmp_path):
    session = vsa.Session(vsa.Space(dim=256))
    session.run("atom mark, fish, eat")
    (before,) = session.run("s = frame(eat, agt=mark); cleanup(s)")[-1:]
    session.run(":undo")
    session.run("t = frame(fish, agt=fish)")
    assert before.name == "s"
    assert before.vector.similarity(session.run("frame(eat, agt=mark)")[0]) > 0.999
    session.set("held", before)
    with pytest.warns(SaveWarning, match="an answer whose items were undone"):
        session.save(tmp_path / "w.vsa")


@pytest.mark.parametrize("mapped", [False, True])
def test_of_a_memory_in_a_file(tmp_path, monkeypatch, mapped):
    monkeypatch.setattr(keeper, "LARGE", 0 if mapped else 1 << 26)
    space = vsa.Space(dim=64)
    with open_memory(tmp_path / "m.vsa", space) as memory:
        memory.add(["a", "b"], space.batch(["a", "b"]))
        memory.add("c", space.atom("c"))
        answer = memory.cleanup(space.batch(["a", "c"]))
        memory.journal.undo()
        memory.add("d", space.atom("d"))
        assert is_of(answer.vector, memory, "a", "c")
    with open_memory(tmp_path / "m.vsa") as again:
        assert list(again) == ["a", "b", "d"]
        assert len(again.table) == 3  # the file has forgotten what was undone


def test_a_set_that_was_kept_in_python_does_not_name_another_item():
    session = vsa.Session(vsa.Space(dim=64))
    session.run("atom a, b")
    session.run("remember(a * b)")
    (members,) = session.run("{a * b, a}")
    session.run(":undo; remember(a / b)")
    assert str(members) == "{(undone), a}"
    for use in (lambda: members + members, lambda: members.of(session.memory)):
        with pytest.raises(
            vsa.VsaError, match=r"^a member of this set has been undone: make the set"
        ):
            use()
