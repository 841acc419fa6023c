"""`vsa doctor`: what is installed, which backends work, how fast they are, and what to install.

What is not there is no fault; what is there and does not work is, and makes the exit status 1.
"""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Any, NamedTuple

import numpy as np

from vsa.algebra import fused
from vsa.algebra.registry import algebra_names
from vsa.algebra.space import Space
from vsa.errors import VsaError
from vsa.hooks.plugins import Plugins
from vsa.layout import fitted, padded
from vsa.memory.memory import Memory
from vsa.style import styled
from vsa.terminal.report import Reporter, explain

DISTRIBUTION = "vsa-algebra"
INSTALL = 'pip install "vsa-algebra[{}]"'
COMPILE = f"pip install --force-reinstall --no-deps --no-binary {DISTRIBUTION} {DISTRIBUTION}"
OURS = ("dev", "bench", "docs")  # extras for those who work on the library
BACKENDS = ("numpy", "torch", "torch:cuda", "cupy")
DIM, PAIRS = 1024, 1000  # what is measured, the same everywhere so that machines can be compared
BYTES = 1 << 26  # of the vectors that are scanned, and of what is copied: beyond most caches
SECONDS = 0.2  # for each measurement
TITLE = 18  # columns
NEAR = 1e-4  # what the arithmetic of two backends may differ by, at float32


class Requirement(NamedTuple):
    """A package, the least version that will do, and the extra it comes with; "" is always needed."""

    package: str
    least: str
    extra: str

    @property
    def there(self) -> str | None:
        """The version that is installed, None where there is none."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return None

    @property
    def too_old(self) -> bool:
        """Whether what is installed is older than it may be."""
        return self.there is not None and _numbers(self.there) < _numbers(self.least)


class Doctor:
    """Looks at one thing after another and says what it finds."""

    def __init__(self, plugins: Plugins, reporter: Reporter) -> None:
        self.plugins = plugins
        self.reporter = reporter
        self.faults = 0

    def examine(self) -> int:
        """All that there is to say; returns the exit status."""
        for look in (
            self.machine,
            self.needed,
            self.extras,
            self.loaded,
            self.compiled,
            self.computing,
        ):
            look()
        self.reporter.line(
            styled(f"{self.faults} to mend", "error") if self.faults else "nothing to mend",
            {"faults": self.faults},
        )
        return 1 if self.faults else 0

    def say(self, title: str, text: str, data: dict[str, Any], fault: bool = False) -> None:
        """One finding."""
        self.faults += fault
        text = styled(text, "error") if fault else text
        line = fitted(f"{padded(title, TITLE)}  {text}", self.reporter.width, TITLE + 2)
        self.reporter.line(line, {**data, "fault": fault})

    def machine(self) -> None:
        """The library, Python and the machine."""
        from vsa import __version__

        python, system = platform.python_version(), f"{platform.system()} {platform.machine()}"
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
        processors = processors or os.cpu_count() or 1
        self.say(
            f"vsa {__version__}",
            f"Python {python}, {system}, {processors} processor{'s' * (processors > 1)}",
            {"vsa": __version__, "python": python, "system": system, "processors": processors},
        )

    def needed(self) -> None:
        """What the library cannot do without."""
        some = [r for r in requirements() if not r.extra]
        bad = [r for r in some if r.there is None or r.too_old]
        text = ", ".join(f"{r.package} {r.there or 'is missing'}" for r in some)
        if bad:
            text += "; " + f"pip install --upgrade {DISTRIBUTION}"
        self.say("needed", text, {"needed": {r.package: r.there for r in some}}, bool(bad))

    def extras(self) -> None:
        """What comes with each extra, and how to get what is missing."""
        extras: dict[str, list[Requirement]] = {}
        for r in requirements():
            if r.extra and r.extra not in OURS:
                extras.setdefault(r.extra, []).append(r)
        for extra, some in extras.items():
            there = {r.package: r.there for r in some if r.there is not None}
            missing = [r.package for r in some if r.there is None]
            old = [f"{r.package} is older than {r.least}" for r in some if r.too_old]
            text = ", ".join(f"{package} {version}" for package, version in there.items())
            gone = styled(f"without {', '.join(missing)}", "nothing") if missing else ""
            install = INSTALL.format(extra) if missing or old else None
            parts = [text, gone, *old, install]
            data = {"extra": extra, "installed": there, "missing": missing, "install": install}
            self.say(f"[{extra}]", "; ".join(filter(None, parts)), data, bool(old))

    def loaded(self) -> None:
        """The plugins and algebras that were found."""
        names, algebras = list(self.plugins.loaded), algebra_names()
        self.say(
            "plugins",
            f"{len(names)} with {len(self.plugins.functions)} functions; {len(algebras)} algebras",
            {"plugins": names, "algebras": algebras},
        )
        for problem in self.plugins.problems:
            self.say("", problem.text, {"problem": problem.text}, True)

    def compiled(self) -> None:
        """Whether the loop in C is there, and how to get it."""
        if fused.LOOP is not None:
            text = f"there: frames, sequences, powers, atoms and bits; {fused.SWITCH}=0 switches it off"
        else:
            text = styled(fused.WHY_NOT, "nothing")
            if fused.WHY_NOT == fused.MISSING:
                text += f"; with a C compiler and Python's headers: {COMPILE}"
        data = {"fused": fused.LOOP is not None, "why": fused.WHY_NOT or None}
        self.say("loop in C", text, data)

    def computing(self) -> None:
        """Which backends work, how much each does in a second, and what memory would let it do."""
        copied = bandwidth()
        self.say(
            "memory bandwidth", f"{copied / 1e9:.3g} GB/s, copied by one thread",
            {"bandwidth": round(copied)},
        )  # fmt: skip
        for name in BACKENDS:
            try:
                works = agrees(name)
            except VsaError as error:
                said = str(error)
                self.say(
                    name, styled(said, "nothing"), {"backend": name, "works": False, "why": said}
                )
                continue
            except Exception as error:  # whatever a broken installation raises
                works, said = (
                    False,
                    explain(error).removeprefix("internal error, please report it: "),
                )
            else:
                said = "its arithmetic differs from NumPy's"
            if not works:
                data = {"backend": name, "works": False, "why": said}
                self.say(name, f"does not work: {said}", data, True)
                continue
            binds, scans, scanned = speed(name)
            items = f"{BYTES // (4 * DIM):,}"
            self.say(
                name,
                f"works: {_round(binds)} pairs bound a second, {_round(scans)} scans of {items} items "
                f"({scanned / 1e9:.3g} GB/s) at dim {DIM}",
                {
                    "backend": name, "works": True, "dim": DIM, "binds": round(binds),
                    "scans": round(scans, 1), "scanned": round(scanned),
                },
            )  # fmt: skip


def examine(plugins: Plugins, reporter: Reporter) -> int:
    """Say how the installation is; returns the exit status, 1 where something is to be mended."""
    return Doctor(plugins, reporter).examine()


def requirements() -> Iterator[Requirement]:
    """What the distribution says it needs, with which extra."""
    try:
        stated = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:  # a copy of the source that was not installed
        stated = []
    for text in stated:
        what, _, marker = text.partition(";")
        package = re.match(r"[\w.-]+", what)
        least = re.search(r">=\s*([\w.]+)", what)
        extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", marker)
        if package is not None:
            yield Requirement(package[0], least[1] if least else "0", extra[1] if extra else "")


def _numbers(version: str) -> tuple[int, ...]:
    """A version in numbers, as far as it consists of some."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


