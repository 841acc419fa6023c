"""What the plugin gives to the language: the noise of redundant copies, and a task to learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from vsa import Session, Table, VsaError
from vsa.plugin import Within, checked_whole
from vsa_plugins.associative_lstm import noise

TRIALS = 64  # queries, of which the mean is shown


def copy_noise(pairs: int, copies: int = 8, *, session: Session) -> Table:
    """Mean squared noise of one of so many stored pairs, read from 1, 2, 4 … copies.

    Of the session's dim, that is dim/2 complex numbers, with random keys: the law and a measurement.
    Copies average independent noise out, down to a floor that only a larger dim lowers.

    > copy_noise(20, copies=4)
    copies    law  measured
         1  19.00  …
         2   9.52  …
         4   4.78  …
    """
    components = session.space.dim // 2
    pairs, copies = (
        checked_whole("pairs", pairs, 2),
        checked_whole("copies", copies, 1),
    )
    counts = [1]
    while counts[-1] < copies:
        counts.append(min(2 * counts[-1], copies))
    most = noise.WORK // (TRIALS * components * sum(counts))
    if most < 2:
        fits = noise.WORK // (
            TRIALS * components * 2 * 3
        )  # 1 + 2 + 4 + … is up to three times the last
        raise VsaError(
            f"copies={copies} would take hours at dim {session.space.dim}: give at most {max(fits, 1)}"
        )
    if pairs > most:
        raise VsaError(
            f"pairs={pairs} would take hours with {copies} copies at dim {session.space.dim}: "
            f"give at most {most}"
        )
    trials = [(count, number) for count in counts for number in range(TRIALS)]
    found: dict[int, list[float]] = {count: [] for count in counts}
    for count, number in session.track(trials, "copy_noise"):
        found[count].append(noise.trial(pairs, count, components, session.space.seed, number))
    rows = [
        (count, noise.law(pairs, count, components), sum(found[count]) / TRIALS) for count in counts
    ]
    return Table(["copies", "law", "measured"], rows)


def learn_task(
    name: str,
    steps: Annotated[int, Within(1, 1_000_000)] = 300,
    hidden: Annotated[int, Within(most=4096)] = 32,
    copies: Annotated[int, Within(1, 1000)] = 4,
    threads: int = 1,
    *,
    session: Session,
) -> Table:
    """Train an associative LSTM and torch's LSTM of as many parameters on "copy", "tags" ….

    The tasks are "copy", "assignment", "tags" and "addition". Shown are the shares of symbols and of
    whole texts that each gets right afterwards, and its loss in nats. Ctrl-C keeps the best so
    far, which the table says, and leaves out what was not begun. One thread learns, which is the
    quickest while the network is small.

    > learn_task("copy", steps=2, hidden=4)
    network      parameters  symbols  texts  loss
    associative  …
    lstm  …
    """
    from vsa_plugins.associative_lstm.cell import need_torch
    from vsa_plugins.associative_lstm.tasks import task

    chosen = task(name)
    need_torch()
    from vsa_plugins.associative_lstm.experiment import learn

    steps, copies = (
        checked_whole("steps", steps, 1),
        checked_whole("copies", copies, 1),
    )
    if hidden < 2 or hidden % 2:
        raise VsaError(f"hidden must be an even number of at least 2, not {hidden}")
    done = 0

    def progress(_: str, share: float) -> None:
        session.progress(f"learn_task {name}", done * steps + round(share * steps), 2 * steps)

    rows: list[tuple[Any, ...]] = []
    for net, number in (("associative", copies), ("lstm", 1)):
        run = learn(
            chosen, net, hidden=hidden, copies=number, steps=steps, every=max(1, min(50, steps // 10)),
            seed=session.space.seed, threads=threads, progress=progress,
        )  # fmt: skip
        best = run.best
        ended = "" if run.ended != "interrupted" else f" (interrupted, best of step {best.step})"
        rows.append((net + ended, run.net.parameters_count, best.symbols, best.texts, best.loss))
        done += 1
        if run.ended == "interrupted":
            break
    return Table(["network", "parameters", "symbols", "texts", "loss"], rows)


FUNCTIONS: list[Callable[..., Any]] = [copy_noise, learn_task]
