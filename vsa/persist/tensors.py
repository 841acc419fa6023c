"""Tensors of a file of safetensors as arrays of the type that is wanted.

Other programs may have changed the precision of floats, which is changed back. Any other type than
the one that was written is refused by its name.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from vsa.errors import VsaError
from vsa.extras import needed

DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
FLOATS = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
ROUGH = 0.01  # by which rounding to 8 bits may change the length of a row, at most

Array = np.ndarray[Any, Any]


class Tensor(NamedTuple):
    """An array of such a file, and its type as it is called there."""

    dtype: str
    shape: list[int]
    data: bytes

    def array(self, wanted: Any, what: str) -> Array:
        """It as numbers of a type; floats of another precision become floats of this one."""
        kind, known = np.dtype(wanted), DTYPES.get(self.dtype)
        floats = self.dtype in FLOATS and kind.kind == "f"
        if known is None or not (floats or (self.dtype != "BF16" and np.dtype(known) == kind)):
            listed = ", ".join(FLOATS.values()) if kind.kind == "f" else kind.name
            name = self.dtype if known is None else FLOATS.get(self.dtype, np.dtype(known).name)
            raise VsaError(f"{what} is of {name}, and what is read is {listed}: convert it")
        found = np.frombuffer(self.data, known).reshape(self.shape)
        if self.dtype == "BF16":  # the upper half of a float32
            found = (found.astype("<u4") << 16).view("<f4")
        with np.errstate(over="ignore"):  # infinity is refused by who reads the value
            return found.astype(kind)

    @property
    def rough(self) -> bool:
        """Whether these are floats of so few bits that rounding shows."""
        return self.dtype in ("F16", "BF16")


def read_tensors(data: bytes) -> dict[str, Tensor]:
    """The tensors of a file, by name; ValueError where it is none."""
    safetensors = needed("safetensors", "exchange", "exchange")
    try:
        return {
            name: Tensor(held["dtype"], held["shape"], held["data"])
            for name, held in safetensors.deserialize(data)
        }
    except safetensors.SafetensorError as error:
        raise ValueError(str(error)) from None


def kept_as(state: Any) -> dict[int, Any]:
    """The types of an entry's arrays by their numbers, as its state says; of complex ones the parts'."""
    found: dict[int, Any] = {}
    waiting = [state]
    for part in waiting:  # grows while it is read
        if isinstance(part, dict):
            waiting += part.values()
            match part.get("array"):
                case [int(number), str(dtype), list()]:
                    kept = np.dtype(dtype)
                    complex_ = kept.kind == "c"
                    found[number] = np.dtype(f"<f{kept.itemsize // 2}") if complex_ else kept
        elif isinstance(part, list):
            waiting += part
    return found


def lengthened(rows: Array) -> Array:
    """Rows that rounding has made a little longer or shorter than 1, of length 1 again."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.where(np.abs(lengths - 1) < ROUGH, rows / np.maximum(lengths, ROUGH), rows)
