"""Encode records as frames: a Parquet file to Zarr, on two processes of this machine, and ask them.

    python examples/encode_records.py --rows 20000 --out records --workers 2

Each record, who gave what to whom, becomes one frame. The records are written to a Parquet file
first, as if they had come from elsewhere; the workers read it themselves, part by part, and write
their own parts of the Zarr array. Stop it with Ctrl-C and start it again: it goes on where it was.
With --workers 0 the same work is done here, to the same bytes.

Then a memory in shards reads the folder, and is asked for records of which only who, what and whom
are remembered: frames of three slots, whose nearest are the frames of four.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from vsa_plugins.frame import frame

from vsa import Space, VsaError
from vsa.cluster import ClusterMemory, Frames, encode

SIZES = {"who": 500, "what": 300, "whom": 500, "when": 365}  # different fillers of each slot
HEAD = "give"


def write_records(path: Path, rows: int, seed: int = 0) -> None:
    """Random records as a Parquet file, and nothing if it is there."""
    import pyarrow
    import pyarrow.parquet

    if path.exists():
        return
    rng = np.random.default_rng(seed)
    columns = {"id": [f"gift {i}" for i in range(rows)]}
    for slot, size in SIZES.items():
        columns[slot] = [f"{slot} {i}" for i in rng.integers(0, size, rows)]
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=8192)


def cluster_of(workers: int, stack: ExitStack) -> Any:
    """A client of so many processes, which end with the stack; None for none."""
    if not workers:
        return None
    from distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=":0",
        silence_logs=logging.CRITICAL,
    )  # fmt: skip
    return stack.enter_context(Client(stack.enter_context(cluster)))


def ask(memory: ClusterMemory, source: Path, asked: int) -> float:
    """How many of the first records are found by what is remembered of them."""
    import pyarrow.parquet

    columns = pyarrow.parquet.read_table(source).slice(0, asked).to_pydict()
    space = memory.space
    remembered = {slot: space.batch(columns[slot]) for slot in ("who", "what", "whom")}
    answer = memory.cleanup(frame(space.atom(HEAD), **remembered))
    return float(np.mean(answer.name == np.array(columns["id"], dtype=object)))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--workers", type=int, default=2, help="processes; 0: work here")
    parser.add_argument("--out", type=Path, default=Path("records"), help="a folder")
    options = parser.parse_args(argv)
    if options.rows < 1 or options.workers < 0:
        parser.error("--rows is at least 1, --workers at least 0")
    options.out.mkdir(parents=True, exist_ok=True)
    source = options.out / f"gifts {options.rows}.parquet"
    try:
        write_records(source, options.rows)
        with ExitStack() as stack:
            client = cluster_of(options.workers, stack)
            start = time.perf_counter()
            encoded = encode(
                source,
                options.out / f"frames {options.rows} {options.dim}",
                Frames(frame, of=HEAD),
                space=Space(options.dim),
                names="id",
                client=client,
            )
            seconds = time.perf_counter() - start
            print(f"{encoded.rows} frames of dim {options.dim} in {seconds:.1f} s: {encoded.path}")
            if client is not None:
                with ClusterMemory(encoded.space, client) as memory:
                    memory.read(encoded.path)
                    share = ask(memory, source, min(500, encoded.rows))
                    print(f"{memory!r}\nfound by three slots of four: {share:.1%}")
    except ImportError as error:
        raise SystemExit(f"{error.name} is missing: pip install 'vsa-algebra[cluster]'") from None
    except VsaError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
