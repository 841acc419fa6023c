from typing import Any

def sum_of_products(
    out: Any, terms: tuple[Any, ...], pairs: int, weights: Any = None, /
) -> bool: ...
def within(
    planes: tuple[Any, ...], queries: tuple[Any, ...], farthest: Any, out: Any, /
) -> int | None: ...
