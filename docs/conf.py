"""How the guide is built: Sphinx, pages in Markdown, nothing fetched from anywhere."""

import os
import sys
from pathlib import Path

# The engine's plain form has the signatures that the compiled one lacks.
os.environ["CHALKGRAD_PURE"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

from docs.sources import SCHEME, URL

project = "chalkgrad"
author = "the chalkgrad authors"
html_title = "chalkgrad"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "docs.docstrings",
    "docs.mathml",
    "docs.operations",
    "docs.sources",
]
exclude_patterns = ["pictures"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_url_schemes = {"http": None, "https": None, "mailto": None, SCHEME: URL}

# A docstring's `data` may be any of several: that is no broken link.
suppress_warnings = ["ref.python"]

default_role = "py:obj"  # `Value` in a docstring links to Value
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["look"]
html_css_files = ["chalkgrad.css"]
html_show_sphinx = False
html_copy_source = False
html_show_copyright = False
html_domain_indices = False
