"""`python -m benchmarks [group…] [--quick] [--json FILE]`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from datetime import date
from pathlib import Path

THREADS = "1"
GROUPS = {
    "bind": "bind",
    "algebras": "algebras",
    "cleanup": "cleanup",
    "frames": "frames",
    "sequences": "sequences",
    "stacks": "stacks",
    "calls": "calls",
    "threads": "threads",
    "import": "startup",  # a keyword cannot name a module
    "memory": "footprint",
    "kinship": "kinship",
    "composition": "composition",
    "kept": "kept",
    "growth": "growth",
    "associative_lstm": "associative_lstm",
    "cluster": "cluster",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("group", nargs="*", help=f"of {', '.join(GROUPS)}; all if none is given")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results there")
    options = parser.parse_args(argv)
    if unknown := set(options.group) - set(GROUPS):
        parser.error(f"no group {', '.join(sorted(unknown))}: choose of {', '.join(GROUPS)}")

    from benchmarks import harness, peers
    from benchmarks.machine import machine, measured

    peers.one_thread()
    limits = measured(harness.best)
    print(machine(), *limits.lines(), sep="\n")
    print(f"\n{peers.versions()}")
    print(
        "Medians of interleaved samples in one process, one thread for every library, CPU time.\n"
        "share: how much of what one core can do, as above, is reached: of the bytes that have to be\n"
        "moved, from where they lie, or of the operations. n× is the other's value over ours: above 1\n"
        "ours is faster (or smaller). - : not there."
    )
    effort = harness.QUICK if options.quick else harness.Effort()
    results = []
    for name in options.group or GROUPS:
        module = importlib.import_module(f"benchmarks.{GROUPS[name]}")
        print()
        results += harness.run_group(name, module.PEERS, module.rows(options.quick), effort, limits)
    if options.json:
        rows = [result.to_json() for result in results]
        found = {
            "machine": machine(), "limits": limits.to_json(), "date": date.today().isoformat(), "rows": rows
        }  # fmt: skip
        text = json.dumps(found, indent=1, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0


def single_threaded() -> None:
    """Start again with the thread counts set: BLAS libraries read them when they are loaded."""
    variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    if any(os.environ.get(name) != THREADS for name in variables):
        environment = {**os.environ, **dict.fromkeys(variables, THREADS)}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks", *sys.argv[1:]], environment)


if __name__ == "__main__":
    single_threaded()
    sys.exit(main())
