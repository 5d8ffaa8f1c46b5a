"""How SymPy's printers write heads and factors: as text, tree (`srepr`), LaTeX and MathML, in our notation.

SymPy finds a printing rule by the name of a class. It has rules for an Add, a Mul, a Pow and a Derivative of its own,
and these never end for a node of that name that is not evaluated. So such a node prints itself.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sympy as sp

from cellgraph.display import WRITERS


class Printed(sp.Expr):
    """A node that every printer of SymPy for people can write.

    >>> import cellgraph as cg, sympy as sp
    >>> total = cg.load("rnn").step.equations[0].rhs
    >>> sp.latex(total), sp.pretty(total)
    ('\\\\tanh(W x + U h_{t-1} + b)', 'tanh(W x + U h[t−1] + b)')
    """

    __slots__ = ()
    precedence: ClassVar[int] = 0
    """To SymPy it binds less than anything, so that it stands in parentheses wherever SymPy puts it into its own."""

    def _sympystr(self, printer: Any) -> str:
        return f"{type(self).__name__}({', '.join(map(printer._print, self.args))})"

    def _sympyrepr(self, printer: Any) -> str:
        # Sizes among the arguments may hold SymPy's own Add and Mul, so these are told apart.
        return f"ops.{self._sympystr(printer)}"

    def _latex(self, printer: Any, **settings: Any) -> str:
        return str(WRITERS["latex"](self))

    def _pretty(self, printer: Any) -> Any:
        from sympy.printing.pretty.stringpict import prettyForm

        return prettyForm(WRITERS["text"](self), binding=prettyForm.OPEN)

    def _mathml_presentation(self, printer: Any) -> Any:
        from xml.dom.minidom import parseString

        row = printer.dom.createElement("mrow")
        for document in parseString(WRITERS["mathml"](self._latex(printer))).childNodes:
            for part in [*document.childNodes]:
                row.appendChild(part)
        return row

    def _mathml_content(self, printer: Any) -> Any:
        """The operation by its name, applied to its arguments."""
        applied, name = printer.dom.createElement("apply"), printer.dom.createElement("csymbol")
        name.appendChild(printer.dom.createTextNode(type(self).__name__))
        for part in (name, *map(printer._print, self.args)):
            applied.appendChild(part)
        return applied
