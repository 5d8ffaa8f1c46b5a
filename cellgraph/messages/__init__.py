"""What the tool says, in English and Chinese: messages are English templates, looked up where Chinese is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)

LISTED = re.compile(r"\{\w+\}(, \{\w+\})+")
"""A list of values, between which Chinese has a comma of its own."""

CATALOGUE = Path(__file__).parent / "zh.po"
"""The Chinese of every English template, in the format of gettext, which the tools of translators read and write."""


@dataclass(frozen=True)
class Message:
    """A sentence with values in it: an English template, and what stands at its {placeholders}.

    Values are plain text, numbers, SymPy sizes, quantities or other messages; the view that prints the message writes
    them in its own notation.
    """

    template: str
    values: Mapping[str, Any]


def message(template: str, **values: Any) -> Message:
    """The message of an English template and its values."""
    return Message(template, MappingProxyType(values))


def listed(values: Iterable[Any]) -> Message:
    """The message 'a, b, c' of values that a view writes in its own notation; 'none' of no values."""
    named = {f"value{k}": value for k, value in enumerate(values)}
    return message(", ".join(f"{{{name}}}" for name in named) or "none", **named)


@cache
def chinese() -> Mapping[str, str]:
    """Every Chinese template by its English one."""
    import polib

    entries = polib.pofile(str(CATALOGUE), encoding="utf-8")
    return MappingProxyType({entry.msgid: entry.msgstr for entry in entries if entry.translated()})


def translated(template: str, lang: Lang) -> str:
    """The template in `lang`; English where there is no Chinese yet (a test lists those)."""
    if lang != "zh":
        return template
    own = template.replace(", ", "、") if LISTED.fullmatch(template) else template
    return chinese().get(template, own)
