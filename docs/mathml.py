"""Formulas as MathML, which browsers draw by themselves: no script, no font from elsewhere.

Sphinx has MathJax in its place, which it fetches from the network. docutils, on which Sphinx
stands, has a converter from LaTeX.
"""

from __future__ import annotations

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

#: Browsers put spaces around a slash, as around a minus: df / dx. In df/dx there are none.
SLASH = ('<mo stretchy="false">/</mo>', '<mo stretchy="false" lspace="0" rspace="0">/</mo>')


def converted(node: nodes.math | nodes.math_block, as_block: bool) -> str:
    """The MathML of a formula; one that cannot be converted is a warning, and shown as it is."""
    text = node.astext()
    try:
        return str(tex2mathml(text, as_block=as_block)).replace(*SLASH)
    except MathError as error:
        logger.warning("the formula %r: %s", text, error, location=node)
        return f"<code>{nodes.Text(text)}</code>"


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """A formula in a line of text."""
    translator.body.append(converted(node, as_block=False))
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on a line of its own."""
    translator.body.append(f'<div class="formula">{converted(node, as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
