"""The command that makes a cell of a user's code: import."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from cellgraph.cli.coded import Coded, coded
from cellgraph.cli.isolation import isolated
from cellgraph.cli.options import Printing, emit_report, printed
from cellgraph.cli.output import refuse, write
from cellgraph.errors import CellgraphError

RESULT = "cellgraph.frameworks.importing.imported"


@click.command("import")
@click.argument("target", metavar="FILE.py:NAME")
@coded
@click.option("--spec", metavar="FILE.yaml", help="Write the spec here, if it agrees with the code.")
@click.option("--unchecked", is_flag=True, help="Write it also where it does not agree; a comment on top says so.")
@printed
def import_cell(target: str, code: Coded, spec: str | None, unchecked: bool, printing: Printing) -> None:
    """The cell that a class or a function of your own computes: its equations, traced, and run beside the code.

    FILE.py:NAME is a PyTorch module, a cell of Flax or Keras, or a function of JAX or PyTorch that is one step;
    package.module:NAME and FILE.onnx work too. Sizes and shapes that are not given are guessed from usual names,
    and told.

    It runs the file, the constructor and one step with your rights: import only code that you would run.

    \b
    cellgraph import my_cells.py:MyGRU --spec my-gru.yaml
    cellgraph import my_cells.py:MyGRU --make input_size=m --make hidden_size=n
    cellgraph import my_cells.py:step --input x=m --state h=n --param W=n,m --json
    """
    if spec is not None:
        refuse(spec)
    name = Path(spec).stem if spec else ""
    told = isolated(code.request(target, name=name, unchecked=unchecked), code.seconds, lambda: import_module(RESULT))
    from cellgraph.frameworks.importing.imported import commented, import_report, imported

    found = imported(told)
    agrees = found.agreement is not None and found.agreement.passed
    written = spec if spec is not None and (agrees or unchecked) else None
    if written is not None:
        write(written, commented(found).encode())
    emit_report(import_report(found, written), printing)
    if not agrees and not unchecked:
        raise CellgraphError(f"{target}: the spec does not agree with the code; --unchecked writes it all the same")
