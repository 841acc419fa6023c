"""Sign sketches of a table's rows: the compressed scan, and the theory of what it may miss."""

from vsa.sketch.bits import Sketch
from vsa.sketch.kernels import joined
from vsa.sketch.shortlist import Columns, Shortlist, pays

__all__ = ["Columns", "Shortlist", "Sketch", "joined", "pays"]
