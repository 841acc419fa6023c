"""Pictures: plain descriptions of them, and what draws one: in a file, in a terminal, on a page.

    >>> from vsa.pictures import Bars
    >>> print(Bars([("mark", 0.9), ("nothing", 0.1)]))
    mark      0.90  ████████████████████████████████████████
    nothing   0.10  ████▌

A class whose values have a picture gives one of these by `vsa_picture`; with `Drawable` as its base they
are shown so in notebooks.
"""

from vsa.pictures.kinds import Bars, Curves, Drawable, HeatMap, Panels, Picture, Points, Series
from vsa.pictures.trees import Box, Diagram, Node, Tree

__all__ = [
    "Bars", "Box", "Curves", "Diagram", "Drawable", "HeatMap", "Node", "Panels", "Picture", "Points",
    "Series", "Tree",
]  # fmt: skip
