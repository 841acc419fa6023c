"""Networks on disk: NumPy archives of plain arrays, and what is said of them as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.plugin import files
from vsa_plugins.composition.forms import Tensor, torch

FORMAT = 1


def write(
    path: str | os.PathLike[str], about: Mapping[str, Any], weights: Mapping[str, Tensor]
) -> None:
    """What is said of a network, as JSON, and its weights."""
    arrays: dict[str, Any] = {f"weight/{k}": v.detach().cpu().numpy() for k, v in weights.items()}
    text = json.dumps({"format": FORMAT, **about})
    with files.written(path) as file:
        np.savez_compressed(file, about=np.array(text), **arrays)


@contextmanager
def reading(
    path: str | os.PathLike[str],
) -> Iterator[tuple[dict[str, Any], dict[str, Tensor]]]:
    """What was said of a network, and its weights; who cannot make it of them blames the file."""
    name = os.path.basename(os.fspath(path))
    try:
        with files.archive(path) as file:
            about = json.loads(str(file["about"]))
            weights = {k[7:]: torch.from_numpy(file[k]) for k in file.files if k[:7] == "weight/"}
        if about["format"] != FORMAT:
            raise VsaError(
                f"{name} is of format {about['format']}; this version reads format {FORMAT}"
            )
        yield about, weights
    except VsaError:
        raise
    except (ValueError, KeyError, TypeError, RuntimeError):
        raise VsaError(f"{name} is not a saved composer, or it is damaged") from None


def arrays_of(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Weights as arrays of their own, for a session's file."""
    return {name: w.detach().cpu().numpy().copy() for name, w in weights.items()}


def tensors_of(arrays: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights of such arrays."""
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
