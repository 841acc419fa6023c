"""Encoding on two Dask workers, and a memory in two shards, beside the same work in this process.

These rows are wall time: the work is done by other processes. The longer rows have tasks of a second
or so each; in the shorter ones what a task costs Dask shows. The cluster is up and has imported
everything, as one that is used has; starting it takes some seconds, which are not counted. Each
sample of an encoding writes a folder of its own. On a machine of two cores that does something else
besides, two workers cannot be faster than what is left of it.
"""

from __future__ import annotations

import itertools
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from vsa_plugins.frame import frame
from vsa_plugins.sequence import sequence

import vsa
from benchmarks.harness import OURS, Candidate, Row
from vsa.cluster import ClusterMemory, Frames, Sequences, encode

PEERS = ("serial",)
WORKERS = 2
SLOTS = 8
LONG = (240_000, 1 << 27)  # rows, and bytes of a part: a task takes a second or so


def rows(quick: bool = False, client: Any = None) -> Iterator[Row]:
    """client: of a cluster that is there already; else one is started for the rows."""
    with ExitStack() as stack:
        if client is None:
            client = _client(stack)
        if client is None:
            return
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        space = vsa.Space(dim=256 if quick else 1024)
        sizes = [(300, 2 * 300 * space.dim // 5)] if quick else [(60_000, 1 << 23), LONG]
        for count, part in sizes:
            yield from _encoding(folder, space, client, count, part)
        yield from _memory(space, client, *((600, 40) if quick else (100_000, 1000)))


def _client(stack: ExitStack) -> Any:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        return None
    cluster = LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    )  # fmt: skip
    client = stack.enter_context(Client(stack.enter_context(cluster)))
    client.wait_for_workers(WORKERS)
    return client


def wall_seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _encoding(folder: Path, space: vsa.Space, client: Any, count: int, part: int) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    rng = np.random.default_rng(0)
    columns = {
        f"slot{i}": [f"filler {x}" for x in rng.integers(0, 2000, count)] for i in range(SLOTS)
    }
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(rng.choice(letters, n)) for n in rng.integers(4, 13, count)]
    tasks = f"{-(-4 * count * space.dim // part)} tasks"
    for label, column, encoder in (
        (f"{count:,} records → frames, {tasks}", columns, Frames(frame, of="head")),
        (f"{count:,} words → sequences, {tasks}", {"text": words}, Sequences(sequence)),
    ):
        source = folder / f"{count} {len(column)}.parquet"
        pyarrow.parquet.write_table(pyarrow.table(column), source, row_group_size=1 << 14)
        number = itertools.count()

        def run(
            client: Any, source: Path = source, encoder: Any = encoder, number: Any = number
        ) -> Path:
            out = folder / f"{source.stem} {next(number)}"
            encode(
                source, out, encoder,
                space=space, client=client, part_bytes=part, progress=False,
            )  # fmt: skip
            return out

        def sample(run: Callable[[], Path]) -> float:
            found: list[Path] = []
            seconds = wall_seconds(lambda: found.append(run()))
            shutil.rmtree(found[0])
            return seconds

        sample(lambda run=run: run(client))  # the workers import what they need
        yield Row(
            label,
            [
                Candidate(OURS, lambda run=run: run(client), bytes_of),
                Candidate("serial", lambda run=run: run(None), bytes_of),
            ],
            {"serial": 1.6} if (count, part) == LONG else {},
            sample=sample,
        )


def bytes_of(folder: Path) -> dict[str, bytes]:
    """The files of an encoded folder; it is deleted."""
    found = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    shutil.rmtree(folder)
    return found


def _memory(space: vsa.Space, client: Any, items: int, queries: int) -> Iterator[Row]:
    names = [f"item {i}" for i in range(items)]
    one = vsa.Memory(space)
    one.add(names, space.batch(names))
    with ClusterMemory(space, client) as shards:
        shards.add(names)
        query = space.batch(names[:queries])
        shards.cleanup(query[:1])  # the shards are made now
        yield Row(
            f"cleanup, {items:,} items, {queries:,} queries",
            [
                Candidate(OURS, lambda: shards.cleanup(query), named),
                Candidate("serial", lambda: one.cleanup(query), named),
            ],
            sample=wall_seconds,
        )


def named(answer: vsa.Answer) -> list[str]:
    return list(answer.name)
