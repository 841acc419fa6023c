"""How work is shared by as many threads as are set; what fails in one fails as in a loop."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import numpy as np
import pytest

import vsa
from vsa import VsaError, threads
from vsa.plugin import in_blocks
from vsa.terminal.cli import main

ROWS = 2500  # of dim 1024: some blocks, some pieces
SPACE = vsa.Space(dim=1024)
WAIT = 60  # seconds, for who would wait for ever


@pytest.fixture(autouse=True)
def one():
    yield
    vsa.set_threads(1)


def meeting(count):
    """Work that is done only once so many threads do it at the same time."""
    barrier = threading.Barrier(count)

    def work(piece):
        barrier.wait(WAIT)
        return piece, threading.get_ident()

    return work


# --- pieces -----------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [2, 3])
def test_as_many_threads_as_are_set(count):
    vsa.set_threads(count)
    assert vsa.get_threads() == count
    done = threads.each(meeting(count), range(count * 4))
    assert [piece for piece, _ in done] == list(range(count * 4))
    assert 2 <= len({who for _, who in done}) <= count


def test_one_thread_is_the_one_that_calls():
    assert vsa.get_threads() == 1
    assert {who for _, who in threads.each(meeting(1), range(5))} == {threading.get_ident()}


def test_one_piece_or_none_needs_nobody_else():
    vsa.set_threads(2)
    assert threads.each(meeting(1), [7]) == [(7, threading.get_ident())]
    assert threads.each(meeting(1), []) == []


def test_what_is_called_inside_stays_on_its_thread():
    vsa.set_threads(2)
    outer = threading.Barrier(2)

    def work(piece):
        outer.wait(WAIT)
        here = threading.get_ident()
        assert threads.each(lambda n: (n, threading.get_ident()), range(3)) == [
            (n, here) for n in range(3)
        ]
        return here

    assert len(set(threads.each(work, range(2)))) == 2


def test_many_callers_share_the_pool():
    """More than it has threads, each inside of its own work too: none waits for another."""
    vsa.set_threads(3)
    found, begin = [], threading.Barrier(6)

    def call(n):
        begin.wait(WAIT)
        nested = threads.each(lambda i: sum(threads.each(lambda j: i * j, range(9))), range(40))
        found.append((n, nested))

    callers = [threading.Thread(target=call, args=(n,)) for n in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(WAIT)
    assert sorted(n for n, _ in found) == list(range(6))
    assert all(nested == [36 * i for i in range(40)] for _, nested in found)


@pytest.mark.parametrize("count", [1, 4])
def test_the_first_error_of_a_loop_is_raised(count):
    vsa.set_threads(count)
    done = Counter()
    late = threading.Event()

    def work(piece):
        done[piece] += 1
        if piece == 3:
            late.wait(0 if count == 1 else 0.05)  # a later one fails before it
            raise ValueError("piece 3")
        if piece > 3:
            raise KeyError(piece)

    with pytest.raises(ValueError, match=r"^piece 3$"):
        threads.each(work, range(1000))
    assert set(done.values()) == {1}
    assert set(range(4)) <= set(done)
    assert len(done) <= 3 + count
    assert threads.each(abs, [-1, -2]) == [1, 2]  # and all is well afterwards


def test_ctrl_c_ends_all_of_them(request):
    # as at a terminal: a process that a shell put in the background would ignore it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    vsa.set_threads(2)
    begun = Counter()
    both = threading.Barrier(2)

    def work(piece):
        begun[piece] += 1
        if piece < 2:
            both.wait(WAIT)
        if threading.current_thread() is threading.main_thread():
            signal.raise_signal(signal.SIGINT)
        threading.Event().wait(0.01)

    with pytest.raises(KeyboardInterrupt):
        threads.each(work, range(10_000))
    assert len(begun) < 10_000
    assert threads.each(abs, [-1, -2]) == [1, 2]


def test_helpers_have_the_settings_of_the_caller():
    """NumPy's of errors, and where notes go."""
    vsa.set_threads(2)
    barrier = threading.Barrier(2)

    def work(_):
        barrier.wait(WAIT)
        return np.geterr()["over"]

    for said in ("ignore", "raise"):
        with np.errstate(over=said):
            assert threads.each(work, range(2)) == [said, said]


def test_the_number_may_change_while_others_compute():
    vsa.set_threads(2)
    stop, found = threading.Event(), []

    def compute():
        while not stop.is_set():
            found.append(threads.each(lambda n: n * n, range(20)))

    callers = [threading.Thread(target=compute) for _ in range(2)]
    for caller in callers:
        caller.start()
    for n in [1, 3, 2, 4] * 25:
        vsa.set_threads(n)
    stop.set()
    for caller in callers:
        caller.join(WAIT)
    assert all(row == [n * n for n in range(20)] for row in found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_process_that_was_forked_off_begins_its_own():
    code = (
        "import os, threading, vsa; from vsa import threads; vsa.set_threads(2)\n"
        "def both(): b = threading.Barrier(2); threads.each(lambda _: b.wait(30), range(2))\n"
        "both(); child = os.fork(); both()\n"
        "if child: print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "os._exit(0) if not child else None"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (0, "threads must be a whole number of at least 1, not 0"),
        (1.5, "threads must be a whole number in [1, 1,024], not 1.5"),
        (1025, "threads must be a whole number of at most 1,024, not 1025"),
        ("two", "threads must be a whole number in [1, 1,024], not 'two'"),
        (None, "threads must be a whole number in [1, 1,024], not None"),
        (True, "threads must be a whole number in [1, 1,024], not True"),
    ],
)
def test_no_number_of_threads(given, said):
    vsa.set_threads(2)
    with pytest.raises(VsaError) as caught:
        vsa.set_threads(given)
    assert str(caught.value) == said
    assert vsa.get_threads() == 2


