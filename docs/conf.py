"""The documentation of cellgraph, made with its own Sphinx extension: `sphinx-build -W docs docs/_build`."""

from __future__ import annotations

from typing import Any

import click
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from cellgraph.cli import COMMANDS, commands
from cellgraph.ops import FUNCTIONS, OPERATORS

project = "cellgraph"
author = "The cellgraph authors"
extensions = ["cellgraph.integrations.sphinx", "myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = "cellgraph"
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
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


class Operations(SphinxDirective):
    """The operation table: how a spec writes each operation, and how that prints."""

    def run(self) -> list[nodes.Node]:
        """A row for each operator and function."""
        head = nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in ("in a spec", "prints as")))
        body = [nodes.row("", nodes.entry("", nodes.paragraph("", "", nodes.literal("", source))),
                          nodes.entry("", nodes.paragraph("", shown))) for source, shown in _operations()]  # fmt: skip
        columns = [nodes.colspec("", colwidth=1) for _ in range(2)]
        group = nodes.tgroup("", *columns, nodes.thead("", head), nodes.tbody("", *body), cols=2)
        return [nodes.table("", group, classes=["colwidths-auto"])]


def _operations() -> list[tuple[str, str]]:
    signs = [(f"x {sign} y", _shown(head.op.notation.text, head.op.notation.joins)) for sign, head in OPERATORS.items()]
    # An exponent is a number, and prints as one.
    signs = [("x ** 2", "x²") if sign == "**" else shown for sign, shown in zip(OPERATORS, signs, strict=True)]
    functions = [head.op.notation for head in FUNCTIONS.values()]
    return signs + [(_shown(written.source, False), _shown(written.text, False)) for written in functions]


def _shown(template: str, joins: bool) -> str:
    if joins:
        return f"x{template}y"
    names = template.replace("{*}", "x, y, …")
    for place, name in enumerate(("x", "y", "z", "w")):
        names = names.replace(f"{{{place}}}", name)
    return names.replace("{{", "{").replace("}}", "}")


def setup(app: Any) -> None:
    """The two directives that only these pages need."""
    app.add_directive("cellgraph-commands", Commands)
    app.add_directive("cellgraph-operations", Operations)
