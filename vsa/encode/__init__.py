"""Records and texts encoded to files, in bounded memory, by one process or on Dask's workers."""

from vsa.encode.columns import Rows
from vsa.encode.encoded import Encoded
from vsa.encode.encoders import Frames, Sequences
from vsa.encode.encoding import encode
from vsa.encode.source import open_source

__all__ = ["Encoded", "Frames", "Rows", "Sequences", "encode", "open_source"]
