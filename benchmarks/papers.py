"""Our numbers beside published ones: `python -m benchmarks.papers [group…] [--quick]`.

Two processes of one thread each; everything is drawn from fixed seeds. ± is the standard deviation over
seeds. A published number that is not met stands there as it is.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

GROUPS = {  # name → module of `TABLES`, functions quick → Table
    "kinship": "papers_kinship",
    "composition": "papers_composition",
    "associative_lstm": "papers_associative_lstm",
    "cache": "papers_cache",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One comparison. rows: cells, the first names the row; notes: lines under the table."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    notes: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        cells = [self.columns, *self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [
            "  ".join(
                cell.rjust(width) if i else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in cells
        ]
        return "\n".join([f"== {self.title}", *lines, *self.notes])


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Mean ± standard deviation: ".93 ±.05"."""
    mean = sum(values) / len(values)
    deviation = (sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5
    return f"{short(mean, digits)} ±{short(deviation, digits)}"


def short(value: float, digits: int = 2) -> str:
    """A number without the zero before its point."""
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0.") else text


def one_thread() -> None:
    """What a process begins with: the tensors are small, and the processes share the cores."""
    import torch

    torch.set_num_threads(1)


def tables(group: str, quick: bool, processes: int) -> Iterator[Table]:
    """The comparisons of a group in their order, made side by side in some processes."""
    made = importlib.import_module(f"benchmarks.{GROUPS[group]}").TABLES
    if processes < 2:
        yield from (table(quick) for table in made)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=one_thread) as pool:
        for future in [pool.submit(table, quick) for table in made]:
            yield future.result()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.papers", description=__doc__)
    parser.add_argument("group", nargs="*", help=f"of {', '.join(GROUPS)}; all if none is given")
    parser.add_argument("--quick", action="store_true", help="few seeds and steps, to see it run")
    parser.add_argument("--processes", type=int, default=2, help="side by side (default 2)")
    options = parser.parse_args(arguments)
    if unknown := set(options.group) - set(GROUPS):
        parser.error(f"no group {', '.join(sorted(unknown))}: choose of {', '.join(GROUPS)}")
    start = time.perf_counter()
    for group in options.group or GROUPS:
        for table in tables(group, options.quick, options.processes):
            print(f"{table}\n", flush=True)
    print(f"{time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
