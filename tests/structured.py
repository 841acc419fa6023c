"""Structures read as users read them, and whether what the answers say comes true.

A case is a structure of a size, and how often what is asked for is unknown to memory. Atoms are
fresh for every `PER_SET` answers.
"""

from dataclasses import dataclass

import numpy as np
from vsa_plugins.automaton import step, transition
from vsa_plugins.binding import value
from vsa_plugins.chunks import chunks, unchunk
from vsa_plugins.dictionary import dictionary, get
from vsa_plugins.frame import frame, slot
from vsa_plugins.queue import back, queue
from vsa_plugins.sequence import item, sequence
from vsa_plugins.stack import push, top
from vsa_plugins.tree import branch, leaf

import vsa

PER_SET = 500


@dataclass
class Answers:
    """best: names of the best matches.  truth: names, None for what memory lacks."""

    best: np.ndarray
    truth: np.ndarray
    match: np.ndarray
    nothing: np.ndarray

    @property
    def right(self):
        return (self.best == self.truth) & self.known

    @property
    def known(self):
        return self.truth != None  # noqa: E711  of each

    @property
    def answered(self):
        return self.match >= self.nothing

    @property
    def named(self):
        """The share that is named, rightly, of what memory has."""
        return float((self.right & self.answered)[self.known].mean())

    @property
    def invented(self):
        """The share that is named somebody of what memory lacks."""
        return float(self.answered[~self.known].mean())


class Stock:
    """A memory of atoms, and the parts of as many structures as are asked for."""

    def __init__(self, rng, dim, items, seed, **options):
        self.rng, self.space = rng, vsa.Space(dim, seed=seed, **options)
        self.memory = vsa.Memory(self.space)
        self.names = np.array([f"a{i}" for i in range(items)], dtype=object)
        self.memory.add(self.names.tolist(), self.space.batch(self.names.tolist()))
        self.vectors = self.memory.vectors(np.arange(items))

    def fillers(self, present=True):
        """Vectors of random items, zero where none is present (PER_SET,)."""
        index = self.rng.integers(0, len(self.names), PER_SET)
        return self.memory.vectors(np.where(present, index, -1))

    def asked(self, unknown):
        """What is asked for: names, None for the share that is unknown; and vectors."""
        index = self.rng.integers(0, len(self.names), PER_SET)
        lost = np.flatnonzero(self.rng.random(PER_SET) < unknown)
        vectors = self.memory.vectors(index)
        strangers = self.space.batch([f"stranger {i}" for i in lost.tolist()])
        vectors.data[lost] = strangers.data
        names = self.names[index]
        names[lost] = None
        return names, vectors


def variables(stock, pairs, unknown):
    truth, asked = stock.asked(unknown)
    names = list(stock.space.batch([f"variable {i}" for i in range(pairs)]))
    total = vsa.bundle_bound(names, [asked, *(stock.fillers() for _ in range(1, pairs))])
    return truth, value(total, names[0], memory=stock.memory)


def sequences(stock, length, unknown):
    truth, asked = stock.asked(unknown)
    longest = length if isinstance(length, int) else length[1]
    lengths = np.full(PER_SET, longest)
    if longest != length:
        lengths = stock.rng.integers(length[0], longest + 1, PER_SET)
    place = int(stock.rng.integers(1, lengths.min() + 1))
    places = range(1, longest + 1)
    items = [asked if i == place else stock.fillers(i <= lengths) for i in places]
    return truth, item(sequence(*items), place, memory=stock.memory)


def frames(stock, slots, unknown):
    truth, asked = stock.asked(unknown)
    fillers = {f"s{i}": stock.fillers() for i in range(1, slots)}
    made = frame(stock.fillers(), s0=asked, memory=stock.memory, **fillers)
    return truth, slot(made, "s0", memory=stock.memory)


def stacks(stock, depth, unknown):
    truth, asked = stock.asked(unknown)
    total = stock.space.zero((PER_SET,))
    for _ in range(depth - 1):
        total = push(total, stock.fillers())
    return truth, top(push(total, asked), memory=stock.memory)


def dictionaries(stock, pairs, unknown):
    """Of one dictionary, in as many parts as it wants; the values asked for are those of some keys."""
    truth, asked = stock.asked(unknown)
    keys = stock.space.batch([f"key {i}" for i in range(pairs)])
    others = stock.rng.integers(0, len(stock.names), pairs - PER_SET)
    made = dictionary(
        keys[:PER_SET], asked, keys[PER_SET:], stock.memory.vectors(others), memory=stock.memory
    )
    return truth, get(made, keys[:PER_SET])


def queues(stock, size, unknown):
    """The backs of queues."""
    truth, asked = stock.asked(unknown)
    items = [stock.fillers() for _ in range(1, size)]
    return truth, back(queue(*items, asked), memory=stock.memory)


def trees(stock, depth, unknown):
    """A leaf of binary trees that are full: 2 ** depth leaves, and one branching less."""
    truth, asked = stock.asked(unknown)
    place = int(stock.rng.integers(2**depth))
    level = [asked if i == place else stock.fillers() for i in range(2**depth)]
    while len(level) > 1:
        level = [branch(*level[i : i + 2]) for i in range(0, len(level), 2)]
    path = " ".join(str(1 + (place >> i & 1)) for i in reversed(range(depth)))
    return truth, leaf(level[0], path, memory=stock.memory)


def automata(stock, transitions, unknown):
    """A step of automata with so many transitions, each between items at random."""
    truth, asked = stock.asked(unknown)
    state, symbol = stock.fillers(), stock.fillers()
    others = (stock.fillers() for _ in range(3 * (transitions - 1)))
    total = transition(state, symbol, asked)
    for given in zip(others, others, others, strict=True):
        total = total + transition(*given)
    return truth, step(total, state, symbol, memory=stock.memory)


def chunked(stock, size, unknown):
    """An item of chunked sequences, all of whose items memory has."""
    items = stock.rng.integers(0, len(stock.names), PER_SET)
    whole = chunks(stock.memory.vectors(items), size=size, memory=stock.memory)
    return stock.names[items], unchunk(whole, memory=stock.memory)


def read(case, size, unknown, dim, items, count=2000, seed=0, **options):
    """Answers of a case."""
    rng, found = np.random.default_rng(seed), []
    for part in range(count // PER_SET):
        stock = Stock(rng, dim, items, seed * 1000 + part, **options)
        truth, answer = case(stock, size, unknown)
        found.append((answer.names[..., 0], truth, answer.probability, answer.nothing))
    return Answers(*map(np.concatenate, zip(*found, strict=True)))


def error(p, right, bins=15):
    """Expected calibration error, in bins that hold equally many."""
    place = np.argsort(p, kind="stable")
    apart = [abs((right[some] - p[some]).sum()) for some in np.array_split(place, bins)]
    return float(sum(apart) / len(p))


def chance(p, bins=15, draws=20, seed=0):
    """The error that probabilities show which are all true, on average over what may happen."""
    rng = np.random.default_rng(seed)
    return float(np.mean([error(p, rng.random(len(p)) < p, bins) for _ in range(draws)]))
