"""How well structures are read under each algebra: a thousand atoms, fresh ones each run."""

import warnings
from itertools import pairwise

import numpy as np
from vsa_plugins.automaton import step, transition
from vsa_plugins.chunks import chunks, unchunk
from vsa_plugins.frame import frame, slot
from vsa_plugins.queue import back, dequeue, dequeue_back, front, queue
from vsa_plugins.sequence import sequence
from vsa_plugins.stack import pop, push, top
from vsa_plugins.tree import branch, leaf

from vsa import Answer, Memory, Space, Vector, VsaError

DIMS = {
    "hrr": 1024, "fhrr": 512, "map-i": 1024, "map-c": 1024, "map-b": 1024, "bsc": 1024,
    "vtb": 1024, "tvtb": 1024, "ghrr:2": 512, "mbat": 1024, "tensor:3": 64,
    "sbc:16": 256, "sbc:16:counts": 256, "mcr:8": 512, "cgr:8": 512,
    "bsdc-seg": 4096, "bsdc": 4096, "bsdc-cdt": 4096,
}  # fmt: skip
ITEMS = 1000
FEW = 4  # runs of what takes long
SMALL = {"tensor:3": 32}  # a thousand of 64 are a gigabyte
READ = {
    "sequence of 16": lambda w, n: _sequences(w, 16, n),
    "of 32": lambda w, n: _sequences(w, 32, n),
    "stack of 8": lambda w, n: _stacks(w, 8, n),
    "of 32 ": lambda w, n: _stacks(w, 32, n),
    "finished after each push, 4": lambda w, n: _stacks(w, 4, n, True),
    "8": lambda w, n: _stacks(w, 8, n, True),
    "frame of 5 parts": lambda w, n: _frames(w, n),
    "frame in a frame": lambda w, n: _nested(w, n),
    "60 items in chunks of 5": lambda w, n: _chunks(w, n),
    "queue of 16": lambda w, n: _queues(w, 16, n),
    "tree of 8 leaves": lambda w, n: _trees(w, 3, n),
    "automaton of 16 transitions": lambda w, n: _automata(w, 16, n),
}


class World:
    """A thousand atoms, and random ones of them."""

    def __init__(self, algebra: str, seed: int = 0) -> None:
        self.space = Space(SMALL.get(algebra, DIMS[algebra]), algebra, seed=seed)
        self.memory = Memory(self.space)
        self.names = np.array([f"n{i}" for i in range(ITEMS)])
        self.atoms = self.space.batch(self.names)
        self.memory.add(list(self.names), self.atoms)
        self.rng = np.random.default_rng(seed)

    def some(self, *shape: int) -> tuple[np.ndarray, list[Vector]]:
        """Which atoms, (shape), and a batch of them for each of the first axis."""
        chosen = self.rng.integers(0, ITEMS, shape)
        return self.names[chosen], [self.atoms[row] for row in chosen]


def _share(answers: list[Answer], names: np.ndarray) -> float:
    read = np.stack([np.asarray(a.name) for a in answers])
    return float(np.mean(read == names))


def _sequences(w: World, size: int, runs: int) -> float:
    names, items = w.some(size, runs)
    whole, key = sequence(*items), w.space.key("sequence/p")
    return _share([w.memory.cleanup(whole.protect(key, -i)) for i in range(1, size + 1)], names)


def _stacks(w: World, size: int, runs: int, strict: bool = False) -> float:
    names, items = w.some(size, runs)
    stack = w.space.zero((runs,))
    for item in items:
        stack = push(stack, item)
        if strict:
            stack = Vector.of_row(w.space, stack.data)
    answers = []
    for _ in items:
        answers.append(top(stack, memory=w.memory))
        stack = pop(stack, memory=w.memory)
    return _share(answers[::-1], names)


def _frames(w: World, runs: int) -> float:
    names, items = w.some(5, runs)
    slots = dict(zip("abcd", items[1:], strict=True))
    if "unbinding" not in w.space.algebra.laws:  # one at a time, each beside every item
        runs = min(runs, FEW)
        read = [
            [slot(frame(items[0][i], **{n: v[i] for n, v in slots.items()}), n, items[0][i],
                  memory=w.memory).name for i in range(runs)]
            for n in "abcd"
        ]  # fmt: skip
        return float(np.mean(np.array(read) == names[1:, :runs]))
    whole = frame(items[0], **slots)
    return _share([slot(whole, n, items[0], memory=w.memory) for n in "abcd"], names[1:])


def _nested(w: World, runs: int) -> float:
    """The frame that fills a slot, found among all such, and its own slot then."""
    names, items = w.some(5, runs)
    if "unbinding" not in w.space.algebra.laws:
        runs = min(runs, FEW)
        names, items = names[:, :runs], [x[:runs] for x in items]
    inner = frame(items[0], a=items[1], b=items[2])
    labels = [f"frame/{i}" for i in range(runs)]
    w.memory.add(labels, inner, kind="frame")
    right = 0
    for i in range(runs):
        outer = frame(items[3][i], a=items[4][i], b=inner[i])
        first = slot(outer, "b", items[3][i], memory=w.memory)
        right += (
            not first.is_nothing
            and slot(first.vector, "a", items[0][i], memory=w.memory).name == names[1, i]
        )
    return right / runs


def _chunks(w: World, runs: int) -> float:
    names, items = w.some(max(runs // 8, 1), 60)
    read = [unchunk(chunks(x, size=5, memory=w.memory), memory=w.memory) for x in items]
    return float(np.mean([list(a.name) == list(n) for a, n in zip(read, names, strict=True)]))


def _queues(w: World, size: int, runs: int) -> float:
    """Emptied, from one end and from the other."""
    names, items = w.some(size, runs)
    left = queue(*items)
    first, last = [], []
    for _ in range(size // 2):
        first.append(front(left, memory=w.memory))
        left = dequeue(left, memory=w.memory)
        last.append(back(left, memory=w.memory))
        left = dequeue_back(left, memory=w.memory)
    return _share(first + last[::-1], names)


def _trees(w: World, depth: int, runs: int) -> float:
    names, items = w.some(2**depth, runs)
    paths, level = [""], items
    for _ in range(depth):
        paths = [f"{path} {part}" for path in paths for part in ("left", "right")]
        level = [branch(*level[i : i + 2]) for i in range(0, len(level), 2)]
    return _share([leaf(level[0], path, memory=w.memory) for path in paths], names)


def _automata(w: World, size: int, runs: int) -> float:
    chosen = np.stack([w.rng.choice(ITEMS, size, replace=False) for _ in range(runs)], axis=1)
    names, states = w.names[chosen], [w.atoms[row] for row in chosen]
    symbol = w.atoms[0]
    total = transition(states[-1], symbol, states[0])
    for state, following in pairwise(states):
        total = total + transition(state, symbol, following)
    before = [states[-1], *states[:-1]]
    return _share([step(total, state, symbol, memory=w.memory) for state in before], names)


def accuracy(algebra: str, name: str, runs: int = 24) -> float | None:
    """How often a read is right; None where the structure is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return READ[name](World(algebra), FEW if algebra in SMALL else runs)
        except VsaError:
            return None
