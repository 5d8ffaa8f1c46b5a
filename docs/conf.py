"""The documentation of cellgraph, made with its own Sphinx extension: `sphinx-build -W docs docs/_build`."""

from __future__ import annotations

from typing import Any

import click
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from cellgraph.cli import COMMANDS, commands

project = "cellgraph"
author = "The cellgraph authors"
extensions = ["cellgraph.integrations.sphinx", "myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = "cellgraph"
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
numfig = True
# In docstrings a word between single backticks is code.
default_role = "literal"
smartquotes = False
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
autodoc_default_options = {"exclude-members": "__init__, __new__"}
# Types of other libraries are named and not linked: their documentation is not at hand here.
nitpick_ignore_regex = [("py:.*", r".*")]
man_pages = [("commands", "cellgraph", "recurrent cells, derived from their equations", author, 1)]


class Commands(SphinxDirective):
    """A section for every command: its help as click prints it."""

    def run(self) -> list[nodes.Node]:
        """The sections, in the order of `cellgraph --help`."""
        return [self._section(name) for name in COMMANDS]

    def _section(self, name: str) -> nodes.section:
        top = click.Context(commands, info_name="cellgraph", terminal_width=88, **commands.context_settings)
        command = commands.get_command(top, name)
        assert command is not None
        shown = command.get_help(click.Context(command, info_name=name, parent=top, terminal_width=88))
        section = nodes.section("", nodes.title("", "", nodes.Text(name)), ids=[f"command-{name}"], names=[name])
        section += nodes.literal_block("", shown, language="none")
        return section


def setup(app: Any) -> None:
    """The directive that only these pages need."""
    app.add_directive("cellgraph-commands", Commands)
