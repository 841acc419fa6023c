"""Pictures: plain descriptions of them, and the two rooms that draw one, a file's and a terminal's.

    >>> from vsa.pictures import Bars
    >>> print(Bars([("mark", 0.9), ("nothing", 0.1)]))
    mark      0.90  ████████████████████████████████████████
    nothing   0.10  ████▌

A class whose values have a picture gives one of these by `vsa_picture`.
"""

from vsa.pictures.kinds import Bars, Curves, HeatMap, Node, Picture, Points, Series, Tree

__all__ = ["Bars", "Curves", "HeatMap", "Node", "Picture", "Points", "Series", "Tree"]
