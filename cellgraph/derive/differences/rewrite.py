"""A rewrite: one substitution in a normal form, with what it says in either direction."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cellgraph.derive.differences.normal_form import NormalForm
from cellgraph.messages import Message


@dataclass(frozen=True)
class Rewrite:
    """One substitution: its kind, how it is said in either direction, and how the normal form that it gives is made."""

    kind: str
    forward: Message
    inverse: Message
    make: Callable[[], NormalForm]

    @cached_property
    def mark(self) -> Hashable:
        """What two rewrites share that do the same, wherever on a way they are made."""
        return self.kind, frozenset(map(_mark, self.forward.values.values()))


def _mark(value: Any) -> Hashable:
    return tuple(map(_mark, value.values.values())) if isinstance(value, Message) else value
