"""The whole collection in one process, from a cold start: read, counted, differentiated, with every Jacobian."""

from __future__ import annotations

import sys

import cellgraph as cg
from bench.timing import process, table

EVERY = """
import cellgraph as cg
for name in cg.cells():
    cell = cg.load(name)
    cg.params(cell), cg.gradient(cell), cg.jacobian(cell){bounds}
"""


def run() -> None:
    """Print the table."""
    python = [sys.executable, "-c"]
    rows = [
        process("loaded, counted, differentiated, Jacobians", [*python, EVERY.format(bounds="")], 3),
        process("and the bounds of every Jacobian", [*python, EVERY.format(bounds=".bounds")], 3),
        process("loaded alone", [*python, "import cellgraph as cg\nfor name in cg.cells(): cg.load(name)"], 3),
        process("python -c 'import sympy'", [*python, "import sympy"]),
    ]
    table(f"all {len(cg.cells())} specs, from a cold start", rows)
