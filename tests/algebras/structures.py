"""Structures × algebras: which carries which, how, and how well; the page that says so.

`python tests/algebras/structures.py` writes docs/explanation/structures-by-algebra.md. What a cell
says is seen by running it: whether the answers are right, which form they took, or what the refusal said.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from cells import CELLS
from structure_accuracy import DIMS, READ, SMALL, accuracy

import vsa.hooks.structure as structure
from vsa import Answer, Space, Table, Vector, VsaError, load_plugins
from vsa.lang.session import Session
from vsa.plugin import open_session, save

PLUGINS = load_plugins()
SURE = 0.9  # what is less so, where nothing is right, is not claimed
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "structures-by-algebra.md"
ATOMS = "atom mark, fish, john, eat, cause, hunger, being, person, food, x, y"


@dataclass
class Seen:
    """What a cell came to."""

    wrong: list[str] = field(default_factory=list)
    refusal: str = ""
    nothing: bool = False  # answered so, honestly
    used: set[str] = field(default_factory=set)


def world(algebra: str, seed: int = 0) -> Session:
    session = Session(Space(DIMS[algebra], algebra, seed=seed), plugins=PLUGINS)
    session.run(ATOMS)
    return session


@contextmanager
def watched() -> Iterator[set[str]]:
    """Which other forms are used meanwhile."""
    used: set[str] = set()

    def counting(name, function):
        def call(*args, **options):
            used.add(name)
            return function(*args, **options)

        return call

    kept = Vector.permute, Vector.left_unbind, structure.compared
    Vector.permute = counting("permutation", kept[0])
    Vector.left_unbind = counting("left unbinding", kept[1])
    structure.compared = counting("comparison", kept[2])
    try:
        yield used
    finally:
        Vector.permute, Vector.left_unbind, structure.compared = kept


def found(value: object) -> object:
    """An answer as what a cell expects: a name, or several."""
    if isinstance(value, Answer):
        if value.shape:
            return [name or "nothing" for name in value.name]
        return "nothing" if value.is_nothing else str(value.name)
    if isinstance(value, Table) and value.columns[0] == "item":
        return [row[0] for row in value.rows]
    text = str(value)
    return text.split(":")[0] if "similarity with" in text else value


def run(session: Session, name: str) -> Seen:
    seen = Seen()
    with watched() as seen.used, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text, expected in CELLS[name]:
            try:
                values = session.run(text)
            except VsaError as error:
                seen.refusal = str(error)
                break
            if expected is None:
                continue
            got = found(values[0])
            if isinstance(expected, set) and isinstance(got, list):
                got = set(got)
            if isinstance(expected, tuple):
                if not expected[0] < got < expected[1]:
                    seen.wrong.append(f"{text}: {got}")
            elif expected == "nothing" and values[0].probability < SURE:
                pass
            elif got == "nothing" != expected:
                seen.nothing = True
            elif got != expected:
                seen.wrong.append(f"{text}: {got}, not {expected}")
    return seen


def verdict(session: Session, name: str, seen: Seen, refusals: list[str]) -> str:
    """The words of a cell."""
    algebra = session.space.algebra
    if seen.wrong:
        return "wrong: " + "; ".join(seen.wrong)
    if seen.refusal:
        if seen.refusal not in refusals:
            refusals.append(seen.refusal)
        return f"refused ({refusals.index(seen.refusal) + 1})"
    if seen.nothing:
        return "nothing is found"
    if "comparison" in seen.used:
        return "synthesis" if "unbinding" not in algebra.laws else "search"
    if "left unbinding" in seen.used and "commutative" not in algebra.laws:
        return "left unbinding"
    if "permutation" in seen.used and name in ("stacks", "queues", "sequences"):
        return "permutation"
    if "exact-keys" in algebra.laws and name.startswith("frames"):
        return "hashed roles"
    return "yes"


def kept_in_a_file(session: Session) -> list[str]:
    """What is not the same after undo, or read from a file: a value of each structure."""
    names = [n for n in ("s", "w", "b", "a", "s1", "s2", "ann", "g") if n in session.values]
    before = {n: session.run(n)[0].own for n in names}
    session.run("s = mark")
    session.journal.undo()
    wrong = [n for n in names if not np.array_equal(session.run(n)[0].own, before[n])]
    with TemporaryDirectory() as folder:
        save(session, Path(folder) / "kept.vsa")
        session.close()
        again = open_session(Path(folder) / "kept.vsa", plugins=PLUGINS)
        wrong += [n for n in names if not np.array_equal(again.run(n)[0].own, before[n])]
        again.close()
    return wrong


# --- the table --------------------------------------------------------------------------------------
def columns(refusals: list[str]) -> dict[str, tuple[str, ...]]:
    """The verdicts on each algebra, row by row of the table."""
    made = {}
    for algebra in DIMS:
        session = world(algebra)
        cells = {name: run(session, name) for name in CELLS}
        made[algebra] = tuple(verdict(session, n, seen, refusals) for n, seen in cells.items())
    return made


def table() -> str:
    """The verdicts in Markdown: algebras of the same column side by side."""
    refusals: list[str] = []
    made = columns(refusals)
    groups: dict[tuple[str, ...], list[str]] = {}
    for algebra, column in made.items():
        groups.setdefault(tuple(_named(cell, algebra, refusals) for cell in column), []).append(
            algebra
        )
    reasons: list[str] = []
    head = ["", *(", ".join(f"`{a}`" for a in names) for names in groups.values())]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for i, name in enumerate(CELLS):
        row = [name]
        for column in groups:
            word, _, reason = column[i].partition("\n")
            if reason:
                if reason not in reasons:
                    reasons.append(reason)
                word += f" ({reasons.index(reason) + 1})"
            row.append(word)
        lines.append(f"| {' | '.join(row)} |")
    lines += ["", *(f"{i}. {reason}" for i, reason in enumerate(reasons, 1))]
    return "\n".join(lines)


def _named(cell: str, algebra: str, refusals: list[str]) -> str:
    """A refusal with its reason, in which the algebra is any."""
    if not cell.startswith("refused"):
        return cell
    reason = refusals[int(cell[cell.index("(") + 1 : -1]) - 1]
    full = Space(DIMS[algebra], algebra).algebra.name
    return "refused\n" + reason.replace(f"'{full}'", "…").replace(full, "…")


def accuracies() -> str:
    lines = [f"| | {' | '.join(READ)} |", "|---" * (len(READ) + 1) + "|"]
    for algebra, dim in {**DIMS, **SMALL}.items():
        row = [accuracy(algebra, name) for name in READ]
        texts = ["–" if x is None else f"{x:.2f}" for x in row]
        lines.append(f"| `{algebra}` {dim} | {' | '.join(texts)} |")
    return "\n".join(lines)


BEGIN = """# Structures by algebra

