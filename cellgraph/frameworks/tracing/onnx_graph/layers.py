"""The operators LSTM, GRU and RNN in a file of ONNX: which cell each of them is, and its arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.tracing.asked import Array
from cellgraph.frameworks.tracing.onnx_graph.file import arrays_of, loaded, wrong
from cellgraph.frameworks.tracing.onnx_graph.reading import attributes_of, told
from cellgraph.graph import Cell
from cellgraph.implementations.implementation import Implementation
from cellgraph.spec.find import find

PLACES = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")
"""What the operators take, by position."""
USUAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}
)
"""The activations of each operator, where it names none."""
OPTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"LSTM": ("input_forget",), "GRU": ("linear_before_reset",), "RNN": ()}
)
"""Attributes that decide which cell it is."""


@dataclass(frozen=True)
class OnnxLayer:
    """One recurrent operator: the cell that it runs over time, how it lays out arrays, and those that the file holds.

    :directions: how many ways it goes: an array has an axis in front with an entry for each
    :backwards:  whether the first of them is backwards
    """

    name: str
    cell: Cell
    implementation: Implementation
    arrays: Mapping[str, Array]
    directions: int
    backwards: bool


def layers_of(path: str) -> tuple[OnnxLayer, ...]:
    """Every recurrent operator of a file in order; there may be none. Raises CodeError for one that no cell here is."""
    model = loaded(path)
    held = arrays_of(model)
    nodes = enumerate(model.graph.node, 1)
    return tuple(_layer(path, held, number, node) for number, node in nodes if node.op_type in USUAL)


def _layer(path: str, held: Mapping[str, Array], number: int, node: Any) -> OnnxLayer:
    kind, said = node.op_type, attributes_of(node)
    named = dict(zip(PLACES, node.input, strict=False))
    arrays = {place: held[named[place]] for place in ("W", "R", "B", "P") if named.get(place, "") in held}
    direction = said.get("direction", b"forward").decode()
    directions = 2 if direction == "bidirectional" else 1
    options: dict[str, Any] = {"bias": bool(named.get("B"))} | {key: int(said.get(key, 0)) for key in OPTIONS[kind]}
    if kind == "LSTM":
        options["peephole"] = bool(named.get("P"))
    strange = _strange(
        kind, said, directions, {place for place in ("W", "R", "B", "P") if named.get(place)} - {*arrays}
    )
    try:
        cell, implementation = find(f"onnx.{kind}", **options)
    except (KeyError, ValueError):
        strange = strange or ", ".join(f"{key} = {value}" for key, value in options.items())
    if strange:
        remedy = "no cell that ships computes this; write its step as a graph of its own"
        raise wrong(path, f"{kind} with {strange}: {remedy}", number, told(node))
    return OnnxLayer(node.name or kind, cell, implementation, arrays, directions, direction == "reverse")


def _strange(kind: str, said: Mapping[str, Any], directions: int, computed: Collection[str]) -> str:
    """What of an operator no layout has."""
    activations = tuple(name.decode() for name in said.get("activations", ()))
    if activations and activations != USUAL[kind] * directions:
        return f"the activations {', '.join(activations)}"
    if said.get("clip"):
        return f"values clipped at {said['clip']:g}"
    return f"weights that are computed, {', '.join(sorted(computed))}" if computed else ""
