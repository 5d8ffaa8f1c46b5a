"""The command that runs cells beside the real libraries, or beside a user's own code: verify."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from cellgraph.cli.coded import Coded, coded
from cellgraph.cli.isolation import isolated
from cellgraph.cli.options import Printing, cells, emit_report, printed

if TYPE_CHECKING:
    from cellgraph.frameworks.verify import Verification

HELD = "cellgraph.frameworks.importing.against"
"""What is imported while the code runs."""


@click.command()
@click.argument("names", nargs=-1, metavar="[CELL...]")
@click.option("--against", metavar="FILE.py:NAME", help="A class or a function of your own that CELL is held against.")
@coded
@printed
def verify(names: tuple[str, ...], against: str | None, code: Coded, printing: Printing) -> None:
    """Run cells beside the classes that their specs name: numbers stored, a few steps, gradients through time.

    Without CELL, every cell that comes with cellgraph. Libraries that are not installed are said to be so; a class that
    computes something else than its spec is a failure, and the exit code 1.

    With --against, the cell that your code computes is imported, and proved to be CELL under other names, or the
    difference is told. This runs the file, the constructor and one step with your rights.

    \b
    cellgraph verify lstm gru
    cellgraph verify my-gru.yaml --against my_cells.py:MyGRU
    cellgraph verify --json
    """
    import os
    import warnings

    from cellgraph.frameworks.verify import FAILED, report, verifications
    from cellgraph.spec import cells as shipped

    if against is not None:
        found = [_held(names, against, code)]
    else:
        if code.says_something:
            raise click.UsageError("options about code go with --against FILE.py:NAME")
        # Libraries talk on import; what they have to say is not about the reader's cells.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
        warnings.simplefilter("ignore")
        found = list(verifications(cells(names or shipped())))
    emit_report(report(found), printing)
    if any(v.status == FAILED for v in found):
        click.get_current_context().exit(1)


def _held(names: tuple[str, ...], against: str, code: Coded) -> Verification:
    """One cell beside a user's code, which runs in a process of its own."""
    if len(names) != 1:
        raise click.UsageError("--against holds one CELL against your code")
    (cell,) = cells(names)
    told = isolated(code.request(against), code.seconds, lambda: import_module(HELD))
    from cellgraph.frameworks.importing.against import held_against
    from cellgraph.frameworks.importing.imported import imported

    return held_against(cell, imported(told))
