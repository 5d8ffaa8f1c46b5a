"""A Sphinx extension: diagrams, tables, equations and numbers of cells in reStructuredText and MyST.

Add "cellgraph.integrations.sphinx" to `extensions` in conf.py. Every command of cellgraph that prints becomes a
directive `cell-<command>` with the command's own options; `cell-diagram` draws; `cell-equations` gives numbered
equations; the roles `cell-params` and `cell-equation` put one number or formula into a sentence.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellgraph.integrations.sphinx import mathml
from cellgraph.integrations.sphinx.content import in_plain_text
from cellgraph.integrations.sphinx.diagram import VISITORS, DiagramDirective, diagram
from cellgraph.integrations.sphinx.directives import EquationsDirective, report_directives
from cellgraph.integrations.sphinx.roles import ROLES
from cellgraph.views.latex import MATHEMATICS

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

STYLES = "cellgraph.css"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything. Reading and writing may run in parallel."""
    app.add_config_value("cellgraph_lang", None, "env", str)
    # Only where it is asked for: Sphinx takes a second renderer for the one that is wanted.
    if app.config.html_math_renderer == "mathml":
        app.add_html_math_renderer("mathml", (mathml.inline, None), (mathml.block, None))
    app.add_node(diagram, **VISITORS)
    app.add_directive("cell-diagram", DiagramDirective)
    app.add_directive("cell-equations", EquationsDirective)
    for name, directive in report_directives().items():
        app.add_directive(name, directive)
    for name, role in ROLES.items():
        app.add_role(name, role)
    app.connect("config-inited", _configure)
    app.connect("doctree-resolved", in_plain_text)
    app.add_css_file(STYLES)
    parallel = {"parallel_read_safe": True, "parallel_write_safe": True}
    return {"version": version("cellgraph"), "env_version": 1, **parallel}


def _configure(app: Sphinx, config: Config) -> None:
    """The style sheet that shows one of two pictures by the theme of the page, and mathematics for pdfLaTeX."""
    config.html_static_path.append(str(Path(__file__).parent / "static"))
    if config.latex_engine == "pdflatex":
        # The other engines have these characters.
        lines = [
            rf"\DeclareUnicodeCharacter{{{ord(character):04X}}}{{\ensuremath{{{latex}}}}}"
            for character, latex in MATHEMATICS.items()
        ]
        config.latex_elements["preamble"] = "\n".join([config.latex_elements.get("preamble", ""), *lines])
