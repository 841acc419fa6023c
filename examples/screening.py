"""A bounded memory that keeps what was looked at, beside others of as many places.

    python examples/screening.py [--seeds 5]

1,500 items go by. One in fifty is asked for again and again: within ten steps of its coming, then
every 20 to 80 steps for 400 steps, by itself with as much noise; all other queries are noise. Counted
are the later questions that find their item. `vsa.nn.Screening` looks at nothing but the weights of
its own answers. Where the first question comes after the item left the buffer it sees nothing, and is
no better than items kept at random.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

import vsa
from vsa.nn import Screening, torch_threads

STEPS, RECENT, SHARE = 1500, 10, 0.02
SLOTS = (10, 30, 40)


class Stream(NamedTuple):
    """items, queries: packed (steps, dim).  asked: the item that a step asks for, −1 for none."""

    items: Any
    queries: Any
    asked: list[int]


def stream(space: vsa.Space, seed: int, late: bool = False, steps: int = STEPS) -> Stream:
    """Items and queries. late: without the first questions, those within ten steps."""
    draw = torch.Generator().manual_seed(seed)

    def unit(count: int) -> Any:
        drawn = torch.randn(count, space.algebra.packed, generator=draw)
        return drawn / drawn.norm(dim=-1, keepdim=True)

    def whole(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=draw))

    asked, first = [-1] * steps, [-1] * steps
    for item in torch.nonzero(torch.rand(steps, generator=draw) < SHARE).flatten().tolist():
        step = item + whole(1, RECENT)
        while step < steps - 1 and first[step] >= 0:  # one question a step
            step = item + whole(1, RECENT)
        first[min(step, steps - 1)] = item
        while (step := step + whole(20, 81)) < min(item + 400, steps):
            asked[step] = item
    asked = [item if early < 0 else -1 for item, early in zip(asked, first, strict=True)]
    items, queries = unit(steps), unit(steps)
    for step in range(steps):
        item = asked[step] if late else max(asked[step], first[step])
        if item >= 0:
            queries[step] += items[item]
    return Stream(items, queries, asked)


def screened(space: vsa.Space, streams: Sequence[Stream], recent: int, slots: int) -> list[float]:
    """Each stream's share of questions answered with their item, by screening; slots=0: by a window."""
    screening = Screening(space, recent, slots)
    state = screening.start(len(streams))
    items, queries = (torch.stack([s[i] for s in streams], 1) for i in range(2))
    right: list[list[bool]] = [[] for _ in streams]
    with torch.no_grad():
        for step, (item, query) in enumerate(zip(items, queries, strict=True)):
            found, state = screening(item, query, state)
            best = found.weights.argmax(-1)
            for i, given in enumerate(streams):
                if (wanted := given.asked[step]) >= 0:
                    right[i].append(torch.equal(state.items[i, best[i]], given.items[wanted]))
    return [sum(some) / len(some) for some in right]


def sampled(given: Stream, places: int, seed: int) -> float:
    """The same with the items of a reservoir: at each step every one so far is kept as likely."""
    draw = torch.Generator().manual_seed(seed)
    kept: list[int] = []
    right = []
    for step, wanted in enumerate(given.asked):
        if len(kept) < places:
            kept.append(step)
        elif (place := int(torch.randint(step + 1, (), generator=draw))) < places:
            kept[place] = step
        if wanted >= 0:
            similar = given.items[kept] @ given.queries[step]
            right.append(kept[int(similar.argmax())] == wanted)
    return sum(right) / len(right)


def compare(seeds: Sequence[int], slots: int, steps: int = STEPS) -> dict[str, list[float]]:
    """What every policy recalls of each stream, with some slots, or as many places."""
    space, places = vsa.Space(dim=256, backend="torch"), RECENT + slots
    given, late = ([stream(space, seed, later, steps) for seed in seeds] for later in (False, True))
    kept = [sampled(some, places, seed) for some, seed in zip(given, seeds, strict=True)]
    return {
        "screening": screened(space, given, RECENT, slots),
        "window of as many places": screened(space, given, places, 0),
        "reservoir of as many places": kept,
        "screening, first asked for late": screened(space, late, RECENT, slots),
    }


@torch_threads()  # one: the tensors are small
def main(arguments: Sequence[str] | None = None) -> None:
    """Print what each policy recalls."""
    parser = argparse.ArgumentParser(description="What a bounded memory should keep.")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    found = [compare(range(options.seeds), slots) for slots in SLOTS]
    print(f"Recalled of {STEPS:,} items' later questions, %: mean ± standard deviation of streams")
    print(f"{f'slots beside the last {RECENT}':32}", *(f"{slots:>12}" for slots in SLOTS))
    for name in found[0]:
        shares = 100 * torch.tensor([some[name] for some in found])
        spread = zip(shares.mean(1), shares.std(1, correction=0), strict=True)
        print(f"{name:32}", *(f"{mean:6.1f} ±{deviation:4.1f}" for mean, deviation in spread))
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
