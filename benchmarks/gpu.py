"""`python -m benchmarks.gpu`: bind, bundle and exact cleanup on a GPU, beside what the GPU can.

CuPy and torch in turn. First the device's limits, measured here: the bandwidth of its memory (a sum
of two arrays into a third) and its rate of products (of two square float32 matrices). Then each
operation, and its share of the limit that it meets: bytes read and written over the bandwidth, or
products and sums of the scan over the rate of matrices. Wall time, medians, the device waited for on
both sides. What came out is compared with NumPy's on a part. Full sizes take some 30 GB of the
device's memory and under five minutes; `--small` is to see that it runs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import vsa
from benchmarks.harness import quantity
from benchmarks.machine import machine
from vsa.errors import VsaError

BACKENDS = {"cuda": ("cupy", "torch:cuda"), "cpu": ("torch",)}
SAMPLES = 5
CHECKED = 100  # vectors that are compared with NumPy's
ALIKE = 1e-5

Sync = Callable[[], Any]


@dataclass(frozen=True)
class Sizes:
    """How large everything is."""

    dim: int = 1024
    rows: int = 200_000  # vectors bound, and summed
    terms: int = 8  # of a sum
    items: int = 1_000_000
    queries: int = 1000
    numbers: int = 1 << 28  # in an array whose copying shows the bandwidth
    square: int = 8192  # rows of a matrix whose product shows the rate


SMALL = Sizes(dim=256, rows=500, items=3000, queries=50, numbers=1 << 16, square=128)


def main(argv: list[str] | None = None) -> int:
    """Measure what there is; 1 where there is nothing to measure on."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", choices=BACKENDS, default="cuda", help="cpu: small, on torch")
    parser.add_argument("--small", action="store_true", help="small sizes, to see that it runs")
    options = parser.parse_args(argv)
    sizes = SMALL if options.small or options.device == "cpu" else Sizes()
    missing, done = [], 0
    for name in BACKENDS[options.device]:
        try:
            space = vsa.Space(sizes.dim, backend=name)
        except VsaError as error:
            missing.append(str(error))
            continue
        done += 1
        for line in report(space, sizes):
            print(line, flush=True)
    if missing:
        print(f"{'left out' if done else 'no GPU here'}: {'; '.join(missing)}")
    return 0 if done else 1


def report(space: vsa.Space, sizes: Sizes) -> Iterator[str]:
    """What is measured on one backend, line by line."""
    sync = waiting(space)
    yield f"{space.backend!r} on {device(space)}; {machine()}"
    bandwidth, rate = limits(space, sizes, sync)
    yield f"  memory {bandwidth / 1e9:.4g} GB/s, products of matrices {rate / 1e12:.4g} TFLOP/s"
    yield from vectors(space, sizes, sync, bandwidth)
    yield from cleanup(space, sizes, sync, rate)


def vectors(space: vsa.Space, sizes: Sizes, sync: Sync, bandwidth: float) -> Iterator[str]:
    """Pairs bound, and superpositions."""
    terms = [named(space, f"t{i}", sizes.rows) for i in range(sizes.terms)]
    own = [named(vsa.Space(sizes.dim), f"t{i}", CHECKED) for i in range(sizes.terms)]
    size = terms[0].data.itemsize * space.algebra.row.width * sizes.rows
    pairs, sums = f"bind {sizes.rows:,} pairs", f"bundle {sizes.terms} × {sizes.rows:,}"
    for what, run, arrays, wanted in (
        (pairs, lambda: terms[0] * terms[1], 3, own[0] * own[1]),
        (sums, lambda: vsa.bundle(*terms), sizes.terms + 1, vsa.bundle(*own)),
    ):
        seconds = median(run, sync)
        share = arrays * size / seconds / bandwidth
        apart = float(np.abs(run()[:CHECKED].numpy() - wanted.numpy()).max())
        said = f"{share:5.0%} of the bandwidth; {agreement(apart < ALIKE)}"
        yield f"  {what:44} {quantity(seconds, 's'):>9}  {said}"


