"""The operation table: everything a cell may be written with, one row each, and every rule about it.

Shapes, derivatives, costs, values, ranges and notation of an operation stand in its row and nowhere else. Derivations
and views read the table; they know no operation by name.
"""

from types import MappingProxyType

from cellgraph.ops import arithmetic, kinks, linear, matrix, pointwise, vector
from cellgraph.ops.arithmetic import Add, Div, Mul, Neg, Pow, Sub, times
from cellgraph.ops.factors import (
    IDENTITY,
    Column,
    Derivative,
    Diag,
    Factor,
    MaxAbs,
    Maximum,
    Norm,
    Partial,
    Row,
    StepProduct,
    StepSum,
    TotalDerivative,
)
from cellgraph.ops.interval import REALS, Interval
from cellgraph.ops.kinks import Abs, Floor, Max, Min, Relu, Sign, Step
from cellgraph.ops.linear import Fill, Matmul, Outer, Sum, Transpose, transposed
from cellgraph.ops.matrix import Chunksum, Cumsum, Repeat, Rowdot, Scale, Shift, Tailsum
from cellgraph.ops.pointwise import Cos, Exp, Log, Sigmoid, Sin, Softplus, Sqrt, Tanh
from cellgraph.ops.row import Cost, Head, Mismatch, Notation, Op, Shape, Unshaped, cost_of, numel, operands, spelled
from cellgraph.ops.vector import Concat, Mean, Pad, Slice, Softmax

HEADS = MappingProxyType(
    {
        head.op.name: head
        for module in (arithmetic, linear, matrix, vector, pointwise, kinks)
        for head in vars(module).values()
        if isinstance(head, type) and issubclass(head, Head) and head is not Head
    }
)
"""Every head by the name of its operation."""

OPERATORS = MappingProxyType({"+": Add, "-": Sub, "*": Mul, "/": Div, "**": Pow, "@": Matmul})
"""Heads that specs write with an operator (a minus sign before an expression is `Neg`)."""

FUNCTIONS = MappingProxyType(
    {name: head for name, head in HEADS.items() if head.op.public and head not in {*OPERATORS.values(), Neg}}
)
"""Heads that specs write as a function, by name."""

__all__ = [
    "FUNCTIONS", "HEADS", "IDENTITY", "OPERATORS", "REALS", "Abs", "Add", "Chunksum", "Column", "Concat", "Cos",
    "Cost", "Cumsum", "Derivative", "Diag", "Div", "Exp", "Factor", "Fill", "Floor", "Head", "Interval", "Log",
    "Matmul", "Max", "MaxAbs", "Maximum", "Mean", "Min", "Mismatch", "Mul", "Neg", "Norm", "Notation", "Op",
    "Outer", "Pad", "Partial", "Pow", "Relu", "Repeat", "Row", "Rowdot", "Scale", "Shape", "Shift", "Sigmoid",
    "Sign", "Sin", "Slice", "Softmax", "Softplus", "Sqrt", "Step", "StepProduct", "StepSum", "Sub", "Sum",
    "Tailsum", "Tanh", "TotalDerivative", "Transpose", "Unshaped", "cost_of", "numel", "operands", "spelled",
    "times", "transposed",
]  # fmt: skip
