"""Nodes to a typed document: the sections of a spec, as one table. Imports no SymPy.

A new section is a new row of `SECTIONS`, a field of `Document`, and a property of `specs/cellgraph.schema.json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cellgraph.errors import Problem, Source, nearest, quoted
from cellgraph.spec import readers, yaml_nodes
from cellgraph.spec.function_texts import FunctionText, functions
from cellgraph.spec.readers import EquationBlock, Located, Reader, Section, Shapes, Sizes, Words
from cellgraph.spec.source import Text
from cellgraph.spec.yaml_nodes import Node

SECTIONS: Mapping[str, Section] = MappingProxyType({section.key: section for section in (
    Section("name", True, readers.cell_name, "name: my-cell"),
    Section("title", False, readers.words, "title: {en: My cell, zh: 我的单元}"),
    Section("reference", False, readers.text, "reference: Author & Author 2020"),
    Section("year", False, readers.whole_number, "year: 2020"),
    Section("family", False, readers.text, "family: gated"),
    Section("note", False, readers.words, "note: what a reader should know"),
    Section("dims", True, readers.descriptions, "dims: {m: input size, n: hidden size}"),
    Section("each", False, readers.descriptions, "each: {j: heads}"),
    Section("inputs", True, readers.shapes, "inputs: {x: [m]}"),
    Section("states", True, readers.some_shapes, "states: {h: [n]}"),
    Section("params", True, readers.shapes, "params: {W: [n, m], U: [n, n], b: [n]}"),
    Section("constants", False, readers.constants, "constants: {dt: 0.1}"),
    Section("initial", False, readers.initial_values, "initial: {s: -1e38, h: h_0}"),
    Section("functions", False, functions, "functions: {silu(a): a * sigmoid(a)}"),
    Section("equations", True, readers.block, "equations: |"),
    Section("output", False, readers.one_name, "output: h"),
    Section("readout", False, readers.block, "readout: |"),
    Section("labels", False, readers.labels, "labels: {h: {en: hidden state, zh: 隐藏状态}}"),
    Section("implementations", False, None, "implementations: {torch.nn.RNNCell: {arrays: {weight_ih: [W]}}}"),
    Section("recorded", False, readers.texts, "recorded: [library__Class]"),
    Section("expects", False, readers.formulas, "expects: {params: n*(m + n + 1)}"),
)})  # fmt: skip
"""Every section of a spec, in the order in which specs write them."""

_BREAKING = ("E_SECTION_TYPE", "E_EMPTY_SECTION")
"""Problems of a whole section, after which what it declares is not known."""


@dataclass(frozen=True)
class Document:
    """A spec as written, with every section in its type; a section that is missing or wrong is empty."""

    text: Text
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Where each section's key stands."""
    refused: tuple[str, ...] = ()
    """Words of names that were declared but cannot be names, which has been reported."""
    broken: tuple[str, ...] = ()
    """Sections that must be there and are not, or hold something else altogether, which has been reported."""
    name: str = ""
    title: Words = field(default_factory=dict)
    reference: str = ""
    year: int | None = None
    family: str = ""
    note: Words = field(default_factory=dict)
    dims: Mapping[str, Located[str]] = field(default_factory=dict)
    each: Mapping[str, Located[str]] = field(default_factory=dict)
    inputs: Shapes = field(default_factory=dict)
    states: Shapes = field(default_factory=dict)
    params: Shapes = field(default_factory=dict)
    constants: Mapping[str, Located[str | Sizes | None]] = field(default_factory=dict)
    initial: Mapping[str, Located[str]] = field(default_factory=dict)
    functions: tuple[FunctionText, ...] = ()
    equations: EquationBlock | None = None
    output: Located[str] | None = None
    readout: EquationBlock | None = None
    labels: Mapping[str, Located[Words]] = field(default_factory=dict)
    implementations: Node | None = None
    recorded: tuple[str, ...] = ()
    expects: Mapping[str, Located[str]] = field(default_factory=dict)


def document(text: Text) -> tuple[Document, list[Problem]]:
    """The typed document of a text, as far as it can be read, and everything that is wrong with its form.

    Raises SpecError where there is no tree of nodes to begin with.
    """
    root = yaml_nodes.tree(text)
    reader = Reader(text)
    if not isinstance(root, yaml_nodes.Mapping):
        colon = " with an ASCII colon and a space" if "：" in text.text else ""
        message = f"a spec is a mapping of sections; begin with 'name: my-cell'{colon}"
        reader.wrong("E_TOP_TYPE", message, root.source)
        return Document(text), reader.problems
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    broken: list[str] = []
    meant: list[str] = []
    for key, (place, node) in root.entries.items():
        section = SECTIONS.get(key)
        if section is None:
            hint = nearest(key, SECTIONS)
            meant += [name for name in SECTIONS if f"'{name}'" in hint]
            hint = hint or f"; the sections are {', '.join(SECTIONS)}"
            reader.wrong("E_SECTION", f"there is no section {quoted(key)}{hint}", place.source)
            continue
        sources[key] = place.source
        before = len(reader.problems)
        value = node if section.kind is None else section.kind(reader, node, section)
        wrong = reader.problems[before:]
        if any(problem.code in _BREAKING and problem.source == node.source for problem in wrong):
            broken.append(key)
        if value is not None:
            values[key] = value
    for section in SECTIONS.values():
        if section.required and section.key not in sources:
            if section.key not in meant:
                message = f"the section '{section.key}' is missing; add for example '{section.example}'"
                reader.wrong("E_MISSING", message, text.place(1, 1))
            broken.append(section.key)
    refused = [word for name in reader.refused for word in (name, *re.findall(r"\w+", name))]
    return Document(text, sources, tuple(refused), tuple(broken), **values), reader.problems
