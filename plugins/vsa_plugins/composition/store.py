"""Composers on disk: NumPy archives of plain arrays."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from vsa.errors import VsaError
from vsa_plugins.composition.forms import Tensor, torch

if TYPE_CHECKING:
    from vsa_plugins.composition.model import Composer

FORMAT = 1


def write(
    path: str | os.PathLike[str], about: Mapping[str, Any], weights: Mapping[str, Tensor]
) -> None:
    """What is said of a network, as JSON, and its weights."""
    arrays: dict[str, Any] = {f"weight/{k}": v.detach().cpu().numpy() for k, v in weights.items()}
    text = json.dumps({"format": FORMAT, **about})
    try:
        with open(path, "wb") as file:
            np.savez_compressed(file, about=np.array(text), **arrays)
    except OSError as error:
        raise VsaError(f"cannot save to {os.fspath(path)}: {error.strerror}") from None


def read(path: str | os.PathLike[str]) -> tuple[Composer, dict[str, Any], dict[str, Any]]:
    """A saved composer, what else was said of it, and weights that are not its own."""
    from vsa_plugins.composition.model import Composer

    name = os.path.basename(os.fspath(path))
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays = {k[7:]: torch.from_numpy(file[k]) for k in file.files if k[:7] == "weight/"}
        if about["format"] != FORMAT:
            raise VsaError(
                f"{name} is of format {about['format']}; this version reads format {FORMAT}"
            )
        made = Composer(about["words"], **about["settings"])
        own = {k: v for k, v in arrays.items() if k in made.state_dict()}
        made.load_state_dict(own)
    except OSError as error:
        raise VsaError(f"cannot read {name}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile):
        raise VsaError(f"{name} is not a saved composer, or it is damaged") from None
    return made, about, {k: v for k, v in arrays.items() if k not in own}