# --- as they are done -------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 2, 3])
def test_pieces_are_told_as_they_are_done_by_who_called(count):
    vsa.set_threads(count)
    drawn = []
    work = meeting(min(count, 2))
    told = threads.as_done(work, (drawn.append(n) or n for n in range(12)))
    assert drawn == []  # nothing is begun before somebody asks
    every = list(told)
    assert sorted(piece for piece, _ in every) == drawn == list(range(12))
    assert len({who for _, who in every}) >= min(count, 2)


@pytest.fixture
def ended(monkeypatch):
    """An event that is set once nothing more is begun, before the others are waited for."""
    event, finish = threading.Event(), threads._finish
    monkeypatch.setattr(threads, "_finish", lambda helpers: (event.set(), finish(helpers)))
    return event


@pytest.mark.parametrize("count", [1, 3])
def test_who_leaves_waits_for_what_has_begun(count, ended):
    vsa.set_threads(count)
    begun, done = [], []

    def work(piece):
        begun.append(piece)
        if threading.current_thread() is not threading.main_thread():
            assert ended.wait(WAIT)
        done.append(piece)
        return piece

    told = threads.as_done(work, range(1000))
    next(told)
    told.close()
    assert sorted(begun) == sorted(done)
    assert len(begun) <= count  # one each


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("where", ["work", "pieces"])
def test_what_fails_ends_it(count, where, monkeypatch):
    """After what was done has been told."""
    vsa.set_threads(count)
    made, begin = [], threads._Shared.__init__
    monkeypatch.setattr(
        threads._Shared,
        "__init__",
        lambda self, *given: (made.append(self), begin(self, *given))[1],
    )

    def pieces():
        yield from range(5)
        if where == "pieces":
            raise ValueError("piece 5")
        yield from range(5, 1000)

    def work(piece):
        if piece == 5:
            raise ValueError("piece 5")
        until = time.monotonic() + WAIT
        while piece > 5 and not made[0].over:  # of who is faster than the one that fails
            assert time.monotonic() < until
            time.sleep(0.001)
        return piece

    told = []

    def tell():
        for piece in threads.as_done(work, pieces()):
            told.append(piece)  # noqa: PERF402 - what came before the error is looked at

    with pytest.raises(ValueError, match=r"^piece 5$"):
        tell()
    assert set(range(5)) <= set(told)
    assert max(told) < 5 + count  # one each


# --- blocks -----------------------------------------------------------------------------------
def test_blocks_go_to_threads_unless_they_want_an_order():
    vsa.set_threads(2)
    rows = np.ones((ROWS, 513), dtype=np.complex64)
    seen = []

    def block(x):
        seen.append((threading.get_ident(), threads._sharing.get()))
        return x

    in_blocks(SPACE.backend, block, [rows], in_order=True)
    assert set(seen) == {(threading.get_ident(), False)}
    seen.clear()
    in_blocks(SPACE.backend, block, [rows])
    assert seen[0] == (threading.get_ident(), False)  # the first shows the form of the result
    assert {shared for _, shared in seen[1:]} == {True}


def test_what_computes_nothing_on_the_way_has_larger_blocks_alone():
    rows = np.ones((ROWS, 513), dtype=np.complex64)

    def counted(**options):
        lengths = []
        in_blocks(SPACE.backend, lambda x: lengths.append(len(x)) or x, [rows], **options)
        assert sum(lengths) == ROWS
        return len(lengths)

    many = counted()
    assert counted(in_one_pass=True) < many / 8
    vsa.set_threads(2)
    assert many / 8 < counted(in_one_pass=True) < many  # some for each
    assert max(threads.each(lambda _: counted(in_one_pass=True), range(2))) < many / 8


def test_a_function_of_rows_is_called_in_order():
    vsa.set_threads(3)
    seen = []

    def keep(v):
        seen.append((threading.get_ident(), float(v.data.real[0, 1])))
        return v

    rows = SPACE.random(ROWS)
    vsa.by_rows(keep, rows)
    assert {who for who, _ in seen} == {threading.get_ident()}
    firsts = rows.data.real[:, 1].tolist()
    places = [firsts.index(np.float32(first)) for _, first in seen]
    assert len(places) > 3
    assert places == sorted(places)
    assert vsa.by_rows(lambda v: v, rows, in_order=False).similarity(rows).min() > 0.999
    with pytest.raises(VsaError, match=r"^in_order must be True or False, not 'no'$"):
        vsa.by_rows(keep, rows, in_order="no")


# --- the command line -------------------------------------------------------------------------
def test_on_the_command_line(capsys, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "vsa.terminal.cli._command", lambda given: seen.append(vsa.get_threads()) or 0
    )
    assert main(["--threads", "3", "-c", "1+1"]) == main(["-c", "1", "--threads", "2"]) == 0
    assert seen == [3, 2]
    assert vsa.get_threads() == 1
    assert main(["--threads", "0", "-c", "1+1"]) == 2
    assert capsys.readouterr().err == "vsa: threads must be a whole number of at least 1, not 0\n"
