"""The command that runs cells beside the real libraries: verify."""

from __future__ import annotations

import click

from cellgraph.cli.options import Printing, cells, emit_report, printed


@click.command()
@click.argument("names", nargs=-1, metavar="[CELL...]")
@printed
def verify(names: tuple[str, ...], printing: Printing) -> None:
    """Run cells beside the classes that their specs name: numbers stored, a few steps, gradients through time.

    Without CELL, every cell that comes with cellgraph. Libraries that are not installed are said to be so; a class that
    computes something else than its spec is a failure, and the exit code 1.

    \b
    cellgraph verify lstm gru
    cellgraph verify --json
    """
    import os
    import warnings

    from cellgraph.frameworks.verify import FAILED, report, verifications
    from cellgraph.spec import cells as shipped

    # Libraries talk on import; what they have to say is not about the reader's cells.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    warnings.simplefilter("ignore")
    found = list(verifications(cells(names or shipped())))
    emit_report(report(found), printing)
    if any(v.status == FAILED for v in found):
        click.get_current_context().exit(1)
