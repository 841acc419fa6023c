"""`python -m benchmarks.papers [group…] [--fast | --full] [--peers] [--json FILE] [--out FOLDER]`.

Ours beside what papers publish. Two processes of one thread each; everything is drawn from fixed seeds.
± is the standard deviation over seeds. A published number that is not met stands there as it is. Groups
with curves draw them into the folder, as `capacity.png`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from vsa.errors import VsaError

GROUPS = {  # name → module of `TABLES`, functions quick → Table
    "kinship": "papers_kinship",
    "composition": "papers_composition",
    "associative_lstm": "papers_associative_lstm",
    "cache": "papers_cache",
    "capacity": "papers_capacity",
    "resonator": "papers_resonator",
    "biases": "biases",
    "classification": "papers_classification",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One comparison. rows: cells, the first names the row; notes: below it; data: the numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    notes: tuple[str, ...] = field(default=())
    data: Any = None

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
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


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


def few(group: str, full: bool) -> bool:
    """Whether a group computes one seed of each row because all of them were not asked for."""
    module = importlib.import_module(f"benchmarks.{GROUPS[group]}")
    return getattr(module, "QUICK", False) and not full


def rerun_peers(group: str) -> None:
    """Measure the other libraries anew, where a group keeps their figures."""
    module = importlib.import_module(f"benchmarks.{GROUPS[group]}")
    getattr(module, "rerun", lambda: print(f"{group} keeps no figures of others"))()


def draw(group: str, found: Sequence[Table], folder: Path) -> None:
    """The curves of a group that has some, where matplotlib is installed."""
    picture = getattr(importlib.import_module(f"benchmarks.{GROUPS[group]}"), "draw", None)
    if picture is None:
        return
    path = folder / f"{group}.png"
    try:
        picture(found, path)
        print(f"drawn: {path}\n")
    except VsaError as error:
        print(f"not drawn: {error}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.papers", description=__doc__)
    parser.add_argument("group", nargs="*", help=f"of {', '.join(GROUPS)}; all if none is given")
    parser.add_argument(
        "--fast", "--quick", dest="quick", action="store_true", help="few seeds, to see it run"
    )
    parser.add_argument(
        "--full", action="store_true", help="all seeds and controls, of groups that do without"
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="first rerun the other libraries, of groups that keep these",
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the tables there")
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path(), help="for pictures")
    parser.add_argument("--processes", type=int, default=2, help="side by side (default 2)")
    options = parser.parse_args(arguments)
    if unknown := set(options.group) - set(GROUPS):
        parser.error(f"no group {', '.join(sorted(unknown))}: choose of {', '.join(GROUPS)}")
    start = time.perf_counter()
    made: list[dict[str, Any]] = []
    for group in options.group or GROUPS:
        if options.peers:
            rerun_peers(group)
        found = []
        for table in tables(group, options.quick or few(group, options.full), options.processes):
            print(f"{table}\n", flush=True)
            found.append(table)
        made += [{"group": group, **asdict(table)} for table in found]
        draw(group, found, options.out)
    if options.json:
        effort = "--fast" if options.quick else "--full" if options.full else ""
        about = {"machine": machine(), "date": date.today().isoformat(), "effort": effort}
        written = {**about, "tables": made}
        text = json.dumps(written, indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8")
    print(f"{time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
