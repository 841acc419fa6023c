"""Every algebra there is, with the parameters it is tried with, and the backends to try it on."""

from functools import cache

from backends import PRESENT

from vsa.algebra.registry import algebra_names
from vsa.algebra.space import Space
from vsa.testing import check_algebra
from vsa.testing.cases import fitting_dims
from vsa.testing.chance import CHANCE

VARIANTS = {
    "cgr": ["cgr:5"], "ghrr": ["ghrr:1", "ghrr:3"], "mcr": ["mcr:2", "mcr:3"],
    "sbc": ["sbc:4", "sbc:16:counts"],
    "tensor": ["tensor:2"],
}  # fmt: skip
COUNTED = dict.fromkeys(CHANCE, "what chance does is counted once, with NumPy")
NO_MEMORY = {"metric": "memories ask for more than the standard has"}


def on_gpu():
    """Whether torch has one here."""
    if "torch" not in PRESENT:
        return False
    import torch

    return torch.cuda.is_available()


ALGEBRAS = [a for name in algebra_names() for a in (name, *VARIANTS.get(name, []))]
PLACES = [
    *((backend, dtype) for backend in PRESENT for dtype in ("float32", "float64")),
    ("strict", "float32"),
    *([("torch:cuda", "float32")] if on_gpu() else []),
]


def dims_for(algebra, backend, dtype):
    """All that `check_algebra` takes, of NumPy; elsewhere, where every operation is slow, fewer."""
    dims = fitting_dims(algebra)
    if (backend, dtype) == PLACES[0]:
        return dims
    return [dims[0], dims[-1]] if dtype == "float64" else dims[-1:]


@cache
def report(algebra, backend="numpy", dtype="float32"):
    """What is found of it there."""
    without = {} if (backend, dtype) == PLACES[0] else COUNTED
    if backend == "strict":
        without = {**without, **NO_MEMORY}
    return check_algebra(algebra, dims_for(algebra, backend, dtype), backend, dtype, without)


def laws_of(algebra):
    return Space(fitting_dims(algebra)[0], algebra).algebra.laws
