"""Numbers and places as vectors: near ones are alike, and a decoder reads them back.

`Power` is for algebras with fractional powers; `Level`, `Thermometer` and `Circular` are for all.
`Place` binds a number along each axis. Each states its kernel, the expected similarity at a distance,
takes its range from data by `fit`, and decodes: a number, how exact it is, and how sure.
"""

from vsa.numbers.estimate import Estimate
from vsa.numbers.level import Circular, Level, Thermometer
from vsa.numbers.place import Place
from vsa.numbers.power import Power
from vsa.pictures.shades import heat_map

__all__ = ["Circular", "Estimate", "Level", "Place", "Power", "Thermometer", "heat_map"]
