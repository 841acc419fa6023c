"""Several threads on one memory or session: what they do happens in some order.

The order is read off the journal, whose transactions end one after the other; the same done again in
that order by one thread must come to the same.
"""

import random
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from vsa_plugins.stack import push, top

import vsa
from vsa import Memory, Session, Space, VsaError

PLUGINS = vsa.load_plugins()
SPACE = Space(dim=256)


class Ledger(deque):
    """The finished transactions of a journal, which also writes down in what order they came."""

    def __init__(self):
        super().__init__()
        self.order = []

    def append(self, entry):
        super().append(entry)
        self.order.append(entry[0])

    def pop(self):
        self.order.append(":undo")
        return super().pop()


@pytest.fixture(autouse=True)
def _change_often():
    """Threads change a thousand times as often as usual: what is rare becomes common."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def together(*tasks):
    """Run the tasks at once, a thread each; what they return, or the first exception."""
    barrier = threading.Barrier(len(tasks))

    def begin(task):
        barrier.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [future.result() for future in [pool.submit(begin, task) for task in tasks]]


@contextmanager
def unless(*known):
    """Whatever is refused, but for these reasons, is an error."""
    try:
        yield
    except VsaError as error:
        if not any(text in str(error) for text in known):
            raise


def watched(memory):
    memory.journal._done = ledger = Ledger()
    return ledger


def of(name):
    """The vector of a name, whatever it was renamed to: x of x, and of x_again."""
    return SPACE.atom(name.partition("_")[0])


def mixture(memory, number, steps=60):
    """A thread's share: adds, removes, renames, looks up, undoes, all at random."""
    rng = random.Random(number)

    def task():
        mine = []
        for step in range(steps):
            choice = rng.random()
            if choice < 0.45 or not mine:
                name = f"t{number}n{step}"
                memory.add(name, of(name), scope="some" if choice < 0.1 else None)
                mine.append(name)
            elif choice < 0.75:
                answer = memory.cleanup(of(rng.choice(mine)))
                if answer.name is not None:
                    assert answer.vector.similarity(of(answer.name)) > 0.999
                assert all(n.startswith("t") for n in memory.names("atom"))
            else:
                with unless("not in memory", "nothing to undo"):  # others undo what is mine
                    name = mine.pop(rng.randrange(len(mine)))
                    if choice < 0.85:
                        memory.remove(name)
                    elif choice < 0.95:
                        memory.rename(name, f"{name}_{step}")
                        mine.append(f"{name}_{step}")
                    else:
                        memory.journal.undo()

    return task


def again(order, space=SPACE):
    """The memory that the same transactions make, one after the other."""
    memory = Memory(space)
    for title in order:
        word, *names = title.split()
        if word == "remember":
            memory.add(names[0], of(names[0]))
        elif word == "forget":
            memory.remove(names[0])
        elif word == "rename":
            memory.rename(names[0], names[2])
        else:
            memory.journal.undo()
    return memory


def check_same(one, other):
    assert one.names() == other.names()
    assert len(one.table) == len(other.table)
    for name in one:
        assert one.row(name) == other.row(name)
        assert one[name].similarity(of(name)) > 0.999
    batch = SPACE.stack([of(name) for name in one])
    assert list(one.cleanup(batch).name) == one.names()


@pytest.mark.parametrize("seed", range(3))
def test_any_mixture_comes_to_what_some_order_does(seed):
    memory = Memory(SPACE)
    ledger = watched(memory)
    together(*(mixture(memory, 10 * seed + i) for i in range(6)))
    assert len(ledger.order) > 100
    check_same(memory, again(ledger.order))


def test_the_file_opens_with_all_of_it(tmp_path):
    memory = Memory.open(tmp_path / "m.vsa", SPACE)
    ledger = watched(memory)
    together(*(mixture(memory, 100 + i, steps=12) for i in range(6)))
    memory.close()
    with Memory.open(tmp_path / "m.vsa") as reopened:
        check_same(reopened, again(ledger.order))
        assert reopened.check() == len(reopened.table)


def test_what_is_added_by_many_is_found():
    """As in a report: 400 additions on four threads, of which some were never found again."""
    for _ in range(3):
        memory = Memory(SPACE)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda i: memory.add(f"t{i}", of(f"t{i}")), range(400)))  # noqa: B023
        found = memory.cleanup(SPACE.stack([of(f"t{i}") for i in range(400)]))
        assert list(found.name) == [f"t{i}" for i in range(400)]


def test_one_of_two_gets_a_name():
    memory = Memory(SPACE)
    refused = []

    def claim(vector):
        try:
            memory.add("x", vector)
        except VsaError:
            refused.append(vector)

    for i in range(30):
        together(*(lambda v=v: claim(v) for v in SPACE.random(4)))
        assert len(refused) == 3 * (i + 1)
        memory.remove("x")


# --- sessions ------------------------------------------------------------------------------------
def statements(session, number, count):
    rng = random.Random(number)

    def task():
        for step in range(count):
            if rng.random() < 0.85:
                session.run(f"v{number}_{step} = frame(a, x=b{number}, y=c); atom s{number}_{step}")
            else:
                with unless("there is nothing to undo"):
                    session.run(":undo")

    return task


