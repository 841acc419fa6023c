"""What vectors, memories and answers look like, as pictures: maps, spectra, curves, reliability.

>>> from vsa import Space
>>> from vsa.views import similarity_map
>>> space = Space(dim=256)
>>> words = ["mark", "fish"]
>>> print(similarity_map(space.batch(words), rows=words))
         mark     fish
mark   1.00 █  -0.05
fish  -0.05     1.00 █
"""

from vsa.views.capacity import capacity_curve
from vsa.views.likeness import memory_map, similarity_map
from vsa.views.reliability import interval, reliability
from vsa.views.spectrum import spectrum

__all__ = [
    "capacity_curve",
    "interval",
    "memory_map",
    "reliability",
    "similarity_map",
    "spectrum",
]