def _round(number: float) -> str:
    """To three digits."""
    return f"{float(f'{number:.3g}'):,.{0 if number >= 100 else 1}f}"


def agrees(backend: str) -> bool:
    """Whether a backend computes what NumPy does; VsaError where it is not there."""
    spaces = [Space(dim=64, backend=name) for name in (backend, "numpy")]
    here, there = ((s.atom("a") * s.atom("b") + s.atom("c")).numpy() for s in spaces)
    return bool(np.abs(here - there).max() <= NEAR)


def speed(backend: str) -> tuple[float, float, float]:
    """Pairs bound, and scans of all items for one query, in a second; and the bytes that they read."""
    space = Space(dim=DIM, backend=backend)
    items = space.random(BYTES // (4 * DIM))
    some, others = items[:PAIRS], items[PAIRS : 2 * PAIRS]
    memory = Memory(space)
    memory.add([f"item{i}" for i in range(len(items))], items)
    query = items[0]
    bound = PAIRS / shortest(lambda: (some * others)[-1].numpy())
    scans = 1 / shortest(lambda: memory.cleanup(query, exact=True).name)
    return bound, scans, scans * BYTES


def bandwidth() -> float:
    """Bytes a second that one thread reads and writes in copying."""
    source = np.ones(BYTES // 4, dtype=np.float32)
    target = np.empty_like(source)
    return 2 * BYTES / shortest(lambda: np.copyto(target, source))


def shortest(work: Callable[[], Any]) -> float:
    """The seconds that some work takes where nothing is in its way: of many times the shortest."""
    work()
    found: list[float] = []
    end = time.perf_counter() + SECONDS
    while not found or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return max(min(found), 1e-9)
