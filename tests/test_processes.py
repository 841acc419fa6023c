"""Memories and answers in other processes, and copies: whole, and nobody else's."""

import copy
import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from backends import PRESENT

import vsa
from vsa import Kind, Memory, Session, Space, VsaError

COPIES = {
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


def filled(space):
    memory = Memory(space, exact=True)
    names = [f"n{i}" for i in range(20)]
    memory.add(names, space.batch(names), scope="some")
    memory.add("part", space.atom("part"), kind=Kind("inside", internal=True))
    memory.add("alias", 2 * space.atom("n3"), kind="token")
    memory.add("long", 3 * space.atom("long"))
    memory.remove("n5")
    memory.rename("n6", "six")
    return memory


def state(memory):
    held = memory.state
    return (
        memory.names(), {n: memory.kind(n) for n in memory}, memory.scopes, memory.item_kinds,
        held.aliases, {n: round(float(memory[n].norm()), 5) for n in memory}, memory.exact,
    )  # fmt: skip


@pytest.mark.parametrize("how", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("backend", PRESENT)
def test_a_memory_goes_with_its_contents(how, backend):
    space = Space(dim=64, backend=backend)
    memory = filled(space)
    other = how(memory)
    assert state(other) == state(memory)
    assert other.space == space
    assert other.cleanup(space.atom("n3")).name == "n3"
    assert other.names_of(space.atom("n3")) == ["n3", "alias"]
    before = state(memory)
    other.add("more", space.atom("more"))
    other.remove("n3")
    other.define_scope("some", ["n1"])
    other.journal.undo()
    assert state(memory) == before
    memory.add("again", space.atom("again"))
    assert "again" not in other


def test_an_empty_memory_too():
    memory = copy.deepcopy(Memory(Space(dim=16)))
    memory.add("a", memory.space.atom("a"))
    assert memory.names() == ["a"]


@pytest.mark.parametrize("how", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("backend", PRESENT)
def test_an_answer_goes_with_names_numbers_and_vectors(how, backend):
    space = Space(dim=64, backend=backend)
    memory = filled(space)
    query = space.atom("n1") + 0.2 * space.atom("n2")
    one, many = memory.cleanup(query, k=3), memory.cleanup(space.batch(["n1", "long"]), k=2)
    other, others = how(one), how(many)
    memory.remove("n1")
    assert str(other) == str(one)
    assert str(others) == str(many)
    assert type(others) is vsa.Answers
    assert others.rows.tolist() == many.rows.tolist()
    assert other.vector.similarity(space.atom("n1")) > 0.999
    assert others.vector[1].norm() == pytest.approx(3, abs=1e-4)
    assert others[1].name == "long"
    assert (other.query.similarity(query), others.query) == (pytest.approx(1, abs=1e-5), None)
    assert how(other).vector.similarity(other.vector) > 0.999
    assert (other * space.atom("x") / space.atom("x")).similarity(one.vector) > 0.999


def test_answers_that_found_nothing_go_too():
    space = Space(dim=64)
    answer = COPIES["pickle"](Memory(space).cleanup(space.zero((2,))))
    assert list(answer.name) == [None, None]
    assert float(np.max(answer.vector.norm())) == 0


def test_a_memory_that_is_kept_goes_as_its_path(tmp_path):
    with Memory.open(tmp_path / "m.vsa", Space(dim=64)) as memory:
        memory.add("a", memory.space.atom("a"))
        for how in COPIES.values():
            with pytest.raises(VsaError) as caught:
                how(memory)
            assert str(caught.value) == (
                "m.vsa is open for writing, and a copy of its memory would be too: copy one that "
                "was opened with read_only=True"
            )
            assert isinstance(caught.value, TypeError)
    with Memory.open(tmp_path / "m.vsa", read_only=True, exact=True) as memory:
        written = pickle.dumps(memory)
        assert b"m.vsa" in written
        with pickle.loads(written) as other:
            assert (other.names(), other.exact, other.file) == (["a"], True, memory.file)
            with pytest.raises(VsaError, match=r"^m\.vsa is open for reading only$"):
                other.add("b", other.space.atom("b"))


def test_a_session_says_what_to_do():
    session = Session(Space(dim=64))
    for how in COPIES.values():
        with pytest.raises(VsaError) as caught:
            how(session)
        assert str(caught.value) == (
            "a Session is neither pickled nor copied: session.save(path) keeps it in a file, and "
            "Session.open(path) goes on with it"
        )
        assert isinstance(caught.value, TypeError)


def test_classes_are_pickled_by_their_public_names():
    space = Space(dim=16)
    memory = filled(space)
    for value in (space, space.atom("a"), memory, memory.cleanup(space.atom("n1"))):
        assert type(value).__module__ == "vsa"


def look(memory, names):
    return memory.cleanup(memory.space.batch(names))


@pytest.mark.parametrize(
    "start", [s for s in ("fork", "spawn") if s in multiprocessing.get_all_start_methods()]
)
def test_a_pool_of_processes_takes_a_memory_and_gives_answers(start):
    memory = filled(Space(dim=64))
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        found = list(pool.map(look, [memory] * 2, [["n1", "n2"], ["n3", "long"]]))
    assert [list(answer.name) for answer in found] == [["n1", "n2"], ["n3", "long"]]
    assert found[0].vector[1].similarity(memory.space.atom("n2")) > 0.999


def test_what_was_pickled_is_read_by_a_process_that_has_imported_nothing(tmp_path):
    memory = filled(Space(dim=64))
    (tmp_path / "m.pickle").write_bytes(pickle.dumps((memory, look(memory, ["n1"]))))
    code = (
        "import pickle, sys; memory, answer = pickle.load(open(sys.argv[1], 'rb')); "
        "print(answer.name[0], memory.cleanup(answer.vector).name[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "m.pickle")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["n1", "n1"]