Written by `python tests/algebras/structures.py`; the tests run every cell again. `yes`: as in `hrr`.

## What is carried, and how

"""
FORMS = """

- **permutation**: places of stacks, queues and sequences are powers of a permutation where those of a key
  repeat, or there are none: forwards in sequences, backwards in stacks and queues.
- **left unbinding**: `a * b` is not `b * a`, so a value is taken away from the left, its key from
  the right.
- **search**: nothing is taken away; the value is bound with each item of memory, and the results are
  compared. **synthesis** is the same where there is no unbinding at all.
- Where a key bound twice is nothing, in `map-…` and `bsc`, frames and chunks permute what they bind, so
  that one in another of its kind is not mistaken for it. What is bound by hand is not permuted: an
  environment `mark * x` as a value of `x` is `mark * x * x`, which is `mark`. And what is the dollar of
  Mexico is `permute(mexico / usa * permute(dollar), -1)` there.
- **hashed roles**: the role of a slot is another key for each head. No part is common to all heads, so
  that where the head is unknown **nothing is found**.
- Trees are permuted once a level in all algebras, so that "left right" is another place than "right
  left" where binding commutes; automata permute the state and the symbol of a key. In `tensor` each
  level of a tree is a rank.
- Where powers of a key repeat, a chain in which an item stands as often as that, 8 times in `mcr:8`, is
  refused too.
- A chunk is projected to a key: in `bsdc-seg` that leaves one of the ones of each segment, so that an
  item has a share of 1 / (size + 1), and chunks of 5 want some 120 segments; in `bsdc` it leaves all
  ones, until a chunk of chunks is too dense to have an end. `chunks` warns of either.
- `tensor` binds into more components, but what is permuted stays in its dim: long stacks and sequences
  need a large one.
- Dictionaries, multisets, filters and sketches are cut in parts past the capacity of one vector, by a
  hash that every algebra has ([dictionaries](../structures/dictionaries.md)). What they hold stays a sum.
- A row that was made of a sum, as what comes out of memory is in all but `hrr`, `fhrr`, `map-i`, `vtb`,
  `tvtb`, `ghrr`, `mbat`, `tensor` and `sbc:…:counts`, has lost its counts. Its places are read one by
  one; `decode` says "at least", and `depth` and `length` say so in a note.
- `replace` in a frame of head and 4 slots that is such a row: the new filler has a similarity of .68 to
  it in `bsc` and `mcr:8`, the others .2, not .37 each; so make the frame anew where they are known.
- Undo, and files, keep the values of all of them, as rows or as sums.

## How often it is right

"""
END = """

A thousand atoms in memory, 24 runs (4 of `tensor` and of frames in `bsdc-cdt`), the dims beside the
names; "nothing" counts as wrong. Sequences are read place by place from one sum; stacks are popped to
the end, as sums, or as rows after each push; frames have a head and four slots; whole sequences of
chunks count. Queues are emptied from both ends; of trees every leaf is read, of automata every
transition. A share of .95 of 24 · 8 reads is good to .03.
"""


def page_of(figures: str) -> str:
    return BEGIN + table() + FORMS + figures + END


if __name__ == "__main__":
    PAGE.write_text(page_of(accuracies()), encoding="utf-8")
