"""Linear factors: what the `jacobian` column of the table is written in. A path through a graph is their product.

A factor maps a change of one operand to a change of the result. Besides the heads below, a matrix expression A is a
factor too: v ↦ A v (on the leading axis where v is a matrix).
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.basic import Basic


class Factor(sp.Expr):
    """A linear map that is no matrix expression of its own."""

    def __new__(cls, *args: sp.Expr) -> Factor:
        made: Factor = Basic.__new__(cls, *args)
        return made

    def _sympystr(self, printer: Any) -> str:
        # SymPy's own printers go by the name of the class, and it has a Derivative too.
        return f"{type(self).__name__}({', '.join(map(printer._print, self.args))})"


class Diag(Factor):
    """diag(e): v ↦ e ⊙ v. diag(1) is the identity."""


class Column(Factor):
    """s ↦ s e: a scalar spread along e."""


class Row(Factor):
    """v ↦ Σ e ⊙ v: a scalar gathered from all entries."""


class Partial(Factor):
    """∂(expression)/∂(its k-th operand), where no shorter form exists; arguments: the expression and k."""


class Derivative(Factor):
    """∂a/∂b as a whole; arguments: a and b."""


class TotalDerivative(Factor):
    """da/db as a whole, with everything that follows from b; arguments: a and b."""


class Norm(Factor):
    """‖A‖, the norm of a matrix or of another linear factor: a number."""


class MaxAbs(Factor):
    """‖e‖_∞, the largest magnitude among the entries of e: a number."""


class Maximum(Factor):
    """max e, the largest entry of e: a number."""


class StepProduct(Factor):
    """The product of e over all time steps."""


class StepSum(Factor):
    """The sum of e over all time steps."""
