"""The documentation's site: `python -m sphinx -W --keep-going docs site`.

It wants the extras docs, torch, learn and cluster, to read what there is to call.
"""

import sys
from importlib import import_module
from pathlib import Path

from pygments.lexers import PythonLexer

import vsa
from vsa.lang.pygments import VsaLexer

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
written = import_module("written")


project = "vsa"
author = "the authors of vsa"
release = version = vsa.__version__
extensions = [
    "myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx_copybutton", "sphinx_design",
]  # fmt: skip
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
autodoc_typehints = "signature"
autodoc_inherit_docstrings = False  # torch says of `forward` what does not hold here
autodoc_member_order = "bysource"
autodoc_mock_imports = ["cupy"]
default_role = "code"
copybutton_prompt_text = r"^> |^\. |^>>> |^\.\.\. |^\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

html_theme = "pydata_sphinx_theme"
html_title = "vsa"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
project_copyright = "MIT licence"


def setup(app):
    """Pages that are read off the program are written first, and docstrings read as they are meant."""
    app.connect("builder-inited", lambda app: written.write(HERE / "reference" / "written"))
    app.add_lexer("vsa_torch", VsaLexer)  # what runs where torch is
    app.add_lexer("python_torch", PythonLexer)
    app.connect("autodoc-process-docstring", written.docstring)