def cleanup(space: vsa.Space, sizes: Sizes, sync: Sync, rate: float) -> Iterator[str]:
    """The nearest of all items for all queries at once."""
    names = [f"i{i}" for i in range(sizes.items)]
    memory, start = vsa.Memory(space, exact=True), time.perf_counter()
    memory.add(names, space.batch(names))
    sync()
    what = f"draw and add {sizes.items:,} atoms"
    yield f"  {what:44} {quantity(time.perf_counter() - start, 's'):>9}"
    asked = queries(space, sizes.queries)
    seconds = median(lambda: memory.cleanup(asked), sync)
    share = 2 * sizes.items * sizes.queries * memory.table.rows.shape[1] / seconds / rate
    what = f"exact cleanup, {sizes.items:,} items, {sizes.queries:,} queries"
    yield f"  {what:44} {quantity(seconds, 's'):>9}  {share:5.0%} of the rate of products"
    seconds = median(lambda: memory.cleanup(asked[0]), sync)
    yield f"  {'the same for one query':44} {quantity(seconds, 's'):>9}"

    here = vsa.Memory(vsa.Space(sizes.dim), exact=True)
    some = names[: min(sizes.items, 20_000)]
    here.add(some, here.space.batch(some))
    count = min(CHECKED, sizes.queries)
    wanted = here.cleanup(queries(here.space, count), 2)
    found = memory.cleanup(asked[:count], 2, among=np.arange(len(some)))
    same = np.array_equal(found.rows, wanted.rows) and np.allclose(
        found.probabilities, wanted.probabilities, atol=1e-3
    )
    right = np.array_equal(memory.cleanup(asked).rows[:, 0], np.arange(sizes.queries))
    yield f"  cleanup: {agreement(same)} among {len(some):,}; all queries {'right' if right else 'WRONG'}"


def limits(space: vsa.Space, sizes: Sizes, sync: Sync) -> tuple[float, float]:
    """Bytes a second that the memory gives and takes, and float32 operations a second of products."""
    backend, xp = space.backend, space.backend.xp
    a = xp.ones(sizes.numbers, dtype=backend.real, device=backend.device)
    out = backend.empty((sizes.numbers,), backend.real)
    seconds = median(lambda: backend.add(a, a, out=out), sync)
    two = median(lambda: backend.add(a, out, out=out), sync)  # the same with two arrays read
    bandwidth = max(2 / seconds, 3 / two) * 4 * sizes.numbers
    square = xp.ones((sizes.square, sizes.square), dtype=backend.real, device=backend.device)
    return bandwidth, 2 * sizes.square**3 / median(lambda: square @ square, sync)


def named(space: vsa.Space, prefix: str, count: int) -> vsa.Vector:
    """Atoms of a prefix, of which the first are the same on every backend: a few, moved about."""
    some = space.batch([f"{prefix}/{i}" for i in range(min(count, CHECKED))])
    repeated = [some.permute(i) for i in range(-(-count // CHECKED))]
    return space.stack(repeated).reshape(-1)[:count]


def queries(space: vsa.Space, count: int) -> vsa.Vector:
    """The first items, under noise of their own length."""
    items = space.batch([f"i{i}" for i in range(count)])
    return items + space.batch([f"noise/{i}" for i in range(count)])


def median(run: Callable[[], Any], sync: Sync) -> float:
    """Seconds of a call that has been made once before."""
    run()
    samples = []
    for _ in range(SAMPLES):
        sync()
        start = time.perf_counter()
        run()
        sync()
        samples.append(time.perf_counter() - start)
    return statistics.median(samples)


def waiting(space: vsa.Space) -> Sync:
    """What waits for all that the device was told to do."""
    if space.backend.on_host:
        return lambda: None
    if space.backend.name == "torch":
        import torch

        return torch.cuda.synchronize
    wait: Sync = space.backend.xp.cuda.Device().synchronize
    return wait


def device(space: vsa.Space) -> str:
    """The name of the device."""
    if space.backend.on_host:
        return "the CPU"
    if space.backend.name == "torch":
        import torch

        return str(torch.cuda.get_device_name())
    return str(space.backend.xp.cuda.runtime.getDeviceProperties(0)["name"].decode())


def agreement(same: bool) -> str:
    """Whether it does."""
    return "agrees with NumPy" if same else "DIFFERS from NumPy"


if __name__ == "__main__":
    sys.exit(main())
