"""Training of an associative LSTM and of `torch.nn.LSTM` on a task, and how they did.

`learn(task("copy"), "associative", hidden=64, copies=4)` gives a `Run`: the network as it was at its
best, and a curve. Everything is drawn from the seed; torch's own generator is left alone. Ctrl-C ends
training and keeps the best so far.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from vsa import VsaError
from vsa.plugin import arguments, checked_whole, torch_threads
from vsa_plugins.associative_lstm.cell import Module, Tensor, need_torch, nn, torch
from vsa_plugins.associative_lstm.layer import AssociativeLSTM
from vsa_plugins.associative_lstm.tasks import Batch, Task

Progress = Callable[[str, float], None]  # what is trained, the share of it that is done

# name → keys of the associative LSTM, None for torch.nn.LSTM
NETS = {"associative": "learnt", "moduli": "moduli", "no keys": "none", "lstm": None}
CHECKED = 256  # texts by which a network is judged on the way
CLIP = 10.0  # length to which a gradient is cut (Danihelka et al. 2016)


class Net(Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """One-hot symbols, a recurrent layer, a linear layer: logits (count, steps, symbols)."""

    def __init__(self, symbols: int, layer: Any) -> None:
        super().__init__()
        self.symbols = symbols
        self.layer = layer
        self.out = nn.Linear(layer.hidden_size, symbols)

    def forward(self, read: Tensor) -> Tensor:
        return self.out(self.layer(self.one_hot(read))[0])

    def one_hot(self, read: Tensor) -> Tensor:
        """Numbers of symbols (count, steps) as the layer takes them."""
        return nn.functional.one_hot(read, self.symbols).to(self.out.weight.dtype)

    @property
    def parameters_count(self) -> int:
        return sum(p.numel() for p in self.parameters())


class Score(NamedTuple):
    """loss: cross-entropy of an asked symbol in nats.  symbols, texts: shares that are right."""

    loss: float
    symbols: float
    texts: float


class Point(NamedTuple):
    """Where a curve is after so many steps."""

    step: int
    loss: float
    symbols: float
    texts: float


@dataclass(slots=True)
class Run:
    """A trained network.  ended: "steps", "learnt" (`enough` was reached) or "interrupted".

    seconds: of processor time, judging included.
    """

    task: Task
    net: Any
    label: str
    seed: int
    curve: list[Point] = field(default_factory=list)
    ended: str = "steps"
    seconds: float = 0.0

    def steps_to(self, share: float) -> int | None:
        """Steps until so many of the asked symbols were right, or None."""
        return next((p.step for p in self.curve if p.symbols >= share), None)

    @property
    def best(self) -> Point:
        return min(self.curve, key=lambda p: p.loss)


def make(task: Task, name: str, hidden: int = 64, copies: int = 1, seed: int = 0) -> Net:
    """An untrained network, of about as many parameters as an associative LSTM of `hidden` units."""
    need_torch()
    if name not in NETS:
        raise VsaError(f"a network is one of {', '.join(NETS)}, not {name!r}")
    symbols, keys = len(task.symbols), NETS[name]
    units = equal_units(name, symbols, hidden)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if keys is not None:
            layer = AssociativeLSTM(
                symbols, units, batch_first=True, copies=copies, keys=keys, seed=seed
            )
            return Net(symbols, layer)
        layer = nn.LSTM(symbols, units, batch_first=True)
        with torch.no_grad():
            layer.bias_ih_l0[units : 2 * units] = 1.0  # the forget gate's, as in ours
            layer.bias_hh_l0[units : 2 * units] = 0.0
        return Net(symbols, layer)


def equal_units(name: str, symbols: int, hidden: int) -> int:
    """Units with which a network has most nearly the parameters of an associative LSTM."""
    if NETS[name] in ("learnt", "moduli"):
        return hidden
    wanted = _parameters("associative", symbols, hidden)
    return min(range(2, 3 * hidden, 2), key=lambda n: abs(_parameters(name, symbols, n) - wanted))


def _parameters(name: str, symbols: int, units: int) -> int:
    """Of the layer and of what reads it."""
    reads = (units + 1) * symbols
    if name == "lstm":  # which has two biases
        return 4 * units * (symbols + units + 2) + reads
    state = (3 if NETS[name] == "none" else 7) * units // 2
    return (state + units) * (symbols + 1) + state * units + reads


def score(net: Net, batch: Batch) -> Score:
    """How well a network does."""
    with torch.no_grad():
        loss, logits, wanted, asked = _asked(net, batch)
        right = logits.argmax(-1) == wanted
        wrong = torch.zeros(asked.shape, dtype=torch.bool)
        wrong[asked] = ~right
        return Score(
            float(loss), float(right.double().mean()), float((~wrong.any(-1)).double().mean())
        )


def _asked(net: Net, batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Loss, logits and wanted symbols of what is asked, and where that is."""
    read, wanted, asked = (torch.from_numpy(x) for x in (batch.read, batch.wanted, batch.asked))
    logits, wanted = net(read)[asked], wanted[asked]
    return nn.functional.cross_entropy(logits, wanted), logits, wanted, asked


def learn(
    task: Task,
    name: str = "associative",
    *,
    hidden: int = 64,
    copies: int = 1,
    steps: int = 1000,
    batch: int = 32,
    rate: float = 3e-3,
    every: int = 50,
    enough: float = 0.999,
    size: tuple[int, int] | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Train a network by Adam on fresh texts; every so often it is judged by the same 256 others.

    enough: share of right symbols at which it stops.  size: of texts, if not the task's own.
    threads: of torch, one unless given, since small tensors take longer in several.
    """
    steps, batch, every = (
        checked_whole("steps", steps, 1),
        checked_whole("batch", batch, 1),
        checked_whole("every", every, 1),
    )
    rate = arguments.checked_rate("rate", rate)
    net = make(task, name, hidden, copies, seed)
    run = Run(task, net, name if copies == 1 else f"{name}, {copies} copies", seed)
    rng = np.random.default_rng([seed % 2**64, 1])
    judged = task.batch(np.random.default_rng([seed % 2**64, 2]), CHECKED, size)
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        _asked(net, task.batch(rng, batch, size))[0].backward()
        nn.utils.clip_grad_norm_(net.parameters(), CLIP)
        optimizer.step()

    with torch_threads(threads):
        _descend(run, step, judged, steps, every, enough, progress)
    return run


def _descend(
    run: Run,
    step: Callable[[], None],
    judged: Batch,
    steps: int,
    every: int,
    enough: float,
    progress: Progress | None,
) -> None:
    """Train step by step, and leave the network as it was when its loss was least."""
    start = time.process_time()
    best = _judge(run, 0, judged, None)
    try:
        for number in range(1, steps + 1):
            step()
            if number % every == 0 or number == steps:
                best = _judge(run, number, judged, best)
                if progress is not None:
                    progress(run.label, number / steps)
                if run.curve[-1].symbols >= enough:
                    run.ended = "learnt"
                    break
    except KeyboardInterrupt:
        run.ended = "interrupted"
    run.seconds = time.process_time() - start
    run.net.load_state_dict(best)
    if progress is not None and run.ended != "steps":
        progress(run.label, 1.0)


def _judge(run: Run, step: int, judged: Batch, best: Any) -> Any:
    """Put a point on the curve; the weights that were best so far."""
    found = score(run.net, judged)
    if not np.isfinite(found.loss):
        raise VsaError(f"training diverged before step {step}: use a lower rate")
    run.curve.append(Point(step, *found))
    return copy.deepcopy(run.net.state_dict()) if run.best.step == step else best
