from typing import Any, overload

INTERFACE: int
WIDER: int  # whether the processor has what AVX-512 is used for

def sum_of_products(
    out: Any, terms: tuple[Any, ...], pairs: int, weights: Any = None, past: bool = False, /
) -> bool: ...
def within(
    planes: tuple[Any, ...], queries: tuple[Any, ...], farthest: Any, /
) -> tuple[bytearray, bytearray, bytearray] | None: ...
@overload
def ranked(
    planes: tuple[Any, ...], units: Any, cuts: tuple[Any, ...], stored: Any, most: int, /
) -> tuple[bytearray, bytearray, bytearray]: ...
@overload
def ranked(
    planes: tuple[Any, ...],
    units: Any,
    cuts: tuple[Any, ...],
    stored: Any,
    most: int,
    weights: tuple[Any, ...],
    level: float = 0.0,
    kept: Any = ...,
    /,
) -> Any: ...
def faint(
    planes: tuple[Any, ...],
    units: Any,
    stored: Any,
    level: float,
    sure: Any,
    reach: Any,
    grid: float,
    kept: int,
    weights: tuple[Any, ...],
    before: Any = ...,
    counted: int = 0,
    /,
) -> bytearray: ...
def whole_power(out: Any, a: Any, n: int, /) -> bool: ...
def real_powers(out: Any, turns: Any, exponents: Any, /) -> bool: ...
def cosine(a: Any, b: Any, weights: Any, /) -> float | None: ...
def shake256(keys: tuple[bytes, ...], out: Any, table: Any = ..., /) -> None: ...
def products(rows: Any, index: Any, vector: Any, out: Any, /) -> None: ...
def units(rows: Any, scale: Any, even: bool, out: Any, lengths: Any, /) -> None: ...
def scores(cosines: Any, weights: tuple[Any, ...], /) -> Any: ...
