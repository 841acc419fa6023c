"""NumPy, CuPy and torch behind one small object.

A `Space` fixes its backend once. Everything the array API standard offers is called on `xp`; this
file adds what the standard lacks (top-k, `out=`, complex views, growth) and the block loop that
keeps temporaries in cache. `array-api-compat` wraps torch and CuPy only: importing it for NumPy
would nearly double the start-up time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vsa.algebra import room
from vsa.algebra.given import numbers
from vsa.arguments import checked_choice, refused
from vsa.errors import ArgumentTypeError, VsaError
from vsa.extras import needed
from vsa.threads import each

Array = Any  # an array of whichever library the space computes with

ON_A_DEVICE = 1 << 26  # bytes of a block there: a launch takes little beside the work on it


class Backend:
    """One array library at one precision: `xp` is its namespace, `real` and `complex` its dtypes."""

    name = "numpy"
    has_out = True  # whether functions can write into a given array
    has_threads = True  # whether it computes for the thread that asks, so that several gain
    on_host = True  # whether NumPy can compute on the same memory
    looks_first = True  # whether to look before what is seldom needed: no device is waited for
    # of a block of rows, which stays with its temporaries in a core's L2 cache
    block_bytes = 1 << 19
    # products and sums, elementwise: f(a, b, out=None); the library's own, no call layer in between
    multiply: Callable[..., Array]
    add: Callable[..., Array]

    def __init__(self, dtype: str, device: str | None = None) -> None:
        self.xp: Any = self._namespace()
        self.dtype = dtype
        self.device = device
        self.real: Any = getattr(self.xp, dtype)
        self.complex: Any = self.xp.complex64 if dtype == "float32" else self.xp.complex128
        self.smallest = float(np.finfo(dtype).smallest_normal)
        self.multiply, self.add = self._arithmetic()
        # of no axes: to make one of a float takes torch as long as ten calls
        self.zero, self.one = (self.lasting(np.array(x), self.real) for x in (0.0, 1.0))

    def _namespace(self) -> Any:
        return np

    def _arithmetic(self) -> tuple[Callable[..., Array], Callable[..., Array]]:
        return self.xp.multiply, self.xp.add

    def asarray(self, array: Any, dtype: Any = None) -> Array:
        """Move a NumPy array (or anything array-like) here."""
        return np.asarray(array, dtype=dtype)

    def lasting(self, array: np.ndarray[Any, Any], dtype: Any = None) -> Array:
        """The same of one that is kept for other calls, in whatever mode those are made."""
        return self.asarray(array, dtype)

    def real_array(self, name: str, value: Any) -> Array:
        """Real numbers that were given, in anything array-like, at this precision.

        An error names the argument where they are complex, or no numbers at all.
        """
        array, kind = numbers(name, value, "real numbers")
        if kind == "c":
            raise ArgumentTypeError(
                f"{name} must be real numbers, not complex ones; real components of a spectrum "
                "of dim // 2 + 1 phasors are np.fft.irfft(spectrum, n=dim)"
            )
        with np.errstate(over="ignore"):  # what is infinite at this precision is found later
            return self.asarray(array, dtype=self.real)

    def complex_array(self, name: str, value: Any) -> Array:
        """Complex numbers that were given, or real ones as such."""
        array, _ = numbers(name, value, "complex numbers")
        with np.errstate(over="ignore"):
            return self.asarray(array, dtype=self.complex)

    def numpy(self, array: Array) -> np.ndarray[Any, Any]:
        """Move an array to NumPy, without its gradient."""
        return np.asarray(array)

    def brought(self, *arrays: Array) -> list[np.ndarray[Any, Any]]:
        """Several arrays of numbers on NumPy, after one wait: from a device they come as one."""
        if self.on_host or len(arrays) == 1:
            return [self.numpy(array) for array in arrays]
        xp = self.xp
        flat = [xp.astype(xp.reshape(array, (-1,)), xp.float64) for array in arrays]
        both, found, start = self.numpy(xp.concat(flat)), [], 0
        for array in arrays:
            stop = start + math.prod(array.shape)
            part = both[start:stop].reshape(tuple(array.shape))
            found.append(part.astype(self.host_dtype(array.dtype)))
            start = stop
        return found

    @staticmethod
    def host_dtype(dtype: Any) -> np.dtype[Any]:
        """NumPy's dtype of the same numbers."""
        try:
            found: np.dtype[Any] = np.dtype(dtype)
        except TypeError:
            found = np.dtype(str(dtype).rpartition(".")[2])
        return found

    def detach(self, array: Array) -> Array:
        """The same numbers without their gradient, for what is stored."""
        return array

    def shared(self, arrays: Sequence[Array]) -> list[np.ndarray[Any, Any]] | None:
        """The same numbers, where they are, as NumPy's arrays; None of what is elsewhere or is learnt."""
        return None

    def each(self, work: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
        """`work` of every piece: on several threads where they are set (`set_threads`) and gain."""
        return each(work, pieces) if self.has_threads else [work(piece) for piece in pieces]

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """An uninitialised array on this backend's device."""
        return room.in_lines(shape, dtype)

    def result(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """The same for a batch that is given out, which may be large."""
        return room.empty(shape, dtype) if self.name == "numpy" else self.empty(shape, dtype)

    def repeated(self, row: Array, times: int) -> Array:
        """A row (width,) as a contiguous block (times, width)."""
        return self.xp.ascontiguousarray(self.xp.broadcast_to(row, (times, *row.shape)))

    def as_real(self, z: Array) -> Array:
        """A complex array (..., w) seen as reals (..., 2w): re, im, re, im …"""
        return self.xp.ascontiguousarray(z).view(self.real)

    def as_complex(self, r: Array) -> Array:
        """The inverse view of `as_real`."""
        return self.xp.ascontiguousarray(r).view(self.complex)

    def take(self, a: Array, index: Array) -> Array:
        """Some components along the last axis, each as often as the index (n,) has it."""
        return self.xp.take(a, index, axis=-1)

    def vecdot(self, x: Array, y: Array) -> Array:
        """Dot products along the last axis, of real arrays."""
        return self.xp.vecdot(x, y)

    def rfft(self, a: Array, n: int) -> Array:
        """Half spectra of real rows (..., n)."""
        return self.xp.fft.rfft(a, n=n, axis=-1)

    def irfft(self, z: Array, n: int) -> Array:
        """The inverse of `rfft`."""
        return self.xp.fft.irfft(z, n=n, axis=-1)

    def topk(self, scores: Array, k: int) -> tuple[Array, Array]:
        """The k largest along the last axis, best first: (values, indices)."""
        xp = self.xp
        if k == 1:
            index = xp.argmax(scores, axis=-1)[..., None]
        elif k >= scores.shape[-1]:
            index = xp.argsort(-scores, axis=-1)[..., :k]
        else:
            index = xp.argpartition(scores, scores.shape[-1] - k, axis=-1)[..., -k:]
            order = xp.argsort(-xp.take_along_axis(scores, index, axis=-1), axis=-1)
            index = xp.take_along_axis(index, order, axis=-1)
        return xp.take_along_axis(scores, index, axis=-1), index

    def item(self, value: Array) -> Any:
        """A result without batch axes as a float; batches and learnt values stay arrays."""
        return float(value) if value.ndim == 0 else value

    def __repr__(self) -> str:
        return f"{self.name} {self.dtype}"


class CupyBackend(Backend):
    """CuPy: NumPy's functions on an NVIDIA GPU."""

    name = "cupy"
    has_threads = False
    on_host = looks_first = False
    block_bytes = ON_A_DEVICE

    def _namespace(self) -> Any:
        xp = needed("array_api_compat.cupy", "the cupy backend", "cuda12", "cuda13")
        try:
            xp.cuda.runtime.getDeviceCount()
        except Exception as error:  # a class of CuPy's own
            raise VsaError(f"CuPy finds no GPU here: {str(error).splitlines()[0]}") from error
        return xp

    def asarray(self, array: Any, dtype: Any = None) -> Array:
        return self.xp.asarray(array, dtype=dtype)

    def numpy(self, array: Array) -> np.ndarray[Any, Any]:
        return np.asarray(array.get() if hasattr(array, "get") else array)

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Array:
        return self.xp.empty(shape, dtype=dtype)


class TorchBackend(Backend):
    """torch: gradients flow through every differentiable operation; CPU or `device="cuda"`."""

    name = "torch"
    has_threads = False
    has_out = looks_first = False  # a look would stop torch.compile, too

    def _namespace(self) -> Any:
        return needed("array_api_compat.torch", "the torch backend", "torch")

    def _arithmetic(self) -> tuple[Callable[..., Array], Callable[..., Array]]:
        import torch  # whose own take `out=`, and less time

        self._torch = torch
        return torch.mul, torch.add

    def __init__(self, dtype: str, device: str | None = None) -> None:
        self.xp, self.device = self._namespace(), device
        try:
            self.on_host = self.empty((0,), getattr(self.xp, dtype)).device.type == "cpu"
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise VsaError(f"torch has no device {device!r} here: {reason[:120]}") from error
        if not self.on_host:
            self.block_bytes = ON_A_DEVICE
        super().__init__(dtype, device)

    def asarray(self, array: Any, dtype: Any = None) -> Array:
        if hasattr(array, "requires_grad"):  # a tensor: torch.asarray would cut its gradient off
            return array.to(dtype=dtype, device=self.device)
        if isinstance(array, np.ndarray) and not array.flags.writeable:
            array = array.copy()  # torch warns about read-only memory
        return self.xp.asarray(array, dtype=dtype, device=self.device)

    def lasting(self, array: np.ndarray[Any, Any], dtype: Any = None) -> Array:
        with self._torch.inference_mode(False):  # made in it, it could have no part in a gradient
            return self.asarray(array, dtype)

    def numpy(self, array: Array) -> np.ndarray[Any, Any]:
        if isinstance(array, np.ndarray):
            return array
        # learnt, elsewhere, or a view that is conjugate or negative: one call asks for all of that
        found: np.ndarray[Any, Any] = array.numpy(force=True)
        return found

    def detach(self, array: Array) -> Array:
        return array.detach()

    def shared(self, arrays: Sequence[Array]) -> list[np.ndarray[Any, Any]] | None:
        torch = self._torch  # which may know a tangent, or trace: NumPy would know of neither
        forward = getattr(torch.autograd.forward_ad, "_current_level", 0) >= 0
        if forward or torch.compiler.is_compiling() or torch.jit.is_tracing() or not self.on_host:
            return None
        try:
            return [array.numpy() for array in arrays]
        except (RuntimeError, TypeError):  # learnt, wrapped by functorch, or conjugate
            return None

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Array:
        return self.xp.empty(shape, dtype=dtype, device=self.device)

    def take(self, a: Array, index: Array) -> Array:
        return self._torch.index_select(a, -1, index)

    def vecdot(self, x: Array, y: Array) -> Array:
        if x.ndim == 1 or y.ndim == 1:
            return x @ y if y.ndim == 1 else y @ x
        return self._torch.linalg.vecdot(x, y)

    def as_real(self, z: Array) -> Array:
        return self.xp.view_as_real(z.resolve_conj()).flatten(-2)

    def as_complex(self, r: Array) -> Array:
        return self.xp.view_as_complex(r.unflatten(-1, (-1, 2)).contiguous())

    def rfft(self, a: Array, n: int) -> Array:
        if 0 in a.shape:  # of which MKL knows no transform
            return self.empty((*a.shape[:-1], n // 2 + 1), self.complex)
        return super().rfft(a, n)

    def irfft(self, z: Array, n: int) -> Array:
        return self.empty((*z.shape[:-1], n), self.real) if 0 in z.shape else super().irfft(z, n)

    def topk(self, scores: Array, k: int) -> tuple[Array, Array]:
        values, index = self.xp.topk(scores, min(k, scores.shape[-1]), dim=-1)
        return values, index

    def item(self, value: Array) -> Any:
        return float(value) if value.ndim == 0 and not value.requires_grad else value


BACKENDS: dict[str, type[Backend]] = {
    "numpy": Backend, "cupy": CupyBackend, "torch": TorchBackend,
}  # fmt: skip


def make_backend(name: str, dtype: Any) -> Backend:
    """The backend called `name`, or `torch:cuda` for torch on a device."""
    if not isinstance(name, str):
        raise refused("backend", f"one of {', '.join(BACKENDS)}", name)
    kind, _, device = name.partition(":")
    checked_choice("backend", kind, BACKENDS)
    return BACKENDS[kind](_precision(dtype), device or None)


def _precision(dtype: Any) -> str:
    """float32 or float64, given by name or as NumPy or torch have them."""
    if dtype is not None:  # which NumPy takes for float64
        try:
            dtype = np.dtype(dtype).name
        except TypeError:
            dtype = str(dtype).removeprefix("torch.")
    return checked_choice("dtype", dtype, ("float32", "float64"))
