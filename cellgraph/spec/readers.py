"""What the value of a section can be: one reader for each kind, from nodes to typed values with their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from cellgraph.errors import Problem, Source, nearest, quoted
from cellgraph.messages import LANGUAGES
from cellgraph.names import misnamed, misnamed_cell
from cellgraph.spec import yaml_nodes
from cellgraph.spec.source import Text
from cellgraph.spec.yaml_nodes import Node, Scalar

RANK = 6
EXPECTED = ("params",)
NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?(e-?[0-9]{1,2})?")
INFINITE = re.compile(r"-?inf")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """A value and where it stands."""

    value: T
    source: Source


EquationBlock = Located[tuple[Located[str], ...]]
"""Lines of equations: the text of each, and the place of its first character."""

Sizes = tuple[Located[str], ...]
Shapes = Mapping[str, Located["Sizes | None"]]
"""The sizes of each name as written; None where they are not in order (which has been reported)."""

Words = Mapping[str, str]
"""Text by language."""


@dataclass(frozen=True)
class Reader:
    """The text being read, what is wrong with it so far, and names that were refused (and reported) as such."""

    text: Text
    problems: list[Problem] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def wrong(self, code: str, message: str, source: Source) -> None:
        """Notes a problem; reading goes on, so that one report tells them all."""
        self.problems.append(Problem(code, message, source))


@dataclass(frozen=True, slots=True)
class Section:
    """One row of the table of sections: its key, whether it must be there, what its value is, and an example."""

    key: str
    required: bool
    kind: Callable[[Reader, Node, Section], Any] | None
    """(reader, node, section) -> the value, or None where nothing can be made of the node. Without it, the node."""
    example: str

    def __str__(self) -> str:
        """The section as messages call it."""
        return f"'{self.key}'"


def cell_name(reader: Reader, node: Node, section: Section) -> str | None:
    """The name of a cell: a word for file names and the command line."""
    if not isinstance(node, Scalar):
        message = f"the name is {described(node)}; write one word such as 'my-cell'"
        reader.wrong("E_NAME_TYPE", message, node.source)
        return None
    reason = misnamed_cell(node.value)
    if reason:
        reader.wrong(*reason, node.source)
    return None if reason else node.value


def text(reader: Reader, node: Node, what: Section | str, name: str = "") -> str | None:
    """A text; line breaks in it are spaces. `what` says what it is, with the user's own name for it at {}."""
    if isinstance(node, Scalar) and (node.value.strip() or node.style):
        return " ".join(node.value.split())
    told = str(what).format(quoted(name, 40))
    reader.wrong("E_SECTION_TYPE", f"{told} is {described(node)}; write a text", node.source)
    return None


def words(reader: Reader, node: Node, what: Section | str, name: str = "") -> Words | None:
    """A text, or one text for each language; plain text is English."""
    if not isinstance(node, yaml_nodes.Mapping):
        told = text(reader, node, what, name)
        return None if told is None else {"en": told}
    found: dict[str, str] = {}
    for language, value in node.entries.values():
        told = text(reader, value, what, name)
        if language.value not in LANGUAGES:
            message = f"{quoted(language.value)} is no language known here; use {' or '.join(LANGUAGES)}"
            reader.wrong("E_LANGUAGE", message, language.source)
        elif told is not None:
            found[language.value] = told
    return found or None


def whole_number(reader: Reader, node: Node, section: Section) -> int | None:
    """A whole number of at most nine digits."""
    if isinstance(node, Scalar) and re.fullmatch(r"[0-9]{1,9}", node.value):
        return int(node.value)
    message = f"{section} is {described(node)}; write a whole number, such as '{section.example}'"
    reader.wrong("E_NUMBER", message, node.source)
    return None


def descriptions(reader: Reader, node: Node, section: Section) -> Mapping[str, Located[str]]:
    """Names and what each stands for."""
    return {
        name.value: Located(text(reader, value, "what {} is", name.value) or "", name.source)
        for name, value in _named(reader, node, section)
    }


def shapes(reader: Reader, node: Node, section: Section) -> Shapes:
    """Names and the sizes of their axes: `[n, m]` is a matrix, `[n]` a vector, `[]` a scalar."""
    return {
        name.value: Located(_shape(reader, value, name.value), name.source)
        for name, value in _named(reader, node, section)
    }


def constants(reader: Reader, node: Node, section: Section) -> Mapping[str, Located[str | Sizes | None]]:
    """Names and the number that each is; or, as in `shapes`, the axes of an array that is given and never learned."""
    found: dict[str, Located[str | Sizes | None]] = {}
    for name, value in _named(reader, node, section):
        if isinstance(value, Scalar) and NUMBER.fullmatch(value.value):
            found[name.value] = Located(value.value, name.source)
        elif isinstance(value, yaml_nodes.Sequence):
            found[name.value] = Located(_shape(reader, value, name.value), name.source)
        else:
            good = "write a number, such as 0.1, or the sizes of an array's axes, such as [n]"
            reader.wrong("E_NUMBER", f"{quoted(name.value, 40)} is {described(value)}; {good}", value.source)
            found[name.value] = Located(None, name.source)
    return found


def initial_values(reader: Reader, node: Node, section: Section) -> Mapping[str, Located[str]]:
    """States and what each is before the first step: a number, -inf or inf, or the name of a parameter."""
    found: dict[str, Located[str]] = {}
    for name, value in _named(reader, node, section):
        told = value.value if isinstance(value, Scalar) else ""
        if NUMBER.fullmatch(told) or INFINITE.fullmatch(told) or (told and not misnamed(told)):
            found[name.value] = Located(told, value.source)
        else:
            good = "write a number, such as -1e38 or -inf, or the name of a parameter"
            reader.wrong("E_INITIAL", f"{quoted(name.value, 40)} begins as {described(value)}; {good}", value.source)
    return found


