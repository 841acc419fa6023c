"""A device to count on: arrays that a program sees only through transfers, every one counted.

`Remote` stands in for CuPy without a GPU. As CuPy's arrays do, its own refuse to become NumPy's
unasked and to be mixed with them; what makes a program wait for the device is counted: a copy to the
host, a number looked at, a mask whose ones must be known. For torch a function mode counts the same.
"""

from __future__ import annotations

import operator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from vsa.algebra.backend import CupyBackend, TorchBackend


@dataclass
class Transfers:
    """How often a program waited for the device, and how often it sent something there."""

    waits: int = 0
    sent: int = 0


TRANSFERS = Transfers()


def counted(space):
    """The transfers of what happens within, on the device of a space: a context."""
    return counted_in_torch() if space.backend.name == "torch" else counted_here()


@contextmanager
def counted_here():
    before = Transfers(TRANSFERS.waits, TRANSFERS.sent)
    found = Transfers()
    yield found
    found.waits, found.sent = TRANSFERS.waits - before.waits, TRANSFERS.sent - before.sent


def waited(value):
    TRANSFERS.waits += 1
    return value


def is_mask(key):
    parts = key if isinstance(key, tuple) else (key,)
    return any(str(getattr(part, "dtype", "")) == "bool" and part.ndim for part in parts)


class Array(NDArrayOperatorsMixin):
    """NumPy's array out of NumPy's sight."""

    def __init__(self, there):
        self._there = there

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return called(getattr(ufunc, method), inputs, options)

    def __array__(self, dtype=None, copy=None):
        raise TypeError("implicit conversion to a NumPy array is not allowed")

    # --- what waits ----------------------------------------------------------------------------
    def get(self):
        return waited(self._there.copy())

    def __bool__(self):
        return waited(bool(self._there))

    def __float__(self):
        return waited(float(self._there))

    def __int__(self):
        return waited(int(self._there))

    def __index__(self):
        return waited(operator.index(self._there))

    def item(self, *place):
        return waited(self._there.item(*place))

    def tolist(self):
        return waited(self._there.tolist())

    def nonzero(self):
        return waited(wrapped(self._there.nonzero()))

    def __getitem__(self, key):
        if is_mask(key):
            TRANSFERS.waits += 1
        return wrapped(self._there[bare(key, indices=True)])

    def __setitem__(self, key, value):
        if is_mask(key):
            TRANSFERS.waits += 1
        self._there[bare(key, indices=True)] = bare(value)

    # --- what does not -------------------------------------------------------------------------
    def __len__(self):
        return len(self._there)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getattr__(self, name):
        if name.startswith("__"):  # no protocol but those above
            raise AttributeError(name)
        found = getattr(self._there, name)
        if callable(found):
            return lambda *given, **options: called(found, given, options)
        return wrapped(found)


class Namespace:
    """NumPy's functions, or those of a module of it, on arrays of the device and on no others."""

    def __init__(self, module=np):
        self._module = module

    def __getattr__(self, name):
        found = getattr(self._module, name)
        if isinstance(found, (type, float | np.dtype)) or found is None:
            return found
        if not callable(found):
            return Namespace(found)
        return lambda *given, **options: called(found, given, options)

    def asarray(self, array, dtype=None):
        if isinstance(array, Array):
            return wrapped(array._there.astype(dtype, copy=False)) if dtype else array
        TRANSFERS.sent += 1
        return wrapped(np.array(array, dtype=dtype))

    def nonzero(self, array):
        return array.nonzero()


def called(function, given, options):
    return wrapped(function(*map(bare, given), **{k: bare(v) for k, v in options.items()}))


def bare(value, indices=False):
    """What NumPy computes with; arrays of NumPy are refused, but for indices, which are sent."""
    if isinstance(value, Array):
        return value._there
    if isinstance(value, np.ndarray):
        if not indices:
            raise TypeError("unsupported type <class 'numpy.ndarray'>")
        TRANSFERS.sent += 1
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(bare(v, indices) for v in value)
    return value


def wrapped(found):
    if isinstance(found, np.ndarray | np.generic):
        return Array(np.asarray(found))
    if isinstance(found, tuple | list) and any(isinstance(x, np.ndarray) for x in found):
        return type(found)(map(wrapped, found))
    return found


class Remote(CupyBackend):
    """CuPy's backend, on arrays of the device that is none."""

    def _namespace(self):
        return Namespace()


class RemoteTorch(TorchBackend):
    """torch's, as on a device: NumPy has no part in it."""

    def __init__(self, dtype, device=None):
        super().__init__(dtype, device)
        self.on_host = False
        self.block_bytes = CupyBackend.block_bytes


WAITS = {
    "numpy", "cpu", "item", "tolist", "nonzero", "masked_select", "unique",
    "__bool__", "__float__", "__int__", "__index__", "__array__",
}  # fmt: skip


@contextmanager
def counted_in_torch():
    """The transfers of what happens within, of torch's tensors."""
    import torch
    from torch.overrides import TorchFunctionMode

    found = Transfers()

    class Counting(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            name = function.__name__
            if name in WAITS or (name in ("__getitem__", "__setitem__") and is_torch_mask(args[1])):
                # without `force` it is of what `cpu` has brought
                found.waits += name != "numpy" or (kwargs or {}).get("force", False)
            if name in ("asarray", "tensor", "from_numpy", "as_tensor"):
                found.sent += not isinstance(args[0], torch.Tensor)
            return function(*args, **(kwargs or {}))

    def is_torch_mask(key):
        parts = key if isinstance(key, tuple) else (key,)
        return any(getattr(part, "dtype", None) == torch.bool for part in parts)

    with Counting():
        yield found
