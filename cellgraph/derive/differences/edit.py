"""What an edit is: one substitution in the net of a cell, with words for it in both directions."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from cellgraph.derive.differences.normal_form import NormalForm
from cellgraph.words import Message


@dataclass(frozen=True)
class Rewrite:
    """One substitution: what it is called, how it reads there and back, and how the net that it gives is made."""

    kind: str
    forward: Message
    inverse: Message
    make: Callable[[], NormalForm]
    place: sp.Symbol | None = None
    function: type | None = None

    @cached_property
    def mark(self) -> Hashable:
        """What two edits share that do the same, wherever on a way they are made."""
        return self.kind, frozenset(map(_mark, self.forward.values.values()))


def _mark(value: Any) -> Hashable:
    return tuple(map(_mark, value.values.values())) if isinstance(value, Message) else value
