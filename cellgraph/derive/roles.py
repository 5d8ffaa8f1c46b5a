"""Roles of quantities as a picture shows them, read off the structure: gates, and candidates for the next state."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sympy as sp

from ..graph import Cell
from .structure import structure


def roles(cell: Cell) -> Mapping[sp.Symbol, str]:
    """'gate' for every named gate; 'candidate' for what a gate scales, or a coupling adds, in the update of a carried
    state."""
    found = structure(cell)
    carried = {carry.state for carry in found.carries}
    named = cell.step.definitions
    states = {*cell.carries, *cell.carries.values()}
    gates = {gate.symbol: "gate" for gate in found.gates if gate.symbol in named}
    scaled = [use.scaled for gate in found.gates for use in gate.uses if use.lhs in carried]
    added = [candidate for coupling in found.coupled for candidate in coupling.candidates]
    candidates = {s: "candidate" for s in (*scaled, *added) if s in named and s not in states and s not in gates}
    return MappingProxyType({**candidates, **gates})
