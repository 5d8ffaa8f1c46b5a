"""Text to nodes: the tree of a YAML document with the place of everything in it, and nothing but text in its leaves.

The only door to ruamel.yaml. Events of a parser are checked one at a time as they come, so that what is refused
(aliases, tags, depth, size) is refused before anything is built from it; no object is ever constructed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from cellgraph.errors import Problem, Source, SpecError, quoted
from cellgraph.names import spelled_out
from cellgraph.spec.source import Text, hidden_characters

DEPTH = 16
EVENTS = 10_000

_HINTS = {
    "cannot start any token": "indent with spaces, and put quotes around text that begins with @, ` or %",
    "mapping values are not allowed": "put quotes around text that holds ': ', or check the indentation",
    "could not find expected ':'": "every line of a section is 'key: value'",
    "'<stream end>'": "the file ends too early: close the bracket or quote that is open",
    "but found ','": "check commas and brackets",
    "expected <block end>": "check the indentation, and that brackets and quotes are closed",
    "expected ',' or": "check commas and brackets",
    "while scanning a quoted scalar": "close the quote",
    "escape": "inside double quotes a backslash is written twice",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `style` is '' for plain text, a quote, '|' for a literal block or '>' for a folded one."""

    source: Source
    value: str
    style: str
    lines: int
    """How many lines of the file it covers; 1 where it begins and ends on one line."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    source: Source
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, each once, and their values."""

    source: Source
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)


Node = Scalar | Sequence | Mapping


def tree(text: Text) -> Node:
    """The root of the one document in `text`.

    Raises SpecError on what is not YAML, on anchors, aliases, tags, directives, a second document, a key that is there
    twice or is no text, and on more than 16 levels or 10,000 events.
    """
    directive = re.search("^%", text.text, re.MULTILINE)
    if directive:
        place = text.place(text.text.count("\n", 0, directive.start()) + 1, 1)
        raise SpecError(Problem("E_DIRECTIVE", "lines that begin with % are not used in specs; leave them out", place))
    problems: list[Problem] = []
    roots: list[Node] = []
    parents: list[tuple[Sequence | Mapping, list[Scalar]]] = []  # with the key that waits for its value
    for count, event in enumerate(_events(text)):
        kind = type(event).__name__
        place = text.place(event.start_mark.line + 1, event.start_mark.column + 1)
        if count > EVENTS:
            raise SpecError(Problem("E_NODES", f"more than {EVENTS:,} YAML events; split the spec", place))
        if kind in ("SequenceEndEvent", "MappingEndEvent"):
            parents.pop()
        if kind == "AliasEvent" or getattr(event, "anchor", None) or getattr(event, "tag", None):
            problems += _forbidden(kind, event, place)
        node = _node(kind, event, place)
        if node is None:
            continue
        if parents:
            problems += _attached(node, *parents[-1])
        else:
            roots.append(node)
        if isinstance(node, Scalar):
            problems += _escaped(node) if node.style == '"' else ()
        else:
            parents.append((node, []))
            if len(parents) > DEPTH:
                raise SpecError(*problems, Problem("E_DEPTH", f"nested deeper than {DEPTH} levels; flatten it", place))
    if len(roots) > 1:
        message = "a file holds one spec; put the second one into a file of its own"
        problems.append(Problem("E_DOCUMENTS", message, roots[1].source))
    if not roots:
        message = "there are only comments; 'cellgraph new NAME' writes a spec to start from"
        problems.append(Problem("E_EMPTY", message, text.place(1, 1)))
    if problems:
        raise SpecError(*problems)
    return roots[0]


def _events(text: Text) -> Iterator[Any]:
    """The events of a text; what cannot be read becomes a SpecError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text.text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = text.place(mark.line + 1, mark.column + 1) if mark else text.place(1, 1)
        told = f"{error.context or ''} {error.problem or ''}"
        hint = next((hint for part, hint in _HINTS.items() if part in told), "check the line and the one before")
        if "[t-1]" in place.text and "got '['" in told:
            hint = "the state before the step is there without being declared, so leave it out"
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise SpecError(Problem("E_YAML_SYNTAX", f"this is not YAML ({reason}); {hint}", place)) from error
    except (YAMLError, ValueError, OverflowError) as error:
        # Escapes such as "\UFFFFFFFF" and long version numbers are not checked by ruamel.yaml itself.
        message = "this is not YAML (an escape or a number is out of range); check escapes in double quotes"
        raise SpecError(Problem("E_YAML_SYNTAX", message, text.place(1, 1))) from error


def _forbidden(kind: str, event: Any, place: Source) -> Iterator[Problem]:
    if kind == "AliasEvent" or getattr(event, "anchor", None):
        yield Problem("E_ALIAS", "anchors (&) and aliases (*) are not used in specs; write the value out", place)
    if getattr(event, "tag", None):
        yield Problem("E_TAG", f"tags such as {quoted(str(event.tag))} are not used in specs; leave it out", place)


def _node(kind: str, event: Any, place: Source) -> Node | None:
    if kind == "SequenceStartEvent":
        return Sequence(place)
    if kind == "MappingStartEvent":
        return Mapping(place)
    if kind == "ScalarEvent":
        return Scalar(place, event.value, event.style or "", event.end_mark.line - event.start_mark.line + 1)
    return Scalar(place, "", "", 1) if kind == "AliasEvent" else None


def _attached(node: Node, parent: Sequence | Mapping, waiting: list[Scalar]) -> Iterator[Problem]:
    """Puts a node into its parent: into a list, or as the next key of a mapping, or as the value of the one waiting."""
    if isinstance(parent, Sequence):
        parent.items.append(node)
    elif waiting:
        key = waiting.pop()
        if isinstance(node, Scalar) and not (node.value or node.style):
            # Nothing has no place of its own; it is missed at its key.
            node = replace(node, source=key.source)
        parent.entries.setdefault(key.value, (key, node))
    elif isinstance(node, Scalar):
        waiting.append(node)
        if node.value in parent.entries:
            first = parent.entries[node.value][0].source.line
            message = f"the key {quoted(node.value)} is here already, at line {first}; keep one of the two"
            yield Problem("E_DUP_KEY", message, node.source)
    else:
        waiting.append(Scalar(node.source, "", "", 1))
        yield Problem("E_KEY_TYPE", "a key is a name, and not a list or a mapping; check the brackets", node.source)


def _escaped(node: Scalar) -> Iterator[Problem]:
    """Characters that an escape in double quotes brings in, although the file itself may not hold them."""
    for at in hidden_characters(node.value, most=1):
        message = f"an escape gives the invisible character {spelled_out(node.value[at])}; leave it out"
        yield Problem("E_CTRL_CHAR", message, node.source)
