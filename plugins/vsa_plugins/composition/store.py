"""Composers on disk: NumPy archives of plain arrays, and what a session's file keeps."""

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
    from vsa_plugins.composition.classifier import Classifier
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


def state_of(composer: Composer, classifier: Classifier | None) -> dict[str, Any]:
    """A composer, and what it has learnt to tell, as lists, numbers and arrays."""
    from vsa_plugins.composition.classifier import TOLD

    def arrays(weights: Mapping[str, Tensor]) -> dict[str, Any]:
        return {name: w.detach().cpu().numpy().copy() for name, w in weights.items()}

    learnt = None
    if classifier is not None:
        told = {name: getattr(classifier, name) for name in TOLD}
        softmax = arrays({"weight": classifier.weight, "bias": classifier.bias})
        learnt = {"labels": classifier.labels, "softmax": softmax, "told": told}
    return {
        "words": composer.words, "settings": composer.settings,
        "weights": arrays(composer.state_dict()), "learnt": learnt,
    }  # fmt: skip


def made_of(state: dict[str, Any]) -> tuple[Composer, Classifier | None]:
    """The composer, and what it has learnt to tell, of such a state."""
    from vsa_plugins.composition.classifier import TOLD, Classifier
    from vsa_plugins.composition.model import Composer

    def tensors(arrays: Mapping[str, Any]) -> dict[str, Tensor]:
        return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}

    composer = Composer(state["words"], **state["settings"])
    try:
        composer.load_state_dict(tensors(state["weights"]))
        if state["learnt"] is None:
            return composer, None
        classifier = Classifier(composer, state["learnt"]["labels"])
        classifier.load_state_dict(tensors(state["learnt"]["softmax"]), strict=False)
    except RuntimeError as error:  # sizes that disagree
        raise ValueError(str(error).splitlines()[0]) from None
    for name in TOLD:
        setattr(classifier, name, state["learnt"]["told"][name])
    return composer, classifier
