"""A person's tree: as text for the terminal (`text.py`), or as a picture (`picture.py`)."""

from vsa_plugins.kinship.drawing.picture import Pedigree, tree_svg
from vsa_plugins.kinship.drawing.text import tree_text

__all__ = ["Pedigree", "tree_svg", "tree_text"]
