"""MAP-B, an algebra unlike HRR in every respect: it shows that nothing outside hrr.py assumes HRR.

Bipolar vectors, bound by the elementwise product, superposed by majority (Gayler 1998). Binding is
its own inverse, sums are wider than vectors, and there are no fractional powers and no spectrum.
"""

import hashlib

import numpy as np

from vsa.algebra.base import Algebra
from vsa.errors import VsaError
from vsa.theory.noise import majority

ROLLS = (1, 3, 7, 19, 31)  # where a tie looks for a majority


class MAPB(Algebra):
    name = "map-b"
    laws = frozenset({
        "commutative", "associative", "distributive", "unbinding", "left-unbinding", "adjoint",
        "identity", "involution", "inverse", "isometry", "powers", "self-inverse", "equivariant",
    })  # fmt: skip
    period = 2
    shares = majority()

    def draw(self, keys, kind):
        size = -(-self.dim // 8)
        stream = b"".join(hashlib.shake_256(key).digest(size) for key in keys)
        bits = np.unpackbits(np.frombuffer(stream, np.uint8)).reshape(len(keys), 8 * size)
        return 1 - 2 * bits[:, : self.dim].astype(np.float32)

    def identity(self):
        return self.backend.xp.ones(self.dim, dtype=self.row.dtype, device=self.backend.device)

    def bind(self, a, b, out=None):
        return self.backend.multiply(a, b, out=out)

    def bind_sum(self, total, b):
        return total * b

    def unbind_sum(self, total, b):
        return total * b

    def involution(self, a):
        return a

    def power(self, a, exponent):
        n = np.asarray(exponent)
        if not np.all(n == np.floor(n)):
            raise VsaError("this algebra has whole powers only")
        odd = self.backend.asarray((n % 2)[..., None].astype(self.backend.dtype))
        return a * odd + a * a * (1 - odd)

    def unitary(self, a):
        return self._majority(a)

    def finish(self, total):
        return self._majority(total)

    def _majority(self, total):
        xp = self.backend.xp
        sign = xp.sign(total)
        for shift in ROLLS:
            sign = xp.where(sign == 0, xp.sign(xp.roll(total, shift, axis=-1)), sign)
        return xp.where(sign == 0, xp.ones_like(sign), sign)

    def dot(self, a, b):
        return self.backend.xp.sum(a * b, axis=-1) / self.dim

    def pack(self, a):
        return a * self.dim**-0.5

    def unpack(self, packed):
        return self.unitary(packed)
