"""Documents with generated blocks: what a document becomes when the command of each block has been run."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

from cellgraph.errors import CellgraphError
from cellgraph.integrations.blocks import SYNTAXES, GeneratedBlock, Syntax, blocks


@dataclass(frozen=True)
class PrintedOutput:
    """What a command printed, and in which format: markdown, rst, text, latex, csv or json."""

    text: str
    format: str


@dataclass(frozen=True)
class DrawnOutput:
    """Pictures that a command drew: their files, by paths from the document's folder, and what they show in words.

    `dark` is the path of the picture for dark pages; empty where one picture serves both.
    """

    files: Mapping[str, bytes]
    light: str
    dark: str
    alt: str


Run = Callable[[list[str], Syntax], PrintedOutput | DrawnOutput]
"""Runs one of our commands, given as words. Raises CellgraphError."""


@dataclass(frozen=True)
class Refreshed:
    """A document after its commands were run, the lines of the blocks that changed, and the pictures beside it."""

    text: str
    changed: tuple[int, ...]
    pictures: Mapping[str, bytes]


def syntax_of(file: str) -> Syntax:
    """The document language of a file, by its suffix. Raises CellgraphError."""
    suffix = os.path.splitext(file)[1].lower()
    if suffix not in SYNTAXES:
        choices = ", ".join(SYNTAXES)
        raise CellgraphError(f"{file}: no document has the suffix {suffix!r}; blocks stand in files with {choices}")
    return SYNTAXES[suffix]


def refreshed(text: str, file: str, run: Run) -> Refreshed:
    """The document with the output of each block's command between its comments; the rest stays as it is.

    Raises CellgraphError that says 'file:line: what is wrong' for every block that is not in order.
    """
    syntax = syntax_of(file)
    # Only these end a line for editors and for Markdown; `splitlines` knows more.
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    wrong: list[str] = []
    told: set[str] = set()
    pictures: dict[str, bytes] = {}
    fresh: list[tuple[GeneratedBlock, str]] = []
    for block in blocks([line.rstrip("\r\n") for line in lines], syntax, file):
        newline = "\r\n" if lines[block.line - 1].endswith("\r\n") else "\n"
        try:
            output = run(words(block.command), syntax)
            fresh.append((block, _indented(_content(output, syntax, pictures), lines[block.line - 1], newline)))
        except CellgraphError as error:
            # What is wrong with a spec is told in full by the first block that needs it.
            said = str(error)
            wrong.append(f"{file}:{block.line}: {said.splitlines()[0] if said in told else said}")
            told.add(said)
    if wrong:
        raise CellgraphError("\n".join(wrong))
    changed = tuple(block.line for block, content in fresh if content != "".join(lines[block.content]))
    # From the end, so that what is still to be replaced stays where it is.
    for block, content in reversed(fresh):
        lines[block.content] = [content]
    return Refreshed("".join(lines), changed, MappingProxyType(pictures))


def words(command: str) -> list[str]:
    """The words of a command line, with quotes read as a shell reads them. Raises CellgraphError."""
    try:
        found = shlex.split(command)
    except ValueError:
        raise CellgraphError("a quotation mark in this command has no partner") from None
    if not found:
        raise CellgraphError("name a command here, such as: params lstm gru")
    return found


def _indented(content: list[str], comment: str, newline: str) -> str:
    """The lines as far in as the comment above them: a block may be part of a list's item."""
    margin = comment[: len(comment) - len(comment.lstrip(" "))]
    return "".join((margin + line if line else "") + newline for line in content)


def _content(output: PrintedOutput | DrawnOutput, syntax: Syntax, pictures: dict[str, bytes]) -> list[str]:
    """The lines between the comments, with an empty one at either end where the language wants it."""
    if isinstance(output, DrawnOutput):
        for path, data in output.files.items():
            if pictures.setdefault(path, data) != data:
                raise CellgraphError(f"another block writes a different picture to {path}; name this one with -o")
        shown = list(PICTURED[syntax.name](output))
    elif output.format == syntax.name:
        shown = output.text.rstrip("\n").split("\n")
    else:
        shown = list(FENCED[syntax.name](output))
    if any(syntax.start.fullmatch(line) or syntax.end.fullmatch(line) for line in shown):
        raise CellgraphError("the output of this command holds a comment that begins or ends a block")
    return ["", *shown, ""]


def fenced(text: str, language: str) -> str:
    """Text as it is, in a fence of Markdown that is longer than any within."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence + language, text.rstrip("\n"), fence])


def _fenced(output: PrintedOutput) -> Iterator[str]:
    yield from fenced(output.text, output.format).split("\n")


def _literal(output: PrintedOutput) -> Iterator[str]:
    # Sphinx warns of languages that it has no colours for.
    yield f".. code-block:: {'text' if output.format == 'csv' else output.format}"
    yield ""
    yield from ("   " + line if line else "" for line in output.text.rstrip("\n").split("\n"))


def _picture_html(output: DrawnOutput) -> Iterator[str]:
    """Code hosts follow the reader's theme in `picture`; Markdown's own link is enough for one picture."""
    alt = " ".join(output.alt.split())
    if not output.dark:
        # Imported here, because with it comes SymPy, which other blocks may not need.
        from cellgraph.views.markdown import escaped

        yield f"![{escaped(alt)}]({output.light})"
        return
    yield "<picture>"
    yield f'  <source media="(prefers-color-scheme: dark)" srcset="{escape(output.dark)}">'
    yield f'  <img alt="{escape(alt)}" src="{escape(output.light)}">'
    yield "</picture>"


def _picture_rst(output: DrawnOutput) -> Iterator[str]:
    yield f".. image:: {output.light}"
    yield f"   :alt: {' '.join(output.alt.split())}"


FENCED: Mapping[str, Callable[[PrintedOutput], Iterator[str]]] = MappingProxyType(
    {"markdown": _fenced, "rst": _literal}
)
PICTURED: Mapping[str, Callable[[DrawnOutput], Iterator[str]]] = MappingProxyType(
    {"markdown": _picture_html, "rst": _picture_rst}
)
