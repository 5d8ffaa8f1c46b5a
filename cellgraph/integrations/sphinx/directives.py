"""Directives that print: one for each command with a report, and numbered equations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.patches import MathDirective
from sphinx.util.docutils import SphinxDirective

from cellgraph.cli import COMMANDS
from cellgraph.graph import Cell, Equation
from cellgraph.integrations.running import PRINTING, report_of
from cellgraph.integrations.sphinx.arguments import (
    CAPTIONED,
    equations_of,
    language,
    located,
    options_of,
    reading,
    words_of,
)
from cellgraph.integrations.sphinx.content import formula, report_nodes
from cellgraph.report import Formulas, Line
from cellgraph.transforms.resolve import load
from cellgraph.views import text
from cellgraph.views.latex import aligned
from cellgraph.views.notation import latex_equation, text_equation

LISTED = ("list", "schema")
"""Commands that print about no cell in particular."""


class ReportDirective(SphinxDirective):
    """What a command prints about the cells in its argument, as nodes of the document."""

    command: ClassVar[str]
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """The nodes of the report. A command that refuses becomes an error at this place."""
        lang = language(self)
        with reading(self) as specs:
            report = report_of(words_of(self.command, self), lang, specs)
        return _named(self, report_nodes(report, lang))


def report_directives() -> dict[str, type[ReportDirective]]:
    """A directive for every command that has a report, by name."""
    return {f"cell-{name}": _directive(name) for name in PRINTING if name in COMMANDS and name not in LISTED}


def _directive(command: str) -> type[ReportDirective]:
    own = {"command": command, "option_spec": {**options_of(command), **CAPTIONED}}
    return type(f"Cell{command.title()}", (ReportDirective,), own)


def _named(directive: SphinxDirective, found: list[nodes.Node]) -> list[nodes.Node]:
    """The nodes with the name, caption and classes of the directive: on its table, or on a box around everything."""
    tables = [node for node in found if isinstance(node, nodes.table)]
    elements = [node for node in found if isinstance(node, nodes.Element)]
    for element in elements:
        directive.set_source_info(element)
    if "caption" in directive.options and tables:
        words, messages = directive.parse_inline(directive.options["caption"])
        if isinstance(tables[0][0], nodes.title):
            tables[0].pop(0)
        tables[0].insert(0, nodes.title(directive.options["caption"], "", *words, *messages))
    if tables:
        tables[0]["classes"] += directive.options.get("class", [])
        directive.add_name(tables[0])
        return found
    box = nodes.container("", *found, classes=["cellgraph", *directive.options.get("class", [])])
    directive.add_name(box)
    return [box]


class EquationsDirective(MathDirective):
    """The equations of a cell's step, numbered and referable where a label is given."""

    required_arguments = 1
    optional_arguments = 0
    has_content = False
    option_spec: ClassVar[Any] = {
        "label": directives.unchanged_required,
        "each": directives.flag,
        "only": directives.unchanged_required,
        "class": directives.class_option,
        "name": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """One block of mathematics, or one for each equation, labelled <label>-<quantity>."""
        with reading(self) as specs:
            specs.append(located(self.arguments[0].strip(), self.env))
            cell = load(specs[0])
            wanted = self.options.get("only", "").replace(",", " ").split()
            chosen = equations_of(cell, wanted) if wanted else cell.step.equations
        return [node for block in self._blocks(cell, chosen) for node in self._numbered(block)]

    def _blocks(self, cell: Cell, chosen: tuple[Equation, ...]) -> Iterator[nodes.math_block]:
        label, docname = self.options.get("label"), self.env.current_document.docname
        if "each" in self.options:
            for equation in chosen:
                own = f"{label}-{equation.lhs}" if label else None
                shown = text_equation(equation, cell.step)
                yield formula(latex_equation(equation, cell.step), f"  {shown}", own, docname)
            return
        lines = Formulas(tuple(Line(e.lhs, e.rhs) for e in chosen), cell.step)
        yield formula(aligned(lines, "en"), text.formulas(lines, "en"), label, docname)

    def _numbered(self, node: nodes.math_block) -> list[nodes.Node]:
        node["classes"] += self.options.get("class", [])
        self.set_source_info(node)
        found: list[nodes.Node] = [node]
        self.add_target(found)
        return found
