"""What a transform is: a row with its name, its words and its rule; and the refusal of a cell that it does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cellgraph.errors import CellgraphError
from cellgraph.messages import Lang, Message, message, translated
from cellgraph.transforms.draft import Draft


class NotApplicable(CellgraphError):
    """A transform that does not fit a cell: one sentence on why, in either language."""

    def __init__(self, template: str, **values: Any) -> None:
        self.message = message(template, **values)
        super().__init__(told(self.message, "en"))

    def told(self, lang: Lang) -> str:
        """The sentence in a language."""
        return told(self.message, lang)


@dataclass(frozen=True)
class Transformed:
    """What a rule made of a cell, what that adds to the cell's title, and what was changed and why, in a sentence."""

    draft: Draft
    title: Message
    why: Message


@dataclass(frozen=True)
class Argument:
    """What may follow a transform's name after '=': how it is read, what it is where nothing follows, an example.

    `read` raises ValueError for text that it cannot take.
    """

    read: Callable[[str], Any]
    default: Any
    example: str


@dataclass(frozen=True)
class Transform:
    """One row of the table. `rule` takes a cell (and the argument, where there is one), and raises NotApplicable."""

    name: str
    rule: Callable[..., Transformed]
    reference: str
    argument: Argument | None = None


def told(said: Message, lang: Lang) -> str:
    """A message as plain text: names as specs write them."""
    return translated(said.template, lang).format(
        **{key: told(value, lang) if isinstance(value, Message) else str(value) for key, value in said.values.items()}
    )


def joined(values: Iterable[object]) -> Message:
    """Names as people list them: 'f, i and o'."""
    *first, last = map(str, values)
    listed = message("{last}", last=last)
    for place, name in enumerate(reversed(first)):
        template = message("{first}, {rest}", first=name, rest=listed)
        listed = template if place else message("{first} and {last}", first=name, last=listed)
    return listed
