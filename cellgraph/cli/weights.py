"""The command that writes the weights of one library in the layout of another: convert."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import click

from cellgraph.cli.options import Printing, SizeType, cells, emit_report, spoken, usage
from cellgraph.cli.output import emit, quiet, say
from cellgraph.errors import CellgraphError
from cellgraph.views import VIEWS, shown

if TYPE_CHECKING:
    from cellgraph.messages import Lang
    from cellgraph.spec.find import Found

OWN = re.compile(r"(?P<file>.+\.ya?ml)(?::(?P<call>.+))?", re.DOTALL)
"""A class of one's own: FILE.yaml, whose spec says how it lays out parameters, and :CLASS where it names several."""


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--from", "source", required=True, metavar="CLASS", help="The class whose weights FILE holds.")
@click.option("--to", "target", required=True, metavar="CLASS", help="The class that is to have them.")
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="Where to: .safetensors or .npz; '-' is standard output."
)
@click.option(
    "--prefix", multiple=True, metavar="TEXT", help="What stands before native names; found where it is plain."
)
@click.option("--to-prefix", multiple=True, metavar="TEXT", help="What is to stand before native names.")
@click.option("-s", "--size", "sizes", type=SizeType(), multiple=True, help="A size that no array tells; repeatable.")
@click.option("-f", "--format", "format_", type=click.Choice(VIEWS), default="text", help="Of the report.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@spoken
def convert(
    file: str,
    source: str,
    target: str,
    output: str,
    prefix: tuple[str, ...],
    to_prefix: tuple[str, ...],
    sizes: tuple[tuple[str, int], ...],
    format_: str,
    as_json: bool,
    lang: Lang,
) -> None:
    """Weights of one library's class as those of another's that computes the same cell, all layers and directions.

    FILE is .safetensors, .npz or, read with weights_only by PyTorch, .pt; other arrays in it are left alone. CLASS is a
    name such as torch.nn.LSTM, "keras.layers.GRU(reset_after=False)", or my-cell.yaml:mine.MyCell. In a prefix,
    {layer} is the number of a layer, counted from 0, and {direction} is forward or backward; given several times, each
    is that of one layer.

    \b
    cellgraph convert lstm.npz --from torch.nn.LSTM --to keras.layers.LSTM -o keras.npz
    cellgraph convert lstm.npz --from torch.nn.LSTM --to flax.linen.LSTMCell -o flax.npz --to-prefix "layer_{layer}/"
    """
    from cellgraph.weights.conversion import conversion
    from cellgraph.weights.conversion_report import conversion_report
    from cellgraph.weights.files import WRITERS, read, written

    suffix = ".safetensors" if output == "-" else os.path.splitext(output)[1].lower()
    if suffix not in WRITERS:
        raise CellgraphError(f"{output}: weights are written as {' or '.join(WRITERS)}")
    if os.path.exists(output) and os.path.exists(file) and os.path.samefile(file, output):
        raise CellgraphError(f"{output}: these are the weights themselves; choose another name for the output")
    with usage():
        ours, theirs = _class_of(source), _class_of(target)
    arrays = read(file)
    say(f"{file}: {len(arrays)} arrays")
    try:
        found = conversion(arrays, ours, theirs, prefix, to_prefix, dict(sizes))
    except (KeyError, ValueError) as error:
        raise CellgraphError(f"{file}: {error.args[0]}") from None
    emit(written(found.arrays, suffix), output, click.get_current_context().ensure_object(list))
    report, printing = conversion_report(found), Printing(format_, as_json, None, lang)
    if output != "-":
        emit_report(report, printing)
    elif not quiet():
        # The data have taken standard output.
        click.echo(shown(report, printing.view, lang), err=True, nl=False)


def _class_of(text: str) -> Found:
    """The class that is meant, of a library or of a spec of one's own."""
    from cellgraph.spec.find import chosen, find, read_call

    own = OWN.fullmatch(text)
    if own is None:
        return find(text)
    (cell,) = cells([own["file"]])
    names = dict.fromkeys(found.name for found in cell.implementations)
    if own["call"] is None and len(names) != 1:
        told = f"write {own['file']}:CLASS with one of {', '.join(names)}" if names else "it needs 'implementations'"
        raise ValueError(f"{own['file']} does not say which class is meant: {told}")
    name, options = read_call(own["call"] or next(iter(names)))
    return chosen([(cell, found) for found in cell.implementations], name, options)
