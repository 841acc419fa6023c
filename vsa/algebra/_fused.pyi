from typing import Any

def sum_of_products(
    out: Any, terms: tuple[Any, ...], pairs: int, weights: Any = None, /
) -> bool: ...
