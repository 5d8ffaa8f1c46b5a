"""What options say about a user's code: sizes, shapes and values, read from text."""

from __future__ import annotations

import ast
import re
from typing import Any

from cellgraph.errors import CellgraphError, Source, SpecError
from cellgraph.graph import size
from cellgraph.ops import Shape
from cellgraph.parse import size as read_size

DIM = re.compile(r"[a-z]\d?")
"""What is a size in an option: a letter, with a digit or without."""

WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
CONSTANTS = {"true": True, "false": False, "none": None}


def value_of(text: str) -> Any:
    """The value of an argument: an expression in sizes (n, 4*n), a number, a truth value, or a word (relu, 'n').

    >>> value_of("4*n"), value_of("0.5"), value_of("false"), value_of("relu"), value_of("'n'")
    (4*n, 0.5, False, 'relu', 'n')
    """
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    words = WORD.findall(text)
    if words and all(DIM.fullmatch(word) for word in words) and "'" not in text and '"' not in text:
        return size_from(text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def shape_of(text: str) -> Shape:
    """The shape of an array without the batch: 'm', 'j,d,d', or nothing for a number.

    >>> shape_of("j,d,2*d"), shape_of("[m]"), shape_of("")
    ((j, d, 2*d), (m,), ())
    """
    bare = text.strip().removeprefix("[").removesuffix("]").strip()
    return tuple(size_from(part) for part in bare.split(",")) if bare else ()


def size_from(text: str) -> Any:
    """An expression in sizes. Raises CellgraphError."""
    dims = {word: size(word) for word in WORD.findall(text)}
    try:
        return read_size(text, Source(text, 0, 0), dims)
    except SpecError as error:
        raise CellgraphError(error.problems[0].message) from None
