"""Several machines: a memory in shards on Dask's workers, and batch encoding to files.

Dask, Zarr and pyarrow are loaded by what needs them; docs/cluster.md tells what goes over the wire.
"""

from vsa.cluster.encoded import Encoded
from vsa.cluster.encoders import Frames, Sequences
from vsa.cluster.encoding import encode
from vsa.cluster.memory import ClusterMemory
from vsa.cluster.rows import Rows

__all__ = ["ClusterMemory", "Encoded", "Frames", "Rows", "Sequences", "encode"]
