"""CPU time, user and system, of a fresh interpreter until it ends; children of this process.

The goals are those of an installation that has run once: byte code, the parser's tables and what
plugins offer are cached.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.harness import OURS, Candidate, Row
from benchmarks.peers import installed

PEERS = ("python", "numpy", "torchhd", "nengo-spa")
OTHERS = {
    "python": "pass",
    "numpy": "import numpy",
    "torchhd": "import torchhd",
    "nengo-spa": "import nengo_spa",
}


def rows(quick: bool = False) -> Iterator[Row]:
    python("-m", "vsa", "-c", "1+1")  # fill the caches
    others = [
        Candidate(name, partial(python, "-c", code))
        for name, code in OTHERS.items()
        if code == "pass" or installed(code.split()[1])
    ]
    light = [c for c in others if c.peer in ("python", "numpy")]
    yield Row(
        "import vsa",
        [Candidate(OURS, partial(python, "-c", "import vsa")), *(light if quick else others)],
        {"numpy": 1 / 1.15},
        sample=cpu_seconds,
    )
    for text, goals in (("1+1", {"numpy": 1 / 2.2}), ("atom a; top(push(nil, a))", {})):
        yield Row(
            f'vsa -c "{text}"',
            [Candidate(OURS, partial(python, "-m", "vsa", "-c", text)), *light],
            goals,
            sample=cpu_seconds,
        )


def python(*arguments: str) -> None:
    """Run the interpreter in a directory of its own, so that only what is installed is found."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, *arguments],
            cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip


def cpu_seconds(run: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