def some_shapes(reader: Reader, node: Node, section: Section) -> Shapes:
    """As `shapes`, with one entry at least."""
    if isinstance(node, yaml_nodes.Mapping) and not node.entries:
        message = f"{section} is empty, and a recurrent cell needs one; write for example '{section.example}'"
        reader.wrong("E_EMPTY_SECTION", message, node.source)
    return shapes(reader, node, section)


def block(reader: Reader, node: Node, section: Section) -> EquationBlock | None:
    """Equations, one a line: a literal block (`|`), or a quoted text as JSON has it."""
    good = f"write '{section.key}: |' and one equation a line below it, indented"
    if isinstance(node, yaml_nodes.Sequence) and not node.items:
        reader.wrong("E_EMPTY_SECTION", f"{section} is empty; {good}", node.source)
        return None
    folded = isinstance(node, Scalar) and (node.style == ">" or (not node.style and node.lines > 1))
    if not isinstance(node, Scalar) or folded or not (node.value.strip() or node.style):
        told = "folded into one line" if folded else described(node)
        reader.wrong("E_SECTION_TYPE", f"{section} is {told}; {good}", node.source)
        return None
    start = inside(node).source
    inline = tuple(Located(line, start) for line in node.value.split("\n"))
    lines = _literal(reader.text, node) if node.style == "|" else inline
    if all(not line.value.partition("#")[0].strip() for line in lines):
        reader.wrong("E_EMPTY_SECTION", f"{section} holds no equation; {good}", node.source)
        return None
    return Located(lines, node.source)


def one_name(reader: Reader, node: Node, section: Section) -> Located[str] | None:
    """The name of a quantity."""
    name = text(reader, node, section)
    reason = misnamed(name) if name is not None else None
    if reason:
        reader.wrong(*reason, node.source)
    return None if name is None or reason else Located(name, node.source)


def labels(reader: Reader, node: Node, section: Section) -> Mapping[str, Located[Words]]:
    """Names and what people call them."""
    named = _named(reader, node, section)
    found = ((name, words(reader, value, "{}", name.value)) for name, value in named)
    return {name.value: Located(label, name.source) for name, label in found if label}


def formulas(reader: Reader, node: Node, section: Section) -> Mapping[str, Located[str]]:
    """What is expected of the cell: formulas over the dims."""
    found = {}
    for key, value in entries(reader, node, section):
        formula = text(reader, value, "{}", key.value)
        if key.value not in EXPECTED:
            hint = nearest(key.value, EXPECTED) or f"; write one of {', '.join(EXPECTED)}"
            reader.wrong("E_SECTION", f"nothing called {quoted(key.value)} can be expected{hint}", key.source)
        elif formula is not None:
            found[key.value] = Located(formula, value.source)
    return found


def texts(reader: Reader, node: Node, section: Section) -> tuple[str, ...] | None:
    """A list of texts."""
    if isinstance(node, yaml_nodes.Sequence) and node.items:
        return tuple(told for item in node.items if (told := text(reader, item, f"what {section} lists")))
    message = f"{section} is {described(node)}; write a list such as '{section.example}'"
    reader.wrong("E_SECTION_TYPE", message, node.source)
    return None


def described(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"the text {quoted(node.value, 30)}" if node.value.strip() else "empty"
    return "a list" if isinstance(node, yaml_nodes.Sequence) else "a mapping"


def entries(reader: Reader, node: Node, section: Section) -> list[tuple[Scalar, Node]]:
    if isinstance(node, yaml_nodes.Mapping):
        return list(node.entries.values())
    message = f"{section} is {described(node)}; write a mapping such as '{section.example}'"
    reader.wrong("E_SECTION_TYPE", message, node.source)
    return []


def _named(reader: Reader, node: Node, section: Section) -> Iterator[tuple[Scalar, Node]]:
    """The entries of a mapping whose keys can be names of dims or quantities; the others are reported."""
    for key, value in entries(reader, node, section):
        reason = misnamed(key.value)
        if reason:
            reader.wrong(*reason, key.source)
            reader.refused.append(key.value)
        else:
            yield key, value


def _shape(reader: Reader, node: Node, name: str) -> Sizes | None:
    good = "write the sizes of its axes, such as [n, m], [n], or [] for a scalar"
    if not isinstance(node, yaml_nodes.Sequence):
        reader.wrong("E_SHAPE_FORM", f"the shape of {quoted(name, 40)} is {described(node)}; {good}", node.source)
        return None
    for item in node.items:
        if not isinstance(item, Scalar) or not item.value.strip():
            reader.wrong(
                "E_SHAPE_FORM", f"a size in the shape of {quoted(name, 40)} is {described(item)}; {good}", item.source
            )
            return None
    if len(node.items) > RANK:
        message = f"the shape of {quoted(name, 40)} has {len(node.items)} axes; use at most {RANK}"
        reader.wrong("E_SHAPE_FORM", message, node.source)
        return None
    return tuple(inside(item) for item in node.items if isinstance(item, Scalar))


def _literal(whole: Text, node: Scalar) -> tuple[Located[str], ...]:
    """Line k of a literal block is line k below its '|'; what YAML took off it is the indentation."""
    found = []
    for number, line in enumerate(node.value.split("\n"), node.source.line + 1):
        start = whole.place(number, 1)
        indent = len(start.text) - len(line) if start.text.endswith(line) else 0
        found.append(Located(line, whole.place(number, indent + 1)))
    return tuple(found)


def inside(node: Scalar) -> Located[str]:
    """The text of a scalar, placed behind its opening quote."""
    place = node.source
    return Located(node.value, replace(place, column=place.column + 1) if node.style in ("'", '"') else place)
