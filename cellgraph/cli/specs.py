"""Commands about specs themselves: list, show, check, new, schema."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, Any

import click

from cellgraph.cli.options import Printing, cells, emit_report, printed
from cellgraph.cli.output import emit, write

if TYPE_CHECKING:
    from cellgraph.errors import Problem

TRANSFORMS = (
    "peephole, coupled, projection, layer-norm, diagonal, multiplicative-integration, zoneout[=SHARE|train], "
    "stack[=LAYERS], bidirectional"
)
"""What `--with` takes; the table itself is not read for a line of help."""


@click.command("list")
@click.option("--family", metavar="F", help="Only the cells of this family.")
@printed
def list_cells(family: str | None, printing: Printing) -> None:
    """The cells that come with cellgraph.

    \b
    cellgraph list
    cellgraph list --family gru --json
    """
    from cellgraph.cli.listing import catalogue

    emit_report(catalogue(family), printing)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="CELL...")
@click.option("--with", "changes", multiple=True, metavar="TRANSFORM", help=f"One of {TRANSFORMS}; repeatable.")
@click.option("--unfold", is_flag=True, help="What functions are, in the place of their names.")
@click.option("--spec", "as_spec", is_flag=True, help="The spec itself, to save and edit.")
@printed
def show(names: tuple[str, ...], changes: tuple[str, ...], unfold: bool, as_spec: bool, printing: Printing) -> None:
    """Equations with shapes and roles, the states handed on, and the readout apart.

    A transform makes a new cell: --with peephole, or CELL+peephole, here and wherever a command takes a CELL.

    \b
    cellgraph show lstm
    cellgraph show my-cell.yaml --format latex
    cellgraph show lstm --with peephole --with stack=3
    cellgraph show lstm+peephole --spec -o my-cell.yaml
    """
    from cellgraph.derive.listing import listing
    from cellgraph.report import joined
    from cellgraph.transforms.resolve import text

    names = tuple("+".join([name, *changes]) for name in names)
    if as_spec and len(names) > 1:
        raise click.UsageError("--spec writes one spec; give one CELL")
    found = cells(names)
    if as_spec:
        emit(text(names[0], found[0]), printing.output, click.get_current_context().ensure_object(list))
    else:
        emit_report(joined([listing(cell, unfold) for cell in found]), printing)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of files that are fine.")
def check(files: tuple[str, ...], format_: str, as_json: bool, quiet: bool) -> None:
    """Every problem of every spec, with file, line and column; exit code 1 if one is an error.

    \b
    cellgraph check my-cell.yaml
    cellgraph check specs/*.yaml --json
    """
    import json

    from cellgraph.spec import problems

    found = {file: problems(file) for file in files}
    wrong = [file for file, listed in found.items() if any(p.severity == "error" for p in listed)]
    if as_json or format_ == "json":
        document = {"schema_version": 1, "files": [_checked(file, listed, wrong) for file, listed in found.items()]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for file, listed in found.items():
            for problem in listed:
                click.echo(str(problem), err=True)
            if not listed and not quiet:
                click.echo(f"{file}: ok")
    sys.stdout.flush()
    if wrong:
        click.get_current_context().exit(1)


@click.command()
@click.argument("name")
@click.option("--like", metavar="CELL", help="Start from this cell.")
@click.option("-o", "--output", metavar="FILE", help="Default: NAME.yaml; '-' is standard output.")
def new(name: str, like: str | None, output: str | None) -> None:
    """A commented spec to start from; an existing file is never overwritten.

    \b
    cellgraph new my-cell
    cellgraph new my-gru --like gru
    """
    from pathlib import Path

    from cellgraph.errors import CellgraphError
    from cellgraph.spec.template import template
    from cellgraph.transforms.resolve import text as spec_of

    text = template(name, None if like is None else spec_of(like))
    target = output or f"{name}.yaml"
    if target == "-":
        emit(text, None)
        return
    if Path(target).exists():
        raise CellgraphError(f"{target}: this file exists; choose another name, or remove it first")
    write(target, text.encode())
    click.echo(target)


@click.command()
@click.option("-o", "--output", metavar="FILE")
def schema(output: str | None) -> None:
    """The JSON Schema of specs, for completion in editors.

    \b
    cellgraph schema -o cellgraph.schema.json
    """
    from cellgraph.spec.library import schema_text

    emit(schema_text(), output)


def _checked(file: str, listed: Iterable[Problem], wrong: Container[str]) -> dict[str, Any]:
    problems = [
        {"line": p.source.line, "column": p.source.column, "severity": p.severity, "code": p.code, "message": p.message}
        for p in listed
    ]
    return {"file": file, "ok": file not in wrong, "problems": problems}
