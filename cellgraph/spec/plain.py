"""The plain part of YAML in which specs are mostly written, read line by line; all else is left to a whole parser.

Block mappings of names, literal blocks, and on one line lists, mappings, plain and double-quoted text. What is read is
exactly what `nodes.tree` reads, and is read many times faster; of a text with anything else in it, nothing is.
"""

from __future__ import annotations

import re

from cellgraph.errors import Source
from cellgraph.spec.nodes import Mapping, Node, Scalar, Sequence
from cellgraph.spec.source import Text

DEPTH = 6
NODES = 3000

_ENTRY = re.compile(r"( *)([A-Za-z_][A-Za-z0-9_./-]{0,99}):(?: +(.*))?", re.DOTALL)
_FIRST = r"(?:[A-Za-z0-9_.(+/\u00c0-\U0010ffff]|-(?=[A-Za-z0-9_.]))"
_PLAIN = re.compile(rf"({_FIRST}(?:[^:#\n]|:(?! |$)|(?<! )#)*?) *(?: #.*)?")
_QUOTED = re.compile(r'"([^"\\\n]*)" *(?: #.*)?')
_NOTHING = re.compile(r" *(?:#.*)?")
_LITERAL = re.compile(r"\| *(?: #.*)?")
_TOKEN = re.compile(rf' *(?:([\[{{}}\],]|:(?= ))|"([^"\\\n]*)"|({_FIRST}[^,\[\]{{}}:#"\n]*))')


def tree(text: Text) -> Node | None:
    """The root of the document in `text`, as `nodes.tree` reads it; None where that has to read it."""
    if "\t" in text.text or not text.text.endswith("\n"):
        return None
    lines = text.lines[:-1]  # behind the last line break there is no line
    open_: list[tuple[int, Mapping]] = []
    waiting: tuple[int, Scalar] | None = None  # a key whose value is the mapping that follows
    number = count = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if _NOTHING.fullmatch(line):
            continue
        found = _ENTRY.fullmatch(line)
        if found is None or (count := count + 1) > NODES:
            return None
        indent, name, rest = len(found[1]), found[2], found[3] or ""
        key = Scalar(text.place(number, indent + 1), name, "", 1)
        mapping = _opened(open_, indent, waiting, key)
        waiting = None
        if mapping is None or name in mapping.entries:
            return None
        column = found.start(3) if rest else 0
        if _LITERAL.fullmatch(rest):
            value, number = _literal(text, lines, number, column, indent)
        elif rest and not rest.startswith("#"):
            value = _inline(text, rest, number, column)
        else:
            waiting = (indent, key)
            continue
        if value is None:
            return None
        mapping.entries[name] = (key, value)
    return open_[0][1] if open_ and waiting is None else None


def _opened(
    open_: list[tuple[int, Mapping]], indent: int, waiting: tuple[int, Scalar] | None, key: Scalar
) -> Mapping | None:
    """The mapping that an entry at this indentation belongs to; None where there is none."""
    if waiting is not None or not open_:
        outer = -1 if waiting is None else waiting[0]
        if indent <= outer or (waiting is None and indent) or len(open_) > DEPTH:
            return None
        mapping = Mapping(key.source)
        if waiting is not None:
            open_[-1][1].entries[waiting[1].value] = (waiting[1], mapping)
        open_.append((indent, mapping))
        return mapping
    while open_ and open_[-1][0] > indent:
        open_.pop()
    return open_[-1][1] if open_ and open_[-1][0] == indent else None


def _literal(text: Text, lines: list[str], number: int, column: int, outer: int) -> tuple[Scalar | None, int]:
    """The literal block whose '|' stands on line `number` (from 1), and the number of the line behind it."""
    place = text.place(number, column + 1)
    start = number
    while number < len(lines) and (not lines[number].strip(" ") or _indentation(lines[number]) > outer):
        number += 1
    block = lines[start:number]
    inner = _indentation(block[0]) if block and block[0].strip(" ") else 0
    if not inner or any(_indentation(line) < inner if line.strip(" ") else len(line) > inner for line in block):
        return None, number
    value = "\n".join(line[inner:] for line in block).rstrip("\n") + "\n"
    return Scalar(place, value, "|", len(block) + 2), number


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _inline(text: Text, rest: str, number: int, column: int) -> Node | None:
    """What stands behind a key on its line, `column` characters into it."""
    place = text.place(number, column + 1)
    if rest[0] in "[{":
        return _flow(text, rest, number, column)
    quoted = _QUOTED.fullmatch(rest)
    if quoted:
        return Scalar(place, quoted[1], '"', 1)
    plain = _PLAIN.fullmatch(rest)
    return Scalar(place, plain[1], "", 1) if plain else None


_SIGNS = {
    ("end", ","): "more",
    ("colon", ":"): "value",
    **dict.fromkeys([("item", "]"), ("item", "}"), ("end", "]"), ("end", "}")], "closed"),
}
"""What may follow a sign, by what was expected: no item is empty, and every key has a value."""


def _flow(text: Text, rest: str, number: int, column: int) -> Node | None:
    """A list or a mapping in brackets."""
    open_: list[Sequence | Mapping] = []
    keys: list[Scalar] = []  # those that wait for their values
    at, expects = 0, "item"
    while expects and (token := _TOKEN.match(rest, at)):
        at = token.end()
        sign, inside, plain = token.groups()
        if sign and sign not in "[{":
            expects = _SIGNS.get((expects, sign), "")
            if expects == "closed":
                closed = open_.pop()
                if isinstance(closed, Sequence) != (sign == "]"):
                    return None
                if not open_:
                    return closed if _NOTHING.fullmatch(rest, at) else None
                expects = "end"
            continue
        place = text.place(number, column + token.start(token.lastindex or 0) + (inside is None))
        expects = _placed(_node(place, sign, inside, plain), expects, open_, keys)
    return None


def _node(place: Source, sign: str | None, inside: str | None, plain: str | None) -> Node:
    if sign:
        return Sequence(place) if sign == "[" else Mapping(place)
    return Scalar(place, plain.rstrip(" "), "", 1) if plain is not None else Scalar(place, inside or "", '"', 1)


def _placed(node: Node, expects: str, open_: list[Sequence | Mapping], keys: list[Scalar]) -> str:
    """Puts a node where it belongs, and says what may follow; nothing where it belongs nowhere."""
    parent = open_[-1] if open_ else None
    if expects not in ("item", "more", "value") or len(open_) > DEPTH:
        return ""
    if isinstance(parent, Mapping) and expects != "value":
        if not isinstance(node, Scalar) or node.value in parent.entries:
            return ""
        keys.append(node)
        return "colon"
    if isinstance(parent, Sequence):
        parent.items.append(node)
    elif isinstance(parent, Mapping):
        key = keys.pop()
        parent.entries[key.value] = (key, node)
    if isinstance(node, Scalar):
        return "end"
    open_.append(node)
    return "item"
