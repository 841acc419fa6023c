"""MAP-B, an algebra unlike HRR in every respect: it shows that nothing outside hrr.py assumes HRR.

Bipolar vectors, bound by the elementwise product, superposed by majority (Gayler 1998). Binding is
its own inverse, sums are wider than vectors, and there are no fractional powers and no spectrum.
"""

import hashlib

import numpy as np

from vsa.algebra.base import Algebra
from vsa.errors import VsaError


class MAPB(Algebra):
    name = "mapb"
    laws = frozenset({"commutative", "associative", "unbinding", "self-inverse"})
    accumulates = True

    def draw(self, keys, kind):
        size = -(-self.dim // 8)
        stream = b"".join(hashlib.shake_256(key).digest(size) for key in keys)
        bits = np.unpackbits(np.frombuffer(stream, np.uint8)).reshape(len(keys), 8 * size)
        return 1 - 2 * bits[:, : self.dim].astype(np.float32)

    def identity(self):
        return self.backend.xp.ones(self.dim, dtype=self.dtype, device=self.backend.device)

    def bind(self, a, b, out=None):
        return self.backend.multiply(a, b, out=out)

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

    def permute(self, a, times):
        return self.backend.xp.roll(a, times, axis=-1)

    def accumulate(self, a):
        return self.backend.xp.sign(a)  # what comes out of memory is ±1 up to rounding

    def finish(self, total):
        nothing = self.backend.xp.any(total != 0, axis=-1)[..., None]
        return self._majority(total) * self.backend.xp.astype(nothing, self.dtype)

    def _majority(self, total):
        ties = self.backend.asarray(self.draw([b"ties"], "unitary")[0], dtype=self.dtype)
        sign = self.backend.xp.sign(total)
        return sign + ties * (1 - sign * sign)

    def dot(self, a, b):
        return self.backend.xp.sum(a * b, axis=-1) / self.dim

    def pack(self, a):
        return a * self.dim**-0.5

    def unpack(self, packed):
        return packed * self.dim**0.5
