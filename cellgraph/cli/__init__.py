"""The command line: joins an analysis and a view, and turns errors into exit codes.

Exit codes: 0 fine, 1 the input is wrong or a check failed, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from cellgraph.cli.options import with_deadline
from cellgraph.cli.output import with_verbosity
from cellgraph.errors import CellgraphError

COMMANDS = {
    "list": "specs:list_cells",
    "show": "specs:show",
    "check": "specs:check",
    "import": "importing:import_cell",
    "verify": "verification:verify",
    "new": "specs:new",
    "schema": "specs:schema",
    "params": "counts:params",
    "cost": "analyses:cost",
    "structure": "analyses:structure",
    "budget": "analyses:budget",
    "diff": "analyses:diff",
    "identify": "analyses:identify",
    "explain": "analyses:explain",
    "compare": "counts:compare",
    "grad": "gradients:grad",
    "jacobian": "gradients:jacobian",
    "draw": "pictures:draw",
    "flow": "flows:flow",
    "page": "pages:page",
    "convert": "weights:convert",
    "embed": ".integrations.embed:embed",
    "gallery": ".integrations.gallery:gallery",
}
"""Every command, and the function that makes it: in a module of this package, or in one that builds on it."""


class Failure(click.ClickException):
    """Something the user can put right: the message as it is, exit code 1."""

    exit_code = 1

    def show(self, file: object = None) -> None:
        """The message on standard error, without a prefix: it says itself where the trouble is."""
        click.echo(self.message, err=True)


class Commands(click.Group):
    """Commands whose modules are imported when they are asked for, and one place where errors end."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name; the one that is spelled most like an unknown one is told."""
        if name not in COMMANDS:
            if name.startswith("-") or ctx.resilient_parsing:
                return None
            from cellgraph.errors import nearest

            ctx.fail(f"no command {name!r}{nearest(name, COMMANDS)}")
        module, _, attribute = COMMANDS[name].partition(":")
        command = getattr(import_module(f".{module}", __name__), attribute)
        return with_verbosity(with_deadline(command, name))

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what a user can put right becomes one message and exit code 1."""
        try:
            result: object = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
            return result
        except CellgraphError as error:
            raise Failure(str(error)) from None
        except BrokenPipeError:
            # The reader of our output has gone; nothing is wrong.
            _let_go_of_output()
            ctx.exit(0)
        except OSError as error:
            if error.filename is None:
                _let_go_of_output()
            raise Failure(f"{error.filename or 'standard output'}: {error.strerror or error}") from None
        except KeyboardInterrupt:
            ctx.exit(130)


def _let_go_of_output() -> None:
    """What is still to be written goes nowhere, so that Python does not try again, and complain, at its exit."""
    own = sys.__stdout__
    if own is not None and sys.stdout is own:
        os.dup2(os.open(os.devnull, os.O_WRONLY), own.fileno())


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(None, "-V", "--version", package_name="cellgraph")
def commands() -> None:
    """Parameters, gradients and pictures of recurrent cells, derived from their equations.

    CELL is the name of a cell that comes with cellgraph (see: cellgraph list), the path of a YAML file, or - for
    standard input. Transforms may follow it: lstm+peephole, my-cell.yaml+stack=3 (see: cellgraph show -h).

    \b
    cellgraph params lstm gru -i 128 -H 256
    cellgraph grad lstm --format latex
    cellgraph draw gru -o gru.svg
    """


def main() -> None:
    """The console script: UTF-8 wherever the locale cannot write mathematics, then the command."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    commands(prog_name="cellgraph")
