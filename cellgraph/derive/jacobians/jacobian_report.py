"""The Jacobian of a cell as a report: paths, what happens through time, bounds and what they do (not) imply."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import sympy as sp

from cellgraph.derive.gradients.gradient import gradient
from cellgraph.derive.gradients.unreached import unreached
from cellgraph.derive.jacobians.bounds import Bound
from cellgraph.derive.jacobians.jacobian import Jacobian, JacobianBlock
from cellgraph.derive.jacobians.paths import Path
from cellgraph.derive.jacobians.through_time import earlier_quantities, power
from cellgraph.derive.jacobians.verdicts import verdicts
from cellgraph.derive.structures.structure_report import invariant_sentence
from cellgraph.graph import Graph, symbols_of
from cellgraph.graph.notation import source
from cellgraph.messages import Message, listed, message
from cellgraph.ops import Derivative, Diag, Norm, StepProduct, StepSum, TotalDerivative
from cellgraph.report import Formula, Formulas, Line, Notated, Report, Written
from cellgraph.table import Table

STEPS = (1, 2, 3, 10, 30)
"""The numbers of steps for which terms are counted."""

CARRYLESS = (
    "no pure carry of {states}: a step makes it without its own old value",
    "no pure carry of {states}: every term has a matrix or a gate on the way",
    "no pure carry of {states} was looked for: it has too many terms to list",
)
"""Why a state is not carried: it has no term of its own old value, none that is free, or too many."""

NORM_NAMES = {"every": "every p-norm", "infinity": "the ∞-norm (largest row sum)", "two": "the 2-norm"}


def jacobian_report(found: Jacobian) -> Report:
    """The blocks that were asked for, then recursion, carry, number of terms, bounds and weight gradients."""
    blocks: list[Message | Formulas | Table] = [
        message(
            "Numerator layout: J[i, j] = ∂y_i/∂x_j, so a cotangent v after the step comes back as Jᵀ v. A term is the "
            "product along one path."
        )
    ]
    for block in found.blocks:
        blocks += _block(found, block)
    if found.total:
        blocks += [_totals(found, block) for block in found.blocks]
    blocks += [*_recursion(found), _terms(found)]
    blocks += [
        *([_bounds(found)] if found.bounds else []),
        *verdicts(found),
        *(invariant_sentence(i) for i in found.structure.invariants),
    ]
    blocks.append(_weights(found))
    title = "total derivatives of {cell} from one step to the next" if found.total else "one-step Jacobian of {cell}"
    return Report(message(title, cell=found.cell.name), tuple(blocks), document(found))


def document(found: Jacobian) -> dict[str, Any]:
    """The JSON of one cell; `paths` and `text` are null where a block has more paths than the cap."""
    step, adjoint = _graph(found), gradient(found.cell)
    return {
        "cell": found.cell.name,
        "states": [state.name for state in found.states],
        "total": found.total,
        "cap": found.cap,
        "blocks": [_block_document(block, step) for block in found.blocks],
        "path_matrix": [list(row) for row in found.path_matrix],
        "growth": {"value": found.growth.value, "text": found.growth.exact.text, "latex": found.growth.exact.latex},
        "carry": [
            Notated({"state": state.name, "coefficient": source(coefficient)}, StepProduct(Diag(coefficient)), step)
            for state, coefficient in found.carry
        ],
        "bounds": [_bound_document(bound, step) for bound in found.bounds],
        "weights": [
            Notated({"of": of.name, "zero": line.note is not None}, line, adjoint) for of, line in _sums(found, adjoint)
        ],
    }


def _block_document(block: JacobianBlock, step: Graph) -> dict[str, Any]:
    return {
        "of": block.of.name,
        "wrt": block.wrt.name,
        "count": block.count,
        "listed": block.paths is not None,
        "paths": [
            Notated(
                {
                    "via": None if path.via is None else source(path.via),
                    "kind": path.kind,
                    "chains": [[symbol.name for symbol in chain] for chain in path.chains],
                },
                path.product,
                step,
            )
            for path in block.paths or ()
        ],
    }


def _bound_document(bound: Bound, step: Graph) -> dict[str, Any] | Notated:
    keys = {"of": bound.of.name, "wrt": bound.wrt.name, "norm": bound.norm, "unbounded": bound.expr is None}
    if bound.expr is None:
        return {**keys, "because": source(bound.unbounded), "text": "unbounded", "latex": r"\text{unbounded}"}
    return Notated({**keys, "strict": bound.strict}, _bound_line(bound), step)


def _block(found: Jacobian, block: JacobianBlock) -> Iterator[Formulas | Table]:
    """The block as one formula and, term by term, as a table."""
    left = (TotalDerivative if found.total else Derivative)(block.of, block.wrt)
    if block.paths is None:
        yield Formulas(
            (Line(left, Written("…", r"\dots"), None, message("{count} paths, more than {cap}: counted, not listed",
                                                              count=block.count, cap=found.cap)),),
            found.cell.step,
        )  # fmt: skip
        return
    yield Formulas((Line(left, block.sum),), _graph(found))
    if block.paths:
        rows = tuple((message(path.kind), "" if path.via is None else path.via, _chains(path), path.product)
                     for path in block.paths)  # fmt: skip
        yield Table(message("number of terms: {count}", count=block.count), ("kind", "via", "way", "term"), rows)


def _chains(path: Path) -> str:
    """h[t-1] → f → c → h; several ways that were merged stand side by side."""
    return "; ".join(" → ".join(symbol.name for symbol in chain) for chain in path.chains)


def _totals(found: Jacobian, block: JacobianBlock) -> Message:
    """How the total derivative differs from the direct one."""
    others = [symbol for symbol in found.cell.carries if symbol != block.wrt]
    direct = found.path_matrix[found.states.index(block.of)][list(found.cell.carries).index(block.wrt)]
    if block.count == direct:
        template = "d{of}/d{wrt} is the direct derivative: no other state before the step follows from {wrt}."
        return message(template, of=block.of, wrt=block.wrt)
    return message(
        "With {others} held fixed the derivative is direct: {direct}. But {others} followed from {wrt} one step "
        "earlier, and the total derivative goes by that way too: {more} terms more.",
        others=listed(others),
        wrt=block.wrt,
        direct=block.paths[0].product
        if block.paths and direct == 1
        else message("number of terms: {count}", count=direct),
        more=block.count - direct,
    )


def _recursion(found: Jacobian) -> Iterator[Formulas | Message]:
    """J(T←0) as a product, and the products that are pure carry."""
    left = Written("J(T←0)", r"J(T \leftarrow 0)")
    line = Line(left, Written("J_T ⋯ J_2 J_1", r"J_T \cdots J_2 J_1"))
    yield Formulas((line,), found.cell.step, message("through T steps"))
    for state, coefficient in found.carry:
        yield message("pure carry of {state}: {product}", state=state, product=StepProduct(Diag(coefficient)))
    missing: dict[str, list[sp.Symbol]] = {}
    for k, state in enumerate(found.states):
        if state not in {carried for carried, _ in found.carry}:
            count = found.path_matrix[k][k]
            missing.setdefault(CARRYLESS[min(count, 1) + (count > found.cap)], []).append(state)
    yield from (message(template, states=listed(states)) for template, states in missing.items())


def _graph(found: Jacobian) -> Graph:
    """The step, with the quantities of the step before where total derivatives mention them."""
    step = found.cell.step
    if not found.total:
        return step
    earlier = [q for q in earlier_quantities(step).values() if q.symbol not in step.quantities]
    derived = [step.quantities[e.lhs] for e in step.equations]
    return Graph.build([*step.leaves, *earlier], step.equations, derived, step.outputs)


def _terms(found: Jacobian) -> Table:
    """How many terms each block of the T-step Jacobian has."""
    rows = tuple((steps, *chain(*power(found.path_matrix, steps))) for steps in STEPS)
    exact, value = found.growth.exact, found.growth.value
    shown = exact if value == int(value) else message("{exact} ≈ {value}", exact=exact, value=f"{value:.2f}")
    note = message(
        "From step to step the number of terms grows by a factor of {growth}: the largest eigenvalue of the path "
        "matrix.",
        growth=shown,
    )
    columns = ("steps", *(f"∂{of}_T/∂{wrt}_0" for of in found.states for wrt in found.states))
    return Table(message("number of terms"), columns, rows, (note,))


def _bounds(found: Jacobian) -> Formulas:
    """‖block‖ ≤ bound, for every block."""
    lines: list[Line] = []
    for bound in found.bounds:
        known = {line.left for line in lines}
        lines += [Line(name, value, relation="≤") for name, value in bound.where if name not in known]
        lines.append(_bound_line(bound))
    return Formulas(tuple(lines), found.cell.step, message("norm bounds of one step"))


def _bound_line(bound: Bound) -> Line:
    left = Norm(Derivative(bound.of, bound.wrt))
    if bound.expr is None:
        note = message("unbounded, because {quantity} has no upper limit", quantity=bound.unbounded)
        return Line(left, Written("∞", r"\infty"), None, note)
    note = message("in {norm}", norm=message(NORM_NAMES[bound.norm]))
    right: Formula = bound.expr
    if bound.highest is not None:
        note, right = message("below 1") if bound.strict else note, bound.highest
    return Line(left, right, None, note, "<" if bound.strict and bound.highest is None else "≤")


def _sums(found: Jacobian, adjoint: Graph) -> Iterator[tuple[sp.Symbol, Line]]:
    """Every parameter and its gradient as a sum over time; one that no gradient reaches is told so."""
    zeros = unreached(found.cell, adjoint)
    for symbol in adjoint.outputs:
        of = adjoint.quantities[symbol].of
        if of is None or adjoint.quantities[of].role != "param":
            continue
        if symbol not in zeros:
            yield of, Line(symbol, StepSum(adjoint.definitions[symbol]))
        elif of not in found.cell.initial.values():
            yield of, Line(symbol, adjoint.definitions[symbol], None, zeros[symbol])


def _weights(found: Jacobian) -> Formulas:
    """∂L/∂W as a sum over time, in the adjoints of one step."""
    adjoint = gradient(found.cell)
    lines = [line for _, line in _sums(found, adjoint)]
    used = [s for line in lines for s in symbols_of(adjoint.definitions[line.left]) if s in adjoint.quantities]
    names = dict.fromkeys(s for s in used if adjoint.quantities[s].of is None)
    # Intermediates that the gradient had to name: the input of a matrix that no equation of the spec names.
    named = [s for s in names if s in adjoint.definitions and s not in found.cell.step.quantities]
    lines += [Line(s, adjoint.definitions[s]) for s in named]
    title = message(
        "weight gradients, summed over the steps; {total} is the gradient by its index over every path",
        total=Written("δ", r"\delta"),
    )
    return Formulas(tuple(lines), adjoint, title)
