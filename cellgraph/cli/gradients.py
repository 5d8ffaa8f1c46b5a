"""Commands about gradients: grad and jacobian."""

from __future__ import annotations

import click

from cellgraph.cli.options import Printing, cells, emit_report, printed, usage


@click.command()
@click.argument("name", metavar="CELL")
@click.option("--of", metavar="Q", multiple=True, help="What the loss depends on; default: the states after the step.")
@click.option("--wrt", metavar="Q", multiple=True, help="Only these gradients and what they need.")
@click.option("--unroll", "steps", type=click.IntRange(1, 1000), metavar="T", help="Through T steps: BPTT.")
@click.option("--expand", is_flag=True, help="Put the named intermediates of a gradient into it.")
@printed
def grad(
    name: str,
    of: tuple[str, ...],
    wrt: tuple[str, ...],
    steps: int | None,
    expand: bool,
    printing: Printing,
) -> None:
    """The adjoint equations: the gradient of a loss by every parameter, input and state.

    \b
    cellgraph grad lstm
    cellgraph grad gru --wrt U_g --format latex
    cellgraph grad rnn --unroll 3
    """
    from cellgraph.derive.gradients.gradient import adjoint, expanded
    from cellgraph.derive.gradients.unroll import unroll
    from cellgraph.derive.listing import gradient_report

    cell = cells([name])[0]
    graph = cell.step if steps is None else unroll(cell, steps)
    with usage():
        gradient = adjoint(graph, of or None, wrt or None)
    emit_report(gradient_report(cell, expanded(gradient) if expand else gradient), printing)


@click.command()
@click.argument("name", metavar="CELL")
@click.option("--of", metavar="S", multiple=True, help="Of these quantities; default: the states after the step.")
@click.option("--wrt", metavar="S", multiple=True, help="By these quantities; default: the states before the step.")
@click.option("--total", is_flag=True, help="Total derivatives: other states before the step are not held fixed.")
@printed
def jacobian(
    name: str,
    of: tuple[str, ...],
    wrt: tuple[str, ...],
    total: bool,
    printing: Printing,
) -> None:
    """The one-step Jacobian as paths, its product through time, what is carried, and norm bounds.

    \b
    cellgraph jacobian lstm
    cellgraph jacobian lstm --of c --wrt c --total
    cellgraph jacobian gru --format latex
    """
    from cellgraph.derive.jacobians.jacobian import jacobian
    from cellgraph.derive.jacobians.jacobian_report import jacobian_report

    cell = cells([name])[0]
    with usage():
        found = jacobian(cell, of or None, wrt or None, total)
    emit_report(jacobian_report(found), printing)
