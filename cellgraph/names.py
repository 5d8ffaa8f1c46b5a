"""What can be a name: of a dim or a quantity, and of a cell; and what to type instead where it cannot."""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType

from cellgraph.errors import quoted

LENGTH = 64
NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*_?")
CELL_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
LOOKALIKES = MappingProxyType(dict(zip("асеорхуіјѕԁһԛԝАВЕКМНОРСТХІЈЅονυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
                                       "aceopxyijsdhqwABEKMHOPCTXIJSovuABEZHIKMNOPTYX", strict=True)))  # fmt: skip
"""Cyrillic and Greek letters that look like ASCII ones."""

_RULE = "use ASCII letters, digits and single underscores, a letter first"
_CELL_RULE = "use lower-case letters, digits and single hyphens, a letter first (the title takes any text)"
_VALUES = frozenset({"True", "False", "None", "true", "false", "null", "~"})

Reason = tuple[str, str]
"""A problem's code and message."""


def misnamed(name: str) -> Reason | None:
    """Why this cannot name a dim or a quantity; None if it can."""
    if name.endswith("[t-1]"):
        return "E_NAME_CHAR", f"{quoted(name)} is there for every state without being declared; leave it out"
    if not name:
        return "E_NAME_LEN", "a name is missing here; write one"
    if len(name) > LENGTH:
        return "E_NAME_LEN", f"the name {quoted(name, 24)} has {len(name)} characters; use at most {LENGTH}"
    if name in _VALUES or re.match(r"[-+.]*\d", name):
        return "E_KEY_TYPE", f"{quoted(name)} is a value and cannot be a name; {_RULE}"
    if NAME.fullmatch(name):
        return None
    strange = next((character for character in name if not character.isascii()), None)
    if strange is None:
        return "E_NAME_CHAR", f"{quoted(name)} cannot be a name; {_RULE}"
    if strange in LOOKALIKES:
        like = LOOKALIKES[strange]
        told = f"{quoted(name)} holds {spelled_out(strange)}, which only looks like '{like}' (U+{ord(like):04X})"
        return "E_CONFUSABLE", f"{told}; type the ASCII letter '{like}'"
    greek = greek_name(strange)
    instead = f"write '{greek}', which prints as {strange}" if greek else _RULE
    return "E_NAME_CHAR", f"{quoted(name)} holds {spelled_out(strange)}; {instead}"


def misnamed_cell(name: str) -> Reason | None:
    """Why this cannot name a cell; None if it can. Cells are named by words that are safe as file names anywhere."""
    if CELL_NAME.fullmatch(name) and len(name) <= LENGTH:
        return None
    if not name or len(name) > LENGTH:
        return "E_NAME_LEN", f"the name of the cell has {len(name)} characters; use 1 to {LENGTH}"
    if name.startswith(".") or re.fullmatch(r"[\w .:~-]*[/\\][\w .:~/\\-]*", name):
        return "E_NAME_PATH", f"the name {quoted(name)} is a path; {_CELL_RULE}"
    if re.fullmatch(r"[-+.\d_]+", name):
        return "E_NAME_TYPE", f"the name {quoted(name)} is a number; {_CELL_RULE}"
    better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    plain = re.fullmatch(r"[\w .-]+", name, re.ASCII) and CELL_NAME.fullmatch(better)
    hint = f"; did you mean '{better}'?" if plain else ""
    return "E_NAME_CHAR", f"{quoted(name)} cannot name a cell; {_CELL_RULE}{hint}"


def spelled_out(character: str) -> str:
    """A character as messages name it: 'U+03C3 (GREEK SMALL LETTER SIGMA)'."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def greek_name(character: str) -> str:
    """The English name of a Greek letter, which prints as that letter; empty for any other character."""
    name = unicodedata.name(character, "")
    for prefix, form in (("GREEK SMALL LETTER ", str.lower), ("GREEK CAPITAL LETTER ", str.capitalize)):
        letter = name.removeprefix(prefix).replace("LAMDA", "LAMBDA")
        if name.startswith(prefix) and letter.isalpha():
            return form(letter)
    return ""
