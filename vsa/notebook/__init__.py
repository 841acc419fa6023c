"""The language in IPython and Jupyter: `%load_ext vsa` makes `%vsa` and `%%vsa` known."""

from vsa.notebook.magics import load as load
from vsa.notebook.magics import unload as unload
