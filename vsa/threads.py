"""How many threads compute: over blocks of rows, as many as are set; of torch, while it trains.

One thread computes unless `set_threads` says otherwise. A block is computed as it always is, whoever
computes it, so that results are the same to the last bit.

The tensors of a small model are done before a second thread of torch is awake: what threads win is
less than what they wait for each other, most of all on a processor that others use too.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Lock
from typing import TYPE_CHECKING, Any

from vsa.arguments import checked_whole
from vsa.extras import needed

if TYPE_CHECKING:  # loaded by who asks for threads: most do not
    from concurrent.futures import Future, ThreadPoolExecutor

MOST = 1024  # more is a slip: they would all be begun
_setting = Lock()  # of the number of torch's
_choosing = Lock()  # of the number of ours
_pool: ThreadPoolExecutor | None = None
_sharing: ContextVar[bool] = ContextVar("sharing", default=False)

number = 1  # of threads; whoever asks often reads it here


# --- ours -------------------------------------------------------------------------------------
def set_threads(count: int) -> None:
    """Compute on so many threads from now on, in all threads of this process; 1 at the beginning.

    Batches go to them in blocks of rows, on NumPy: binding, frames, sequences, atoms, exact scans,
    unitary vectors, powers, encoding. The numbers are those of one thread, bit for bit. What a single
    vector takes does not change.

    >>> set_threads(2)
    >>> get_threads()
    2
    >>> set_threads(1)
    """
    global number, _pool
    count = checked_whole("threads", count, 1, MOST)
    with _choosing:
        if count == number:
            return
        if _pool is not None:
            _pool.shutdown(wait=False)  # what has begun goes on to its end
        _pool = _made(count)
        number = count


def get_threads() -> int:
    """On how many threads batches are computed."""
    return number


def alone() -> bool:
    """Whether the calling thread computes by itself: no others are set, or it is one of several itself."""
    return number == 1 or _sharing.get()


def each(work: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
    """`[work(piece) for piece in pieces]`, on as many threads as are set.

    The calling thread takes part, so that it needs none of the others: those that are busy with
    somebody else's work are not waited for, and what is called inside of `work` stays on its thread.
    An error is the one that a loop would have met first; nothing is begun after it.
    """
    if len(pieces) < 2 or alone():
        return [work(piece) for piece in pieces]
    shared = _Shared(work, pieces)
    helpers = _helpers(shared, len(pieces) - 1)
    try:
        shared.draw()
        _finish(helpers)
    except BaseException:  # Ctrl-C, while others are waited for
        shared.over = True
        _finish(helpers)
        raise
    return shared.results()


def as_done(work: Callable[[Any], Any], pieces: Iterable[Any]) -> Generator[Any, None, None]:
    """What `work(piece)` gives, as the pieces are done, on as many threads as are set.

    Pieces are taken as they are needed, in order, by one thread at a time. What comes back is told by
    the calling thread, between its own pieces. When it leaves, nothing more is begun, and it waits.
    """
    if alone():
        yield from map(work, pieces)
        return
    shared = _Shared(work, pieces)
    helpers = _helpers(shared, number - 1)
    try:
        while shared.draw_one():
            yield from shared.told()
        _finish(helpers)
        yield from shared.told()
    finally:
        shared.over = True
        _finish(helpers)
    shared.check()


def _made(count: int) -> ThreadPoolExecutor | None:
    """The threads beside the one that calls, begun as they are needed."""
    from concurrent.futures import ThreadPoolExecutor

    return None if count == 1 else ThreadPoolExecutor(count - 1, "vsa")


class _Shared:
    """Pieces of work, in order, of which several threads draw one after another."""

    def __init__(self, work: Callable[[Any], Any], pieces: Iterable[Any]) -> None:
        self.work = work
        self.left = enumerate(pieces)
        self.drawing = Lock()
        self.over = False
        self.done: dict[float, Any] = {}
        self.failed: dict[float, BaseException] = {}

    def draw(self) -> None:
        """Do one piece after another until none is left."""
        while self.draw_one():
            pass

    def draw_one(self) -> bool:
        """Do the next piece; whether one was done."""
        place, token = math.inf, _sharing.set(True)
        try:
            with self.drawing:
                place, piece = (place, None) if self.over else next(self.left, (place, None))
            if place < math.inf:
                self.done[place] = self.work(piece)
            return place < math.inf
        except BaseException as error:  # raised by the thread that called
            self.failed[place] = error  # inf: there was no piece to be had
            self.over = True
            return False
        finally:
            _sharing.reset(token)

    def results(self) -> list[Any]:
        """Of all pieces; the error of the first that failed: what comes before it was done."""
        self.check()
        return [self.done[place] for place in range(len(self.done))]

    def check(self) -> None:
        """The error of the first piece that failed, if one did."""
        if self.failed:
            raise self.failed[min(self.failed)]

    def told(self) -> Iterator[Any]:
        """What is done, each once."""
        while self.done:
            yield self.done.popitem()[1]


def _helpers(shared: _Shared, most: int) -> list[Future[None]]:
    """Other threads that draw, each with the caller's settings: those of NumPy for errors, say."""
    with _choosing:
        if _pool is None:
            return []
        count = min(number - 1, most)
        return [_pool.submit(copy_context().run, shared.draw) for _ in range(count)]


def _finish(helpers: list[Future[None]]) -> None:
    """Wait for those that have begun; the others need not begin any more."""
    from concurrent.futures import wait

    wait([helper for helper in helpers if not helper.cancel()])


def _begin_again() -> None:
    """In a process that was forked off there are none of the threads that the pool thinks it has."""
    global _pool, _choosing
    _choosing = Lock()
    if _pool is not None:
        _pool = _made(number)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again)


# --- torch's ----------------------------------------------------------------------------------
@contextmanager
def torch_threads(count: int | None = None) -> Iterator[None]:
    """Compute with so many threads of torch inside a `with`, one unless given; as before afterwards.

    What ends it, an error or Ctrl-C too, makes no difference. It is the calling thread that is
    spoken of: others compute with as many as they did.
    """
    torch = needed("torch", "training", "torch")
    wanted = 1 if count is None else checked_whole("threads", count, 1, MOST)
    before = torch.get_num_threads()
    try:
        _set(wanted)
        yield
    finally:
        _set(before)


def _set(count: int) -> None:
    """Set the number for this thread; torch sets it for all threads that begin later, too.

    So one that begins here looks what they had and, afterwards, sets it again.
    """
    from concurrent.futures import ThreadPoolExecutor

    import torch

    with _setting, ThreadPoolExecutor(1) as beginner:
        usual = beginner.submit(torch.get_num_threads).result()
        try:
            torch.set_num_threads(count)
        finally:
            beginner.submit(torch.set_num_threads, usual).result()
