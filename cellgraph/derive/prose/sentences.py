"""How sentences are put together from facts: names with what the spec calls them, lists with 'and', chains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import sympy as sp

from cellgraph.graph import Cell, Function, folded, postorder
from cellgraph.messages import Message, message
from cellgraph.ops import Head

SHORT = re.compile(r"[\w-]+( [\w-]+){0,2}")
"""Labels that read well before a name: 'the forget gate f'. Longer ones come behind it."""
PARTED = {"en": re.compile(r"([^,]+), ([^,]+)"), "zh": re.compile("([^（]+)（([^）]+)）")}
"""Labels of which a part reads well before a name and the rest behind it: 'the memory S (key to value)'."""

READABLE = 32
"""Operations and names in a formula above which it is not spelled in a sentence: the equations show it better."""

COUNTS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def called(cell: Cell, quantity: sp.Expr, start: bool = False) -> Message | sp.Expr:
    """What the spec calls a quantity, and its name: 'the forget gate f'; the name alone where it has no label."""
    label = cell.labels.get(str(quantity)) if isinstance(quantity, sp.Symbol) else None
    if not label:
        return quantity
    parts = {lang: found.groups() for lang, text in label.items() if (found := PARTED[lang].fullmatch(text))}
    before, behind = ({lang: pair[k] for lang, pair in parts.items()} for k in (0, 1))
    if parts.keys() == label.keys() and SHORT.fullmatch(before.get("en", "")):
        template = "The {label} {name} ({rest})" if start else "the {label} {name} ({rest})"
        return message(template, name=quantity, label=before, rest=behind)
    if not SHORT.fullmatch(label.get("en", "")) or str(quantity) == label.get("en"):
        return message("{name} ({label})", name=quantity, label=label)
    return message("The {label} {name}" if start else "the {label} {name}", name=quantity, label=label)


def called_together(cell: Cell, quantities: Sequence[sp.Expr], start: bool = False) -> list[Any]:
    """What the spec calls quantities, those together that stand side by side and are called alike."""
    found: list[Any] = []
    for label, group in groupby(quantities, key=lambda q: dict(cell.labels.get(str(q), {})) or q):
        own = list(group)
        alike = message("{names} ({label})", names=chained(own, "{first}, {rest}"), label=label)
        found.append(alike if len(own) > 1 else called(cell, own[0], start and not found))
    return found


def chained(values: Sequence[Any], template: str) -> Any:
    """The values one after the other, by a template of {first} and {rest}; a single one is itself.

    Neighbours are joined in pairs, then pairs of pairs: however many values there are, messages nest a dozen deep.
    """
    parts = list(values)
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [*(message(template, first=a, rest=b) for a, b in pairs), *parts[len(parts) // 2 * 2 :]]
    return parts[0]


def several(values: Sequence[Any]) -> Any:
    """'a', 'a and b', 'a, b and c'."""
    last = [message("{first} and {last}", first=values[-2], last=values[-1])] if len(values) > 1 else values[-1:]
    return chained([*values[:-2], *last], "{first}, {rest}")


def with_calls(said: Message, functions: Sequence[Function]) -> Message:
    """The message with its formulas as a reader of the spec knows them, functions called by name."""

    def named(value: Any) -> Any:
        if isinstance(value, Message):
            return with_calls(value, functions)
        return folded(value, functions) if isinstance(value, Head) else value

    return message(said.template, **{key: named(value) for key, value in said.values.items()}) if functions else said


def counted(count: int | sp.Expr) -> Message | int | sp.Expr:
    """A small number in words; any other, or a formula, as it is."""
    return message(COUNTS[count]) if isinstance(count, int) and count < len(COUNTS) else count


def readable(*exprs: sp.Expr) -> bool:
    """Whether a reader can take these formulas in, in the middle of a sentence."""
    return sum(len(postorder(expr)) for expr in exprs) <= READABLE
