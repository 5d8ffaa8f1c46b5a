"""Reading the `implementations` section of a spec: nodes in, implementations and every problem in them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import sympy as sp

from cellgraph.errors import Problem, Source, SpecError, nearest, quoted
from cellgraph.graph import size
from cellgraph.implementations.block_layout import KINDS, BlockLayout, block_shape
from cellgraph.implementations.implementation import MEMBER, Implementation, Option
from cellgraph.ops import Axis, Mismatch, Shape, axes_of
from cellgraph.parse import size as parsed_size
from cellgraph.spec import yaml_nodes

CLASS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)
PRECISIONS = ("float32", "float64")
TRUTH = MappingProxyType({"true": True, "false": False})


@dataclass
class LayoutReader:
    """What a section may speak of, and what has been found wrong in it so far."""

    parameters: Mapping[str, Shape]
    states: tuple[str, ...]
    dims: tuple[str, ...]
    output: str
    problems: list[Problem]

    def report(self, source: Source, text: str) -> None:
        self.problems.append(Problem("E_LAYOUT", text, source))


def implementations(
    section: yaml_nodes.Node,
    parameters: Mapping[str, Shape],
    states: tuple[str, ...],
    dims: tuple[str, ...],
    output: str = "",
) -> tuple[tuple[Implementation, ...], list[Problem]]:
    """The implementations of a section and every problem in it; `states` and `dims` are the names there are."""
    reading = LayoutReader(MappingProxyType(dict(parameters)), tuple(states), tuple(dims), output, [])
    found: dict[str, Implementation] = {}
    for name, (key, entry) in _entries(section, reading).items():
        if not CLASS.fullmatch(name):
            reading.report(key.source, f"{quoted(name)} is no dotted name of a class, such as torch.nn.LSTMCell")
        implementation = _implementation(key, entry, found, reading)
        if implementation is not None:
            found[name] = implementation
    return tuple(found.values()), reading.problems


def option(text: str) -> Option:
    """What the text of an option means: true, false, a whole number, or itself."""
    return TRUTH[text] if text in TRUTH else int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else text


def _implementation(
    name: yaml_nodes.Scalar, entry: yaml_nodes.Node, earlier: Mapping[str, Implementation], reading: LayoutReader
) -> Implementation | None:
    keys = _entries(entry, reading)
    for key, (written, _) in keys.items():
        if key not in KEYS:
            reading.report(
                written.source, f"unknown key {quoted(key)}; there are {', '.join(KEYS)}{nearest(key, KEYS)}"
            )
    if not isinstance(entry, yaml_nodes.Mapping):
        return None
    if ("arrays" in keys) == ("layer_of" in keys):
        reading.report(name.source, "write either 'arrays', or 'layer_of' with the name of a class above")
        return None
    if "arrays" in keys:
        arrays = _arrays(keys["arrays"][1], reading)
        found = Implementation(name.value, arrays, reading.parameters, states=reading.states)
    else:
        cell = keys["layer_of"][1]
        of = cell.value if isinstance(cell, yaml_nodes.Scalar) else ""
        if of not in earlier:
            reading.report(cell.source, f"no class {quoted(of)} stands above{nearest(of, earlier)}")
            return None
        found = replace(earlier[of], name=name.value)
    changes: dict[str, Any] = {"default": False} if "options" in keys else {}
    for key, (_, node) in keys.items():
        if key in FIELDS:
            changes.update(FIELDS[key](node, found, reading))
    return replace(found, **changes)


def _entries(node: yaml_nodes.Node, reading: LayoutReader) -> Mapping[str, tuple[yaml_nodes.Scalar, yaml_nodes.Node]]:
    if isinstance(node, yaml_nodes.Mapping):
        return node.entries
    reading.report(node.source, "this must be a mapping, 'key: value' on each line")
    return {}


def _arrays(section: yaml_nodes.Node, reading: LayoutReader) -> Mapping[str, BlockLayout]:
    arrays: dict[str, BlockLayout] = {}
    for name, (key, node) in _entries(section, reading).items():
        block = _block(node, reading)
        if block is None:
            continue
        try:
            shape = block_shape(block, reading.parameters)
        except Mismatch as mismatch:
            reading.report(key.source, f"array {quoted(name)}: {mismatch}")
            continue
        if (numbered := MEMBER.findall(name)) and numbered != [str(axis) for axis in axes_of(shape)[:1]]:
            told = "{axis} in the name of an array is the one lifted axis that stands first in its shape"
            reading.report(key.source, f"array {quoted(name)}: {told}")
        else:
            arrays[name] = block if isinstance(block, BlockLayout) else BlockLayout("rows", (block,))
    return MappingProxyType(arrays)


def _block(node: yaml_nodes.Node, reading: LayoutReader) -> BlockLayout | str | None:
    """A block as it is written: a parameter, a list of rows, or `{kind: parts}`; `nodes` bounds how deep they nest.

    'NAME over j' and `{over j: parts}` put the members of a family one after the other; `inside j` leaves them an axis.
    """
    if isinstance(node, yaml_nodes.Scalar):
        return _named(node, reading)
    kind, over, inside = "rows", None, False
    parts: yaml_nodes.Node = node
    if isinstance(node, yaml_nodes.Mapping):
        kind, parts = next(((key, part) for key, (_, part) in node.entries.items()), ("", node))
        if kind.startswith(("over ", "inside ")) and len(node.entries) == 1:
            word, _, axes = kind.partition(" ")
            kind, over, inside = "rows", _axes(axes, node, reading), word == "inside"
        elif kind not in KINDS or len(node.entries) != 1:
            known = ", ".join((*KINDS, "over AXIS", "inside AXIS"))
            reading.report(node.source, f"this must be one of {known}, with a list{nearest(kind, KINDS)}")
            return None
    if not isinstance(parts, yaml_nodes.Sequence) or not parts.items:
        reading.report(parts.source, "this must be a list of at least one parameter")
        return None
    blocks = [_block(part, reading) for part in parts.items]
    whole = [block for block in blocks if block is not None]
    return BlockLayout(kind, tuple(whole), tuple(over or ()), inside) if len(whole) == len(blocks) else None


def _named(node: yaml_nodes.Scalar, reading: LayoutReader) -> BlockLayout | str | None:
    """A parameter, or 'NAME over j': its members one after the other; or 'NAME inside j'."""
    word = " inside " if " inside " in node.value else " over "
    name, fused, axes = node.value.partition(word)
    if name not in reading.parameters:
        reading.report(node.source, f"unknown parameter {quoted(name)}{nearest(name, reading.parameters)}")
        return None
    inside = word == " inside "
    return BlockLayout("rows", (name,), tuple(_axes(axes, node, reading)), inside) if fused else name


def _axes(text: str, node: yaml_nodes.Node, reading: LayoutReader) -> list[Axis]:
    """The lifted axes that stand behind 'over' or 'inside', from the outermost inwards."""
    known = {str(axis): axis for shape in reading.parameters.values() for axis in axes_of(shape)}
    for name in text.split():
        if name not in known:
            hint = nearest(name, known) or f"; there are {', '.join(known) or 'none'}"
            reading.report(node.source, f"no parameter has a lifted axis {quoted(name)}{hint}")
    return [known[name] for name in dict.fromkeys(text.split()) if name in known]


def _texts(node: yaml_nodes.Node, reading: LayoutReader) -> list[yaml_nodes.Scalar]:
    items = node.items if isinstance(node, yaml_nodes.Sequence) else [node]
    texts = [item for item in items if isinstance(item, yaml_nodes.Scalar)]
    if len(texts) < len(items):
        reading.report(node.source, "this must be a list of names")
    return texts


def _options(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    options: dict[str, Option | sp.Expr] = {}
    dims = {name: size(name) for name in reading.dims}
    for name, (_, value) in _entries(node, reading).items():
        if not isinstance(value, yaml_nodes.Scalar):
            reading.report(value.source, "an option is true, false, a whole number, a word, or a size")
        elif (names := set(re.findall(r"[A-Za-z_]\w*", value.value))) and names <= set(dims):
            try:
                options[name] = parsed_size(value.value, value.source, dims)
            except SpecError as error:
                reading.problems += error.problems
        else:
            options[name] = option(value.value)
    return {"options": MappingProxyType(options)}


def _default(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    if isinstance(node, yaml_nodes.Scalar) and node.value in TRUTH:
        return {"default": TRUTH[node.value]}
    reading.report(node.source, "this must be true or false: whether the library does this without being asked")
    return {}


def _without(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    without: dict[str, tuple[str, ...]] = {}
    for name, (_, value) in _entries(node, reading).items():
        listed = _texts(value, reading)
        for array in listed:
            if array.value not in found.arrays:
                hint = nearest(array.value, found.arrays)
                reading.report(array.source, f"unknown array {quoted(array.value)}{hint}")
        without[name] = tuple(array.value for array in listed)
    return {"without": MappingProxyType(without)}


def _states(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    listed = tuple(text.value for text in _texts(node, reading))
    if len(set(listed)) < len(listed) or not listed or not set(listed) <= set(reading.states):
        reading.report(node.source, f"this must list each state once: {', '.join(reading.states)}")
    return {"states": listed}


def _sizes(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    sizes: dict[str, int] = {}
    for name, (key, value) in _entries(node, reading).items():
        number = option(value.value) if isinstance(value, yaml_nodes.Scalar) else None
        if name in reading.dims and isinstance(number, int) and number > 0:
            sizes[name] = number
        else:
            reading.report(key.source, f"this must be a dim and its size, such as '{reading.dims[0]}: 2'")
    return {"sizes": MappingProxyType(sizes)}


def _returns(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    listed = tuple(text.value for text in _texts(node, reading))
    known = (*found.states, reading.output)
    if not listed or not set(listed) <= set(known):
        reading.report(node.source, f"this must list what a call gives back, of {', '.join(dict.fromkeys(known))}")
    return {"returns": listed}


def _gradient(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    if isinstance(node, yaml_nodes.Scalar) and node.value in PRECISIONS:
        return {"gradient": node.value}
    reading.report(node.source, f"this must be one of {', '.join(PRECISIONS)}")
    return {}


def _names(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    text = node.value if isinstance(node, yaml_nodes.Scalar) else ""
    if "{array}" not in text or re.search(r"[{}]", re.sub(r"\{(array|layer|direction)\}", "", text)):
        reading.report(node.source, "this must hold {array}, may hold {layer} and {direction}, and no other braces")
    return {"names": text}


def _directions(node: yaml_nodes.Node, found: Implementation, reading: LayoutReader) -> dict[str, Any]:
    words = tuple(text.value for text in _texts(node, reading))
    if words == ("axis",):
        return {"axis": True}
    if len(words) != 2:
        reading.report(node.source, "this must be 'axis', or two words for {direction}: forwards and backwards")
        return {}
    return {"directions": words}


Field = Callable[[yaml_nodes.Node, Implementation, LayoutReader], dict[str, Any]]

FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "options": _options,
        "default": _default,
        "without": _without,
        "states": _states,
        "sizes": _sizes,
        "returns": _returns,
        "gradient": _gradient,
        "names": _names,
        "directions": _directions,
    }
)
KEYS = ("arrays", "layer_of", *FIELDS)
