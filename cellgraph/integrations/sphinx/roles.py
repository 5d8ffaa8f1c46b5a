"""Roles: one number, formula or equation of a cell within a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import click
from docutils import nodes
from sphinx.util.docutils import SphinxRole

from cellgraph.cli.options import SizeType
from cellgraph.derive.counts.params import params
from cellgraph.errors import CellgraphError
from cellgraph.graph import Cell
from cellgraph.graph.notation import size_latex
from cellgraph.integrations.sphinx.arguments import equations_of, located, note
from cellgraph.integrations.sphinx.content import inline_formula
from cellgraph.transforms.resolve import load
from cellgraph.views import notation


class FactRole(SphinxRole):
    """A fact about the cell that the text names first; what follows says which."""

    def __init__(self, fact: Callable[[Cell, list[str]], nodes.Node]) -> None:
        super().__init__()
        self.fact = fact

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The node of the fact, or an error at this line."""
        name, *words = self.text.split() or [""]
        try:
            path = located(name, self.env)
            note([path], self.env)
            return [self.fact(load(path), words)], []
        except CellgraphError as error:
            told = self.inliner.reporter.error(f"{self.name}: {error}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, told)], [told]


def _params(cell: Cell, words: list[str]) -> nodes.Node:
    """How many parameters: as a formula, or as a number where sizes are given (lstm m=128 n=256)."""
    try:
        sizes = dict(SizeType().convert(word, None, None) for word in words)
        table = params(cell, None, 1, False, **sizes)
    except click.BadParameter as error:
        raise CellgraphError(error.message) from None
    except (KeyError, ValueError) as error:
        raise CellgraphError(str(error.args[0])) from None
    if sizes and table.total is None:
        needed = {str(symbol) for symbol in table.formula.free_symbols}
        missing = [dim for dim in cell.dims if dim in needed and dim not in sizes]
        raise CellgraphError(f"the number of {cell.name} needs {', '.join(missing)} as well")
    if table.total is not None:
        return nodes.Text(f"{table.total:,}")
    return inline_formula(size_latex(table.formula), str(table.formula))


def _equation(cell: Cell, words: list[str]) -> nodes.Node:
    """The equation of one quantity: lstm c."""
    [equation] = equations_of(cell, [" ".join(words)])
    return inline_formula(notation.latex_equation(equation, cell.step), notation.text_equation(equation, cell.step))


ROLES: Mapping[str, FactRole] = MappingProxyType(
    {"cell-params": FactRole(_params), "cell-equation": FactRole(_equation)}
)
