"""Generated blocks of a document: where they stand between their two comments, in Markdown and in reStructuredText."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
