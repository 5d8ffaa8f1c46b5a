"""Reads equations and sizes: text to heads of the operation table, and to sizes. Nothing is ever evaluated.

SymPy's own readers (sympify, parse_expr) run what they read, so spec text never reaches them. Text is cut into tokens
and limited (`tokens`), Python's `ast` finds its structure (`reading`), and only what the tables in `equation` and
`reading` list becomes a head or a size.
"""

from cellgraph.parse.definition import Signature, definition, signature
from cellgraph.parse.equation import NameUse, Statement, statement
from cellgraph.parse.reading import size
from cellgraph.parse.tokens import CodeLine, statements
from cellgraph.parse.vocabulary import NO_FUNCTIONS, NUMBERS, Vocabulary, no_function

__all__ = [
    "NO_FUNCTIONS", "NUMBERS", "CodeLine", "NameUse", "Signature", "Statement", "Vocabulary", "definition",
    "no_function", "signature", "size", "statement", "statements",
]  # fmt: skip
