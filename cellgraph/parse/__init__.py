"""Reads equations and sizes: text to heads of the operation table, and to sizes. Nothing is ever evaluated.

SymPy's own readers (sympify, parse_expr) run what they read, so spec text never reaches them. Text is cut into tokens
and limited (`tokens`), Python's `ast` finds its structure (`reading`), and only what the tables in `equation` and
`reading` list becomes a head or a size.
"""

from cellgraph.parse.equation import NameUse, Statement, statement
from cellgraph.parse.reading import size
from cellgraph.parse.tokens import CodeLine, statements

__all__ = ["CodeLine", "Statement", "NameUse", "size", "statement", "statements"]
