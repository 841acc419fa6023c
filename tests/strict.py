"""A backend for tests: `array-api-strict`, which has what the array API standard says and no more."""

import array_api_strict as xp
import numpy as np

from vsa.algebra.backend import Backend


class StrictBackend(Backend):
    """Vectors and sums; memories ask for more than the standard has."""

    name = "strict"
    has_out = on_host = looks_first = False

    def _namespace(self):
        return xp

    def _arithmetic(self):
        return (lambda a, b, out=None: a * b), (lambda a, b, out=None: a + b)

    def asarray(self, array, dtype=None):
        if isinstance(array, type(xp.zeros(0))):
            return array if dtype is None else xp.astype(array, dtype)
        return xp.asarray(np.asarray(array), dtype=dtype)

    def numpy(self, array):
        return np.asarray(array)

    def empty(self, shape, dtype):
        return xp.empty(shape, dtype=dtype)

    def as_real(self, z):
        parts = xp.stack([xp.real(z), xp.imag(z)], axis=-1)
        return xp.reshape(parts, (*z.shape[:-1], 2 * z.shape[-1]))

    def as_complex(self, r):
        pairs = xp.reshape(r, (*r.shape[:-1], r.shape[-1] // 2, 2))
        return xp.astype(pairs[..., 0], self.complex) + 1j * pairs[..., 1]
