"""The operation table: everything a cell may be written with, one row each, and every rule about it.

Shapes, derivatives, costs, values, ranges and notation of an operation stand in its row and nowhere else. Derivations
and views read the table; they know no operation by name.
"""

from types import MappingProxyType

from cellgraph.ops import arithmetic, convolution, families, kinks, linear, matrix, pointwise, totals, vector
from cellgraph.ops.arithmetic import Add, Div, Mul, Neg, Pow, Sub, times
from cellgraph.ops.axes import (
    Axis,
    Family,
    Shape,
    axes_of,
    core,
    described,
    diagonal_of,
    family,
    in_order,
    is_square,
    place_in,
    resized,
)
from cellgraph.ops.convolution import Conv, Convkernel, Convtranspose, weighted
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
from cellgraph.ops.families import Flatten, Split, Spread
from cellgraph.ops.interval import REALS, Interval
from cellgraph.ops.kinks import Abs, Floor, Max, Min, Relu, Sign, Step, Stop
from cellgraph.ops.lifted_values import numbered, value_of
from cellgraph.ops.lifting import (
    along,
    cost_of,
    crossed,
    crossed_by,
    factors,
    filled,
    image,
    is_affine,
    pulled,
    result_shape,
    row_cotangent,
    statics,
    with_axes,
)
from cellgraph.ops.linear import Matmul, Outer, Transpose, transposed
from cellgraph.ops.matrix import Chunksum, Cumsum, Repeat, Rowdot, Scale, Shift, Tailsum
from cellgraph.ops.pointwise import Cos, Erf, Exp, Log, Sigmoid, Sin, Softplus, Sqrt, Tanh
from cellgraph.ops.row import Cost, Crossing, Head, Mismatch, Notation, Op, Unshaped, numel, operands, spelled
from cellgraph.ops.totals import Fill, Sum
from cellgraph.ops.vector import Concat, Largest, Mean, Pad, Slice, Smallest, Softmax

HEADS = MappingProxyType(
    {
        head.op.name: head
        for module in (arithmetic, linear, totals, matrix, vector, pointwise, kinks, families, convolution)
        for head in vars(module).values()
        if isinstance(head, type) and issubclass(head, Head) and head is not Head
    }
)
"""Every head by the name of its operation."""

OPERATORS = MappingProxyType({"+": Add, "-": Sub, "*": Mul, "/": Div, "**": Pow, "@": Matmul})
"""Heads that specs write with an operator (a minus sign before an expression is `Neg`)."""

REDUCTIONS = MappingProxyType({"max": Largest, "min": Smallest})
"""Heads that specs write as a function of one operand, by a name that has another head for two."""

FUNCTIONS = MappingProxyType(
    {
        name: head
        for name, head in HEADS.items()
        if head.op.public and head not in {*OPERATORS.values(), *REDUCTIONS.values(), Neg}
    }
)
"""Heads that specs write as a function, by name."""

__all__ = [
    "Abs", "Add", "Axis", "Chunksum", "Column", "Concat", "Conv", "Convkernel", "Convtranspose", "Cos", "Cost",
    "Crossing", "Cumsum", "Derivative", "Diag", "Div", "Erf", "Exp", "FUNCTIONS", "Factor", "Family", "Fill",
    "Flatten", "Floor", "HEADS", "Head", "IDENTITY", "Interval", "Largest", "Log", "Matmul", "Max", "MaxAbs",
    "Maximum", "Mean", "Min", "Mismatch", "Mul", "Neg", "Norm", "Notation", "OPERATORS", "Op", "Outer", "Pad",
    "Partial", "Pow", "REALS", "REDUCTIONS", "Relu", "Repeat", "Row", "Rowdot", "Scale", "Shape", "Shift",
    "Sigmoid", "Sign", "Sin", "Slice", "Smallest", "Softmax", "Softplus", "Split", "Spread", "Sqrt", "Step",
    "StepProduct", "StepSum", "Stop", "Sub", "Sum", "Tailsum", "Tanh", "TotalDerivative", "Transpose", "Unshaped",
    "along", "axes_of", "core", "cost_of", "crossed", "crossed_by", "described", "diagonal_of", "factors", "family",
    "filled", "image", "in_order", "is_affine", "is_square", "numbered", "numel", "operands", "place_in", "pulled",
    "resized", "result_shape", "row_cotangent", "spelled", "statics", "times", "transposed", "value_of", "weighted",
    "with_axes",
]  # fmt: skip
