"""Relations apart from items: tasks about objects never seen, noisy looks, and relations by role."""

from __future__ import annotations

from functools import partial

from benchmarks.biases.relation_nets import right, same_shape
from benchmarks.biases.rows import Row, table
from benchmarks.papers import Table

HELD = {  # of 100 objects; the others are learnt from
    "same/different": 98,
    "match to sample": 95,
    "distribution of three": 95,
    "identity rules": 95,
}
ALL, SEEDS = "1.000", 2
OTHERS = {"match to sample": ".994", "distribution of three": ALL, "identity rules": ALL}
NOISY = {  # the reference: cosines, softmax of the others
    "same/different": ("–", "–"),
    "match to sample": (".999", ".997"),
    "distribution of three": (".982", ALL),
    "identity rules": (".923", ALL),
}


def unseen(quick: bool) -> Table:
    """Objects that learning did not see; controls that see the items."""

    def share(net: str, task: str, steps: int = 600) -> partial[float]:
        return partial(right, net, task, HELD[task], steps=steps)

    rows = []
    for task, held in HELD.items():
        name = f"{task}, {held} held out"
        rows += [
            Row(name, share("softmax", task), control=share("leak", task), beside="items too", seeds=SEEDS),
            Row(f"{name}: cosines", share("cosines", task), reference=ALL,
                control=share("MLP", task), beside="MLP", seeds=SEEDS),
        ]  # fmt: skip
        if task in OTHERS:
            rows.append(
                Row(f"{name}: softmax of the others", share("others", task), reference=OTHERS[task],
                    control=share("causal", task), beside="causal", seeds=SEEDS)
            )  # fmt: skip
    rows += [  # the same again, for another control
        Row(f"{task}, {HELD[task]} held out: beside {net}", share("softmax", task),
            control=share(net, task, 1000), beside=net, seeds=1)
        for task in ("same/different", "match to sample")
        for net in ("LSTM", "Transformer")
        if not quick
    ]  # fmt: skip
    return table(
        "CoRelNet, atoms of 128 numbers, 600 steps of 96 trials; 4,000 about objects held out",
        rows,
        quick,
        "Without a word: softmax at .1, the item itself counting as .3 alike (diagonal=0.3).",
        "Reference controls: items too .658 .504 .720 .661, MLP .596 .506 .434 .456, causal 1 1 .720,",
        "LSTM .587 .488, Transformer .483 .495. Controls get √128 times the atoms, as an encoder gives:",
        "of atoms of length 1 the leak spoils less. LSTM and Transformer have one layer of 128.",
    )


def noisy(quick: bool) -> Table:
    """Each look at an object adds noise of its own length."""

    def share(net: str, task: str) -> partial[float]:
        return partial(right, net, task, 95, steps=400, noise=1.0)

    rows = []
    for task, (cosines, others) in NOISY.items():
        rows += [
            Row(task, share("softmax", task), control=share("itself", task), beside="own cosine in",
                seeds=SEEDS),
            Row(f"{task}: cosines", share("cosines", task), reference=cosines,
                control=share("MLP", task), beside="MLP", seeds=SEEDS),
        ]  # fmt: skip
        if task in OTHERS:
            rows.append(
                Row(f"{task}: softmax of the others", share("others", task), reference=others,
                    control=share("causal", task), beside="causal", seeds=SEEDS)
            )  # fmt: skip
    return table(
        "The same with noisy looks, 95 held out, 400 steps",
        rows,
        quick,
        "Reference controls: own cosine in – .511 .265 .508, MLP – .502 .322 .326, causal .965 .813 .664.",
        "Of two items a softmax of the others is always 1: it has no row for same/different.",
    )


def by_role(quick: bool) -> Table:
    """One relation matrix a role: what unbinding alone does not do, and a cleanup does."""
    rows = [
        Row(
            f"same shape? dim {dim}: {how}",
            partial(same_shape, how, dim),
            reference=figure,
            seeds=3,
        )
        for dim, whole in ((256, ".754"), (1024, ".748"))
        for how, figure in (("whole", whole), ("unbound", whole), ("cleaned up", ALL))
    ]
    return table(
        "Relations by role: shape ⊛ r₁ + colour ⊛ r₂, 100 shapes, 100 colours, 4,000 pairs",
        rows,
        quick,
        "Unbinding keeps all cosines, so that it is its own control: shape and color alike, one of them,",
        "or none, as often each, are told apart by a threshold but for one in four.",
    )


TABLES = (unseen, noisy, by_role)
