"""Commands about gradients: grad."""

from __future__ import annotations

import click

from .options import cells, deliver, printed, usage


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
    format_: str | None,
    as_json: bool,
    output: str | None,
    lang: str | None,
) -> None:
    """The adjoint equations: the gradient of a loss by every parameter, input and state.

    \b
    cellgraph grad lstm
    cellgraph grad gru --wrt U_g --format latex
    cellgraph grad rnn --unroll 3
    """
    from cellgraph.derive.expand import expanded
    from cellgraph.derive.gradient import adjoint
    from cellgraph.derive.listing import gradient_report
    from cellgraph.derive.unroll import unroll

    cell = cells([name])[0]
    graph = cell.step if steps is None else unroll(cell, steps)
    with usage():
        gradient = adjoint(graph, of or None, wrt or None)
    deliver(gradient_report(cell, expanded(gradient) if expand else gradient), format_, as_json, output, lang)
