"""Documents with generated blocks, in Markdown and in reStructuredText.

Where the blocks stand between their two comments, and what a document becomes when the command of each has been run.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

from cellgraph.errors import CellgraphError


@dataclass(frozen=True)
class Syntax:
    """How a document language writes the comments about a block, and where it shows text that is not meant for us.

    `themes` is whether it can show one of two pictures, by the theme of the page.
    """

    name: str
    start: re.Pattern[str]
    end: re.Pattern[str]
    close: str
    fence: re.Pattern[str] | None = None
    themes: bool = False


MARKDOWN = Syntax(
    "markdown",
    re.compile(r" {0,3}<!--\s*cellgraph:(?P<command>.*?)(?P<closed>-->)?\s*"),
    re.compile(r" {0,3}<!--\s*/cellgraph\s*-->\s*"),
    "<!-- /cellgraph -->",
    re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>.*)"),
    themes=True,
)
RST = Syntax(
    "rst",
    re.compile(r"\.\. cellgraph:(?!:)(?P<command>.*)(?P<closed>)"),
    re.compile(r"\.\. /cellgraph\s*"),
    ".. /cellgraph",
)
SYNTAXES: Mapping[str, Syntax] = MappingProxyType(
    {".md": MARKDOWN, ".markdown": MARKDOWN, ".mdx": MARKDOWN, ".rst": RST}
)
"""The syntax of a document, by the suffix of its file."""


@dataclass(frozen=True)
class GeneratedBlock:
    """One block: its command, the number of its first comment's line, and its content as a slice of the lines."""

    command: str
    line: int
    content: slice


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


def blocks(lines: list[str], syntax: Syntax, file: str) -> tuple[GeneratedBlock, ...]:
    """The blocks of a document, given as lines without their ends. Comments that are shown as code are left alone.

    Raises CellgraphError with the place of every comment that has no partner.
    """
    found: list[GeneratedBlock] = []
    wrong: list[str] = []
    opened: tuple[int, str] | None = None
    for number, line in _shown(lines, syntax):
        start = syntax.start.fullmatch(line)
        if opened is not None and (start or number == len(lines)):
            wrong.append(f"{file}:{opened[0]}: this block has no end; write '{syntax.close}' below it")
            opened = None
        if number == len(lines):
            break
        if start and start["closed"] is None:
            wrong.append(f"{file}:{number + 1}: this comment does not end on its line; write '-->' after the command")
        elif start:
            opened = number + 1, start["command"].strip()
        elif syntax.end.fullmatch(line):
            if opened is None:
                wrong.append(f"{file}:{number + 1}: this is the end of a block that has no beginning; remove it")
            else:
                found.append(GeneratedBlock(opened[1], opened[0], slice(opened[0], number)))
            opened = None
    if wrong:
        raise CellgraphError("\n".join(wrong))
    return tuple(found)


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


def _shown(lines: list[str], syntax: Syntax) -> Iterator[tuple[int, str]]:
    """The lines that can be comments, with their numbers from 0: those outside fences, and those within blocks.

    After the last line comes an empty one, whose number is the number of lines.
    """
    fence, inside = "", False
    for number, line in enumerate(lines):
        comment = not fence and (syntax.start.fullmatch(line) or syntax.end.fullmatch(line))
        if comment:
            inside = bool(syntax.start.fullmatch(line))
        mark = syntax.fence.fullmatch(line) if syntax.fence and not inside else None
        if mark and not fence:
            # A fence of backticks has none in its first line; else it is code within a line.
            fence = mark["fence"] if mark["fence"][0] == "~" or "`" not in mark["info"] else ""
            continue
        if mark and mark["fence"].startswith(fence) and not mark["info"].strip():
            fence = ""
            continue
        if not fence:
            yield number, line
    yield len(lines), ""


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


FENCED: Mapping[str, Callable[[PrintedOutput], Iterable[str]]] = MappingProxyType(
    {"markdown": lambda output: fenced(output.text, output.format).split("\n"), "rst": _literal}
)
PICTURED: Mapping[str, Callable[[DrawnOutput], Iterator[str]]] = MappingProxyType(
    {"markdown": _picture_html, "rst": _picture_rst}
)
