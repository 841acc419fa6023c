"""How many threads torch computes with while a small model trains.

The tensors of a small model are done before a second thread is awake: what threads win is less than
what they wait for each other, most of all on a processor that others use too.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock

from vsa.arguments import checked_whole
from vsa.extras import needed

MOST = 1024  # more is a slip: torch would begin them all
_setting = Lock()


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
    import torch

    with _setting, ThreadPoolExecutor(1) as beginner:
        usual = beginner.submit(torch.get_num_threads).result()
        try:
            torch.set_num_threads(count)
        finally:
            beginner.submit(torch.set_num_threads, usual).result()