@pytest.mark.parametrize("kept", [False, True])
def test_statements_of_many_threads_happen_in_some_order(tmp_path, kept):
    session = Session(Space(dim=256), plugins=PLUGINS)
    session.run("atom a, c" + "".join(f", b{i}" for i in range(6)))
    if kept:
        session.save(tmp_path / "s.vsa")
    ledger = watched(session)
    together(*(statements(session, i, 4 if kept else 10) for i in range(6)))
    replayed = Session(Space(dim=256), plugins=PLUGINS)
    replayed.run("atom a, c" + "".join(f", b{i}" for i in range(6)))
    for text in ledger.order:
        replayed.run(text)

    def state(s):
        return s.values.keys(), s.history[1:], s.sections["counters"], s.memory.names()

    assert state(session) == state(replayed)
    if kept:
        wanted = state(session)
        session.close()
        with Session.open(tmp_path / "s.vsa") as reopened:
            assert state(reopened) == wanted
            for name, value in reopened.values.items():
                assert value.similarity(replayed.values[name]) > 0.999


def test_each_thread_gets_the_notes_of_its_own_statements():
    session = Session(Space(dim=64), plugins=PLUGINS)
    session.run("atom a, b, c; deep = nil")
    for _ in range(4):
        session.run("deep = push(push(push(deep, a), b), c)")

    def noted(text):
        return [len(next(iter(session.execute(text))).notes) for _ in range(30)]

    deep, shallow = together(lambda: noted("top(deep)"), lambda: noted("top(push(nil, a))"))
    assert (set(deep), set(shallow)) == ({1}, {0})


def test_structures_read_while_others_write():
    memory = Memory(SPACE)
    names = [f"t{i}" for i in range(50)]
    memory.add(names, SPACE.batch(names))
    stack = push(push(SPACE.zero(), memory["t1"]), memory["t2"])

    def read():
        return {top(stack, memory=memory).name for _ in range(100)}

    def write():
        for i in range(200):
            memory.add(f"t{100 + i}", of(f"t{100 + i}"))

    assert together(read, read, write)[:2] == [{"t2"}, {"t2"}]


def test_soft_recall_reads_while_others_take_back():
    from vsa import soft

    memory = Memory(SPACE)
    names = [f"t{i}" for i in range(50)]
    memory.add(names, SPACE.batch(names))

    def read():
        return [soft.recall(of("t7"), memory, theta=60.0).similarity(of("t7")) for _ in range(60)]

    def write():
        for i in range(60):
            memory.add([f"x{i}n{j}" for j in range(20)], SPACE.random(20))
            memory.journal.undo()

    found, _ = together(read, write)
    assert min(found) > 0.99


# --- scans without the lock ----------------------------------------------------------------------
@pytest.fixture
def long(monkeypatch):
    """Every scan counts as long. What `meanwhile` holds is done by another thread during the first."""
    from vsa.memory import memory as module

    meanwhile, calls = [], []
    usual = module.scan

    def slow(query):
        calls.append(len(query.stored))
        if meanwhile:
            done = threading.Thread(target=meanwhile.pop())
            done.start()
            done.join(20)
            assert not done.is_alive(), "the lock is held"
        return usual(query)

    monkeypatch.setattr(module, "LONG", 0)
    monkeypatch.setattr(module, "scan", slow)
    return meanwhile, calls


@pytest.fixture
def memory():
    memory = Memory(SPACE)
    names = ["a", "b", "c"]
    memory.add(names, SPACE.batch(names))
    memory.add("d", of("d"))
    return memory


def test_others_add_meanwhile_and_it_looks_once(memory, long):
    meanwhile, calls = long
    meanwhile.append(lambda: memory.add([f"t{i}" for i in range(200)], SPACE.random(200)))
    assert memory.cleanup(of("d")).name == "d"
    assert calls == [4]
    assert len(memory) == 204


@pytest.mark.parametrize(
    ("change", "name", "rows"),
    [
        (lambda m: m.remove("d"), None, 4),
        (lambda m: m.rename("d", "d_again"), "d_again", 4),
        (lambda m: m.journal.undo(), None, 3),
        (lambda m: (m.journal.undo(), m.add("other", SPACE.atom("other"))), None, 4),
    ],
)
def test_what_others_take_back_has_it_look_once_more(memory, long, change, name, rows):
    meanwhile, calls = long
    meanwhile.append(lambda: change(memory))
    answer = memory.cleanup(of("d"))
    assert answer.name == name
    assert calls == [4, rows]


def test_a_sketch_is_looked_through_as_it_was(monkeypatch, long):
    from vsa.memory.sketch import bits, shortlist

    monkeypatch.setattr(shortlist, "LEAST_SIZE", 0)
    monkeypatch.setattr(bits, "PATIENCE", 0)
    monkeypatch.setattr(shortlist, "LEAST_DIM", 0)
    memory = Memory(SPACE)
    names = [f"t{i}" for i in range(3000)]
    memory.add(names, SPACE.batch(names))
    meanwhile, _ = long
    for many in (of("t7"), SPACE.stack([of("t7"), of("t2999")])):
        fresh = SPACE.random(500)
        meanwhile.append(lambda v=fresh: memory.add([f"x{id(v)}n{i}" for i in range(500)], v))
        assert np.all(memory.cleanup(many).name == np.array(["t7", "t2999"])[: len(many.shape) + 1])
    assert len(memory.table.sketch) >= 3000


def test_nan_is_told_there_too(memory, long):
    bad = vsa.Vector(SPACE, SPACE.atom("a").data * np.nan)
    with pytest.raises(VsaError, match=r"^the query has NaN or infinite components$"):
        memory.cleanup(bad)
