"""The kernel: quantities with their time, equations, the graph and the cell; walking and writing expressions.

Everything above is derived from these, and nothing here knows what is derived.
"""

from cellgraph.graph.cell import Cell
from cellgraph.graph.fold import fold, parts, postorder, reachable, rebuilt, symbols_of, with_operands
from cellgraph.graph.functions import Call, Function, folded, functions_of, unfolded
from cellgraph.graph.graph import Equation, Graph, functions_in
from cellgraph.graph.order_and_shapes import shape_of, shapes_within
from cellgraph.graph.symbols import Quantity, Role, at_step, before, size, stem, time_of

__all__ = [
    "Call", "Cell", "Equation", "Function", "Graph", "Quantity", "Role", "at_step", "before", "fold", "folded",
    "functions_in", "functions_of", "parts", "postorder", "reachable", "rebuilt", "shape_of", "shapes_within", "size",
    "stem", "symbols_of", "time_of", "unfolded", "with_operands",
]  # fmt: skip
