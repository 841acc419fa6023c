"""Soft cleanup: values recalled by keys, each weighted by how near its key is to the query.

    weights = softmax(θ cos(query, key)),    result = Σ weightᵢ valueᵢ

One mechanism with several uses. Late activations of a network as keys and labels as values make a
cache memory (Grave, Joulin and Usunier 2017; Orhan 2018). Items that are keys and values at once
make a soft cleanup, `vsa.nn.Cleanup` as a layer. Iterated it is the modern Hopfield network
(Ramsauer et al. 2020). Beside it stands Kanerva's sparse distributed memory, `SparseMemory`, in which
a value is added to all hard locations near its key.

Queries go by in blocks, and under them keys in blocks whose sums are kept relative to the largest
exponent so far: queries × keys numbers never exist at once. Arrays of NumPy, CuPy and torch (with
gradients) are taken as they come, and so are Vectors and Memories.
"""

from vsa.soft.cache import Cache
from vsa.soft.iterated import Settled, energy, hopfield
from vsa.soft.rows import unit
from vsa.soft.sparse_memory import SparseMemory
from vsa.soft.weighted import recall, weights
from vsa.theory.sparse_memory import critical_distance, next_distance, shared_locations

__all__ = [
    "Cache", "Settled", "SparseMemory", "critical_distance", "energy", "hopfield", "next_distance",
    "recall", "shared_locations", "unit", "weights",
]  # fmt: skip
