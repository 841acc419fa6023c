"""What single calls cost, powers in batches, and what torch adds to one call.

similarity: `a.similarity(b)` of one pair.  NumPy: three dot products of the packed coordinates, real
ones with the same angles.  torchhd: cosine_similarity, in hrr of the real components.  nengo-spa:
SemanticPointer.compare (float64, it has no other).

`b ** n` of a batch, and `base ** x` of one vector and a batch of exponents.  NumPy: on the same
spectra or phasors, without a look for zeros and overflow: its power, products by squaring, or the
exponential of phases times exponents; in single precision, where ours keeps double until the end.
torchhd: it has no power of its tensors, and in hrr its multibind loses imaginary parts: bind, by
squaring; of a base its embedding FractionalPower with the phases of ours.  nengo-spa: its algebra's
binding_power in a loop, float32.

torch: single calls with a space on torch, without gradients; on numpy: the same call with a space on
NumPy. A call costs torch more than what it computes, and 5 times NumPy's time is the most it may.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from vsa_plugins.frame import frame
from vsa_plugins.stack import top

import vsa
from benchmarks.cleanup import queries
from benchmarks.frames import SLOTS
from benchmarks.harness import OURS, Candidate, Row
from benchmarks.machine import Work
from benchmarks.peers import peer, pointer, real, tensor
from benchmarks.stacks import DEPTH, pushed

HOST = "on numpy"
PEERS = ("numpy", "torchhd", "nengo-spa", HOST)
TENSORS = {"hrr": ("HRRTensor", "float32"), "fhrr": ("FHRRTensor", "complex64")}
POWERS = (3, 17)
LARGEST = 8.0  # of the exponents; NumPy's phases, in single precision, lose more with larger ones
MOST = 5  # times NumPy's time

Array = np.ndarray[Any, Any]


def rows(quick: bool = False) -> Iterator[Row]:
    dim, many, items = (256, 20, 50) if quick else (1024, 1000, 100)
    spaces = [vsa.Space(dim=dim, algebra=name) for name in TENSORS]
    for space in spaces:
        yield _similarity(space.random(), space.random())
    for space in spaces:
        vectors = space.random(many)
        for n in POWERS:
            yield _whole(vectors, n)
        yield _real(space.base("x"), np.random.default_rng(0).uniform(-LARGEST, LARGEST, many))
    yield from _on_torch(dim, items)


# --- one pair ------------------------------------------------------------------------------------


def _similarity(a: vsa.Vector, b: vsa.Vector) -> Row:
    space = a.space
    x, y = (space.algebra.pack(v.data) for v in (a, b))

    def bare() -> float:
        return float(x.dot(y)) / math.sqrt(float(x.dot(x)) * float(y.dot(y)))

    candidates = [
        Candidate(OURS, lambda: a.similarity(b), float),
        Candidate("numpy", bare, float),
    ]
    if peer("torchhd"):
        p, q = _tensor(a), _tensor(b)
        candidates.append(Candidate("torchhd", lambda: p.cosine_similarity(q), float))
    if peer("nengo_spa") and space.algebra.name == "hrr":
        one, other = pointer(a), pointer(b)
        candidates.append(Candidate("nengo-spa", lambda: one.compare(other), float))
    return Row(f"{space.algebra.name}: a.similarity(b), 1 pair", candidates)


# --- powers --------------------------------------------------------------------------------------


def _whole(vectors: vsa.Vector, n: int) -> Row:
    x, space = vectors.data, vectors.space
    shown = _shown(space)
    candidates = [
        Candidate(OURS, lambda: vectors**n, real),
        Candidate("numpy", lambda: x**n, shown, "power"),
        Candidate("numpy", lambda: squared(x, n, np.multiply), shown, "products"),
    ]
    if torchhd := peer("torchhd"):
        t = _tensor(vectors)
        candidates.append(Candidate("torchhd", lambda: squared(t, n, torchhd.bind), real))
    candidates += _nengo(vectors, [n] * len(vectors))
    label = f"{space.algebra.name}: b ** {n}, {len(vectors):,}"
    return Row(label, candidates, work=Work(read=x.nbytes, written=x.nbytes))


def squared(x: Any, n: int, product: Callable[[Any, Any], Any]) -> Any:
    """The power by products alone, as few as squaring takes."""
    result = None
    while True:
        if n & 1:
            result = x if result is None else product(result, x)
        n >>= 1
        if not n:
            return result
        x = product(x, x)


def _real(base: vsa.Vector, exponents: Array) -> Row:
    z, space = base.data, base.space
    e = exponents.astype(np.float32)[:, None]
    shown = _shown(space)

    def parts() -> Array:
        angle = np.angle(z) * e
        out = np.empty(angle.shape, z.dtype)
        np.cos(angle, out=out.real)
        np.sin(angle, out=out.imag)
        return out

    candidates = [
        Candidate(OURS, lambda: base**exponents, real),
        Candidate("numpy", lambda: z**e, shown, "power"),
        Candidate("numpy", lambda: np.exp(1j * (np.angle(z) * e)), shown, "exp"),
        Candidate("numpy", parts, shown, "cos and sin"),
    ]
    if peer("torchhd"):
        embed, asked = _embedding(base), peer("torch").from_numpy(e)
        candidates.append(Candidate("torchhd", lambda: embed(asked), real))
    candidates += _nengo(base, exponents.tolist())
    label = f"{space.algebra.name}: base ** x, {len(e):,} exponents"
    written = len(e) * z.nbytes
    return Row(label, candidates, work=Work(read=z.nbytes + exponents.nbytes, written=written))


def _embedding(base: vsa.Vector) -> Any:
    """torchhd's FractionalPower of our base: it keeps phases, in hrr of the whole spectrum."""
    space = base.space
    phases = np.angle(base.data)
    if space.algebra.name == "hrr":
        mirrored = -phases[1 : (space.dim + 1) // 2][::-1]
        phases = np.fft.fftshift(np.concatenate([phases, mirrored]))  # frequency 0 in the middle
    made = peer("torchhd").embeddings.FractionalPower(
        1, space.dim, vsa=space.algebra.name.upper()
    )  # fmt: skip
    made.weight.data.copy_(peer("torch").from_numpy(phases)[:, None])
    return made


def _nengo(values: vsa.Vector, exponents: list[Any]) -> Iterator[Candidate]:
    """Vector by vector, or of one vector exponent by exponent."""
    if not peer("nengo_spa") or values.space.algebra.name != "hrr":
        return
    power = peer("nengo_spa").algebras.HrrAlgebra().binding_power
    x = np.broadcast_to(values.numpy(), (len(exponents), values.dim))
    out = np.empty_like(x)

    def loop() -> Array:
        for i, exponent in enumerate(exponents):
            out[i] = power(x[i], exponent)
        return out

    yield Candidate("nengo-spa", loop, real)


def _tensor(vectors: vsa.Vector) -> Any:
    return tensor(vectors.numpy(), *TENSORS[vectors.space.algebra.name])


def _shown(space: vsa.Space) -> Callable[[Array], Array]:
    """The components of rows that NumPy computed."""
    return lambda rows: vsa.Vector(space, rows).numpy()


# --- torch ---------------------------------------------------------------------------------------

Call = tuple[Callable[[], Any], Callable[[Any], Any]]


def _on_torch(dim: int, items: int) -> Iterator[Row]:
    if not peer("torch"):
        return
    ours, host = (_calls(vsa.Space(dim=dim, backend=name), items) for name in ("torch", "numpy"))
    for label, call in ours.items():
        candidates = [Candidate(OURS, *call), Candidate(HOST, *host[label])]
        yield Row(f"torch: {label}", candidates, {HOST: 1 / MOST})


def _calls(space: vsa.Space, items: int) -> dict[str, Call]:
    """Single calls and what makes their answers comparable; a new space draws the same vectors."""
    a, b, head = space.random(), space.random(), space.atom("head")
    slots = {slot: space.random() for slot in SLOTS}
    vectors = space.random(items)
    memory = vsa.Memory(space)
    memory.add([str(i) for i in range(items)], vectors)
    stack, query = pushed([vectors[i] for i in range(DEPTH)]), queries(vectors, 1)[0]

    def found(answer: vsa.Answer) -> list[float]:
        return [int(answer.name or -1), answer.similarity, answer.probability]

    return {
        "a * b": (lambda: a * b, real),
        "a.similarity(b)": (lambda: a.similarity(b), float),
        f"1 frame of {len(SLOTS)}": (lambda: frame(head, **slots), real),
        f"1 stack, top among {items}": (lambda: top(stack, memory=memory), found),
        f"cleanup, 1 query of {items}": (lambda: memory.cleanup(query), found),
    }
