"""Codes: people as vectors, facts as matrices, and the noise of both; no family is needed for them.

`sparse.py` has the sets that are found, `noise.py` the theory, `delta.py` the correction of small
codes, `codes.py` the codes; `holographic.py` is another way, with one vector for each relation.
"""

from vsa_plugins.kinship.codes.codes import Codes
from vsa_plugins.kinship.codes.noise import block_dims, expected_errors, loads, needed_dim
from vsa_plugins.kinship.codes.sparse import Array, Rows

__all__ = [
    "Array", "Codes", "Rows", "block_dims", "expected_errors", "loads", "needed_dim",
]  # fmt: skip
