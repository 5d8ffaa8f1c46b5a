"""Linear factors: what the `jacobian` column of the table is written in. A path through a graph is their product.

A factor maps a change of one operand to a change of the result. Besides the heads below, a matrix expression A is a
factor too: v ↦ A v (on the leading axis where v is a matrix).
"""

from __future__ import annotations

from typing import ClassVar

import sympy as sp

from cellgraph.ops.printing import Printed


class Factor(Printed):
    """A linear map that is no matrix expression of its own."""

    notation: ClassVar[tuple[str, str]]
    """How it is written: in Unicode and in LaTeX."""


class Diag(Factor):
    """diag(e): v ↦ e ⊙ v."""

    notation = ("diag({0})", r"\operatorname{{diag}}({0})")


IDENTITY = Diag(sp.S.One)
"""v ↦ v."""


class Column(Factor):
    """s ↦ s e: a scalar spread along e."""

    notation = ("({0})", "({0})")


class Row(Factor):
    """v ↦ Σ e ⊙ v: a scalar gathered from all entries."""

    notation = ("({0})ᵀ", r"({0})^{{\top}}")


class Partial(Factor):
    """∂(expression)/∂(its k-th operand), where no shorter form exists; arguments: the expression and k."""

    notation = ("∂{place}[{0}]", r"\partial_{{{place}}}[{0}]")


class Derivative(Factor):
    """∂a/∂b as a whole; arguments: a and b."""

    notation = ("∂{0}/∂{1}", r"\frac{{\partial {0}}}{{\partial {1}}}")


class TotalDerivative(Factor):
    """da/db as a whole, with everything that follows from b; arguments: a and b."""

    notation = ("d{0}/d{1}", r"\frac{{d {0}}}{{d {1}}}")


class Norm(Factor):
    """‖A‖, the norm of a matrix or of another linear factor: a number."""

    notation = ("‖{0}‖", r"\lVert {0} \rVert")


class MaxAbs(Factor):
    """‖e‖_∞, the largest magnitude among the entries of e: a number."""

    notation = ("‖{0}‖_∞", r"\lVert {0} \rVert_{{\infty}}")


class Maximum(Factor):
    """max e, the largest entry of e: a number."""

    notation = ("max {0}", r"\max {0}")


class StepProduct(Factor):
    """The product of e over all time steps."""

    notation = ("∏ₜ {0}", r"\prod_{{t=1}}^{{T}} {0}")


class StepSum(Factor):
    """The sum of e over all time steps."""

    notation = ("Σₜ {0}", r"\sum_{{t=1}}^{{T}} {0}")
