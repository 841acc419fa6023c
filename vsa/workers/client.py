"""The Dask client that both use: is it there, is it running, and what became of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from vsa.algebra.space import Space
from vsa.errors import VsaError
from vsa.extras import needed


def cluster_module(module: str) -> Any:
    """A module of the extra `cluster`, loaded now; VsaError where it is missing."""
    return needed(module, "this", "cluster")


def checked(client: Any) -> Any:
    """A Dask client that runs and has workers; VsaError for anything else."""
    distributed = cluster_module("distributed")
    if not isinstance(client, distributed.Client):
        raise VsaError(
            f"a distributed.Client is wanted here, not {type(client).__name__}: "
            "make one with distributed.Client(…)"
        )
    if client.asynchronous:
        raise VsaError("this Dask client is asynchronous: make one with Client(asynchronous=False)")
    if client.status != "running":
        raise VsaError(
            f"the Dask client is {client.status}: make another with distributed.Client(…)"
        )
    if not client.nthreads():
        raise VsaError("the Dask cluster has no workers: start some with `dask worker ADDRESS`")
    return client


@contextmanager
def told() -> Iterator[None]:
    """What Dask raises for lost workers and connections becomes one line."""
    distributed = cluster_module("distributed")
    lost = (
        distributed.scheduler.KilledWorker,
        distributed.CancelledError,
        distributed.comm.CommClosedError,
        TimeoutError,
    )
    try:
        yield
    except lost as error:
        reason = " ".join(str(error).split())[:160]
        raise VsaError(
            f"the Dask cluster lost the work ({type(error).__name__}: {reason}): "
            "see the workers' logs, and do it again"
        ) from error
    except ModuleNotFoundError as error:
        raise VsaError(
            f"a Dask worker lacks the module {error.name!r}: install it on every worker"
        ) from error


def submit(client: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """A task of its own, however like another; Dask makes it again when its worker is lost."""
    with cluster_module("dask").config.set(
        {"distributed.admin.large-graph-warning-threshold": "1 GB"}
    ):
        return client.submit(function, *arguments, pure=False)


def gather(client: Any, futures: Sequence[Any]) -> list[Any]:
    """The results of tasks, in their order."""
    with told():
        return list(client.gather(list(futures)))


@lru_cache(maxsize=8)
def shared(space: Space) -> Space:
    """The one of equal spaces that this process computes in, so that its keys are made once."""
    return space
