"""The section of functions: what each is as text, before it is read as an expression. Imports no SymPy."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cellgraph.errors import nearest, quoted
from cellgraph.spec import yaml_nodes
from cellgraph.spec.readers import Located, Reader, Section, described, entries, inside
from cellgraph.spec.yaml_nodes import Node, Scalar

WORD = re.compile(r"[A-Za-z0-9]{1,24}")
"""A label."""


@dataclass(frozen=True, slots=True)
class FunctionText:
    """A function as written: 'name(parameters)', the expression that it is, and what a picture writes for it."""

    head: Located[str]
    body: Located[str]
    label: str = ""


def functions(reader: Reader, node: Node, section: Section) -> tuple[FunctionText, ...]:
    """Functions in their order: 'name(parameters)' and an expression; or `is`, the expression, and `label`, a word."""
    found = []
    for key, value in entries(reader, node, section):
        body, label = value, ""
        if isinstance(value, yaml_nodes.Mapping):
            body, label = _labelled(reader, value, key)
        if isinstance(body, Scalar) and body.value.strip():
            found.append(FunctionText(Located(key.value, inside(key).source), inside(body), label))
        else:
            good = f"write an expression, such as '{section.example}'"
            reader.wrong("E_FUNCTION", f"{quoted(key.value, 40)} is {described(body)}; {good}", body.source)
    return tuple(found)


def _labelled(reader: Reader, node: yaml_nodes.Mapping, key: Scalar) -> tuple[Node, str]:
    """What a mapping says that a function is, and its label."""
    body: Node = Scalar(key.source, "", "", 1)
    label = ""
    for name, (place, value) in node.entries.items():
        if name == "is":
            body = value
        elif name != "label":
            message = f"a function has no {quoted(name, 40)}{nearest(name, ('is', 'label')) or '; write is or label'}"
            reader.wrong("E_FUNCTION", message, place.source)
        elif isinstance(value, Scalar) and WORD.fullmatch(value.value):
            label = value.value
        else:
            message = "this is no label of a function; use one word of at most 24 letters and digits, such as LN"
            reader.wrong("E_FUNCTION", message, value.source)
    return body, label
