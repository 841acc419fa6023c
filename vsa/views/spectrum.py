"""The spectrum of a vector: how much of each frequency it has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsa.algebra.looks import moduli as moduli_of
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import checked_texts
from vsa.errors import ArgumentValueError
from vsa.pictures import Curves, Series


def spectrum(*vectors: Vector, names: Sequence[str] = ()) -> Curves:
    """The modulus of each frequency of a vector, or of several beside each other.

    Of a unitary vector all are 1; where one is near 0 the exact inverse makes noise loud, and of a sum
    many are (Plate 1995). VsaError in algebras that do not bind by frequencies.

    >>> from vsa import Space
    >>> from vsa.views import spectrum
    >>> spectrum(Space(dim=64).atom("mark")).title
    'all moduli are 1: a unitary vector'
    """
    if not vectors:
        raise ArgumentValueError("there is nothing to draw: give vectors")
    names = checked_texts("names", names) if len(names) else ()
    if len(names) not in (0, len(vectors)):
        raise ArgumentValueError(f"{len(names)} names do not fit {len(vectors)} vectors")
    series, several = [], len(vectors) > 1
    for i, given in enumerate(vectors, 1):
        vector = as_vector(given, "v")
        if vector.shape:
            raise ArgumentValueError(
                f"spectrum draws single vectors, not a batch of shape {vector.shape}"
            )
        moduli = moduli_of(vector)
        name = names[i - 1] if names else vector.label or (f"vector {i}" if several else "")
        series.append(Series(name, np.arange(float(len(moduli))), moduli, line=len(moduli) > 1))
    moduli = np.concatenate([s.y for s in series])
    said = f"moduli from {moduli.min():.2g} to {moduli.max():.2g}"
    if np.abs(moduli - 1).max() < 1e-3:
        said = "all moduli are 1: a unitary vector" + "s" * several
    return Curves(
        series, "frequency", "modulus", bounds=(0.0, float(max(moduli.max(), 1.0) * 1.05)), title=said
    )  # fmt: skip
