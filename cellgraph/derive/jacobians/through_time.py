"""What happens to the one-step Jacobian over many steps: how many terms it has, what is carried, what flows around."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from cellgraph.derive.jacobians.local import Local
from cellgraph.derive.jacobians.paths import CAP, Path, Quantities, Roles, factors_of, paths, product
from cellgraph.graph import Cell, Graph, Quantity, at_step, before, rebuilt
from cellgraph.ops import Factor
from cellgraph.report import Written

Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Growth:
    """The factor by which the number of terms grows from step to step: the largest eigenvalue of the path matrix."""

    exact: Written
    value: float


def power(matrix: Matrix, exponent: int) -> Matrix:
    """The matrix power, in whole numbers: how many terms the Jacobian through so many steps has."""
    result = tuple(tuple(int(i == j) for j in range(len(matrix))) for i in range(len(matrix)))
    for _ in range(exponent):
        columns = tuple(zip(*matrix, strict=True))
        result = tuple(tuple(sum(a * b for a, b in zip(row, c, strict=True)) for c in columns) for row in result)
    return result


def growth(matrix: Matrix) -> Growth:
    """The largest eigenvalue of a matrix of counts; exact for one and two states."""
    if len(matrix) > 2:
        # Without its multiple roots, which the search for roots does not converge at.
        roots = sp.Matrix(matrix).charpoly().sqf_part().nroots(n=15, maxsteps=200)
        value = max(float(sp.re(root)) for root in roots)
        return Growth(Written(f"{value:.6g}", f"{value:.6g}"), value)
    (a, b), (c, d) = matrix if len(matrix) == 2 else ((matrix[0][0], 0), (0, 0))
    exact = (a + d + sp.sqrt((a - d) ** 2 + 4 * b * c)) / 2
    return Growth(_exactly(exact), float(exact))


def _exactly(root: sp.Expr) -> Written:
    """The root of a quadratic: a whole number, a + b√c or (a + b√c)/2, with whole numbers a, b and c."""
    over_one = sp.expand(root)
    halves = any(not term.as_coeff_Mul()[0].is_Integer for term in sp.Add.make_args(over_one))
    shown = sp.expand(2 * root) if halves else over_one
    text = re.sub(r"\*?sqrt\((\d+)\)", r"√\1", sp.sstr(shown, order="none"))
    latex = re.sub(r"(\d) \\sqrt", r"\1\\sqrt", str(sp.latex(shown, order="none")))
    return Written(f"({text})/2", rf"\frac{{{latex}}}{{2}}") if halves else Written(text, latex)


def total_paths(
    cell: Cell, links: Local, roles: Roles, of: sp.Symbol, wrt: sp.Symbol, cap: int = CAP
) -> tuple[Path, ...] | None:
    """The paths of the total derivative of a state after by a state before, those through other states included.

    The direct derivative holds the other states before the step fixed. They were computed from that state one step
    earlier (h[t-1] from c[t-1]), and the total derivative goes by them too. None where there are more than `cap`.
    """
    found = paths(links, of, wrt, roles, cap)
    if found is None:
        return None
    moved = earlier_quantities(cell.step)
    earlier = {s: q.symbol for s, q in moved.items()}
    quantities = {**{q.symbol: q for q in moved.values()}, **cell.step.quantities}
    after = cell.carries[wrt]
    for other, made in cell.carries.items():
        if other == wrt:
            continue
        first = paths(links, made, after, roles, cap)
        second = paths(links, of, other, roles, cap)
        if first is None or second is None or len(found) + len(first) * len(second) > cap:
            return None
        found += tuple(_joined(late, early, earlier, quantities) for late in second for early in first)
    return found


def earlier_quantities(graph: Graph) -> dict[sp.Expr, Quantity]:
    """Every quantity of the step as it was one step earlier: f as f[t-1], h[t-1] as h[t-2]."""
    moved: dict[sp.Expr, Quantity] = {}
    for symbol, quantity in graph.quantities.items():
        if not quantity.fixed:
            own = at_step(quantity.name, "t-2") if quantity.time == -1 else before(quantity.name)
            moved[symbol] = Quantity(own, "state", quantity.shape, (quantity.time or 0) - 1)
    return moved


def _joined(late: Path, early: Path, earlier: Mapping[sp.Expr, sp.Expr], quantities: Quantities) -> Path:
    """A path of this step after a path within the step before."""
    moved = [_moved(factor, earlier) for factor in early.factors]
    monomial, order = product([*late.factors, *moved], quantities)
    chains = tuple((*(earlier[s] for s in a), *b[1:]) for a in early.chains for b in late.chains)
    return Path(chains, factors_of(monomial, order, quantities), late.kind, late.via)


def _moved(factor: sp.Expr, earlier: Mapping[sp.Expr, sp.Expr]) -> sp.Expr:
    if isinstance(factor, Factor):
        return factor.func(rebuilt(factor.args[0], earlier), *factor.args[1:])
    return rebuilt(factor, earlier)


def carry(found: Sequence[Path]) -> sp.Expr | None:
    """The coefficient with which a state is carried on without a matrix or a gate on the way; None without one."""
    coefficients = [path.factors[0].args[0] for path in found if path.kind == "carry"]
    return coefficients[0] if len(coefficients) == 1 else None
