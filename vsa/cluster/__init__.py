"""Several machines: a memory in shards on Dask's workers, and batch encoding to files.

Dask, Zarr and pyarrow are loaded by what needs them; docs/reference/cluster.md tells what goes over
the wire.
"""

from vsa.cluster.memory import ClusterMemory
from vsa.encode import Encoded, Frames, Rows, Sequences, encode

__all__ = ["ClusterMemory", "Encoded", "Frames", "Rows", "Sequences", "encode"]
