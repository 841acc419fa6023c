"""What vectors buy: kin words from damaged matrices, as a picture.

    python examples/kinship_damage.py --out damage.png

A share of the entries of a family's matrices is set to zero, or noise is added to all of them, in
units of their root mean square; the threshold of the cleanup is rescaled to what is left of a
score. Precision and recall of parents and cousins are drawn for the smallest dimension that was
exact without damage, and for one and a half times that. A walk over sets has no such curve: what is
lost from a set is lost.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from vsa_plugins.kinship import WORDS, Codes, Family
from vsa_plugins.kinship.codes import block_dims, expected_errors, loads

from vsa import CapacityWarning, picture
from vsa.pictures import Curves, Panels, Series

ROYALS = Path(__file__).parent / "data" / "royal92.ged"
STEP = 32  # of dimensions
LIKELY = 5.0  # expected wrong facts from which on an exact draw is not worth looking for
ZEROED = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
NOISE = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
ASKED = ("parent", "cousin")


def codes_of(family: Family, dim: int, seed: int) -> Codes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CapacityWarning)  # too small ones are tried on purpose
        return Codes(family.sexes, family.facts, dim=dim, seed=seed)


def is_exact(codes: Codes) -> bool:
    """Whether every fact of the family comes out, and no other."""
    everyone = np.arange(len(codes.sexes))
    return all(
        codes.decode(name, everyone).pairs() == set(map(tuple, codes.facts(name).tolist()))
        for name in codes.relations
    )


def smallest_exact_dim(family: Family, draws: int = 3) -> int:
    """The least dimension at which all of some draws are exact; theory says where to begin."""
    numbers, found = np.bincount(family.sexes, minlength=3), loads(family.sexes, family.facts)
    dim = STEP
    while sum(expected_errors(found, numbers, block_dims(dim, numbers))) > LIKELY:
        dim += STEP
    while not all(is_exact(codes_of(family, dim, seed)) for seed in range(draws)):
        dim += STEP
    return dim


def precision_recall(
    family: Family, codes: Codes, word: str, true: set[tuple[int, int]]
) -> tuple[float, float]:
    found = WORDS[word].rows(family, codes=codes).pairs()
    right = len(found & true)
    return right / len(found) if found else 1.0, right / len(true) if true else 1.0


def curves(family: Family, dims: Sequence[int], draws: int = 1) -> Iterator[dict[str, Any]]:
    """A record for each dimension, kind and amount of damage, and word; means over the draws."""
    true = {word: WORDS[word].rows(family).pairs() for word in ASKED}
    for dim in dims:
        drawn = [codes_of(family, dim, seed) for seed in range(draws)]
        for kind, amounts in (("zeroed", ZEROED), ("noise", NOISE)):
            for amount in amounts:
                damaged = [
                    codes.damaged(**{kind: amount}, seed=seed) for seed, codes in enumerate(drawn)
                ]
                for word in ASKED:
                    both = [precision_recall(family, codes, word, true[word]) for codes in damaged]
                    precision, recall = np.mean(both, axis=0).tolist()
                    yield {
                        "dim": dim, "kind": kind, "amount": amount, "word": word,
                        "precision": precision, "recall": recall,
                    }  # fmt: skip


def draw(records: Sequence[dict[str, Any]], path: Path) -> None:
    """A panel for each kind of damage and each measure; a line for each word and dimension."""
    titles = {"zeroed": "share of entries set to zero", "noise": "noise added, × rms"}
    dims = sorted({r["dim"] for r in records})
    panels = []
    for measure in ("precision", "recall"):
        for kind, title in titles.items():
            series = []
            for i, word in enumerate(ASKED):
                for form, dim in enumerate(dims):
                    of = [
                        r for r in records if (r["kind"], r["word"], r["dim"]) == (kind, word, dim)
                    ]
                    x, y = [r["amount"] for r in of], [r[measure] for r in of]
                    label = f"{word}, dim {dim}" if not panels else ""
                    series.append(Series(label, x, y, group=i, form=form, joined=True))
            panels.append(Curves(series, title, measure, bounds=(0, 1)))
    picture(Panels(panels, title="Kin words from damaged matrices, threshold rescaled"), path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and draw the picture."""
    parser = argparse.ArgumentParser(description="Kin words from damaged matrices.")
    parser.add_argument("--family", type=Path, default=ROYALS, help="a GEDCOM file or a table")
    parser.add_argument("--out", type=Path, default=Path("kinship_damage.png"))
    parser.add_argument("--draws", type=int, default=1)
    options = parser.parse_args(arguments)
    family = Family.read(options.family)
    smallest = smallest_exact_dim(family)
    print(f"{family}; the smallest exact dimension is {smallest}\n")
    print("| dim | damage | | word | precision | recall |\n|---|---|---|---|---|---|")
    records = []
    for r in curves(family, (smallest, smallest * 3 // 2), options.draws):
        records.append(r)
        measures = f"{r['precision']:.3f} | {r['recall']:.3f}"
        print(f"| {r['dim']} | {r['kind']} | {r['amount']} | {r['word']} | {measures} |")
    draw(records, options.out)
    print(f"\ndrawn in {options.out}")


if __name__ == "__main__":
    main()
