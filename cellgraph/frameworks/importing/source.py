"""What the source of a step says about names: how it takes its arguments apart, and what it calls what it returns."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from cellgraph.frameworks.importing.usual_names import short
from cellgraph.frameworks.tracing.asked import Tree

Step: TypeAlias = Callable[..., Any]

UNNAMED: Mapping[int, tuple[str, ...]] = {1: ("h",), 2: ("h", "c"), 3: ("h", "c", "z"), 4: ("h", "c", "z", "s")}
"""What states are called that the code hands on in one argument without a name for each, by how many there are."""


def unnamed(count: int) -> tuple[str, ...]:
    """Names for so many states."""
    return UNNAMED.get(count) or tuple(f"s_{k + 1}" for k in range(count))


@cache
def source_tree(step: Step) -> ast.AST | None:
    """The source of a function as a tree; None where there is none to read."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(step)))
    except (OSError, TypeError, SyntaxError):
        return None


@cache
def unpacked(step: Step) -> Mapping[str, Tree]:
    """For each name that a function takes apart, the names of what it holds: {"state": ("h", "c")}."""
    found, places = dict[str, Tree](), dict[str, dict[int | str, str]]()
    for node in _nodes(step):
        value = node.value if isinstance(node, ast.Assign) else node
        if isinstance(node, ast.Assign) and isinstance(value, ast.Name):
            for target in node.targets:
                if isinstance(target, ast.Tuple | ast.List) and (names := _target_names(target)):
                    found.setdefault(value.id, names)
        elif (
            isinstance(value, ast.Subscript)
            and isinstance(value.value, ast.Name)
            and isinstance(value.slice, ast.Constant)
            and type(value.slice.value) in (int, str)
        ):
            named = node.targets[0] if isinstance(node, ast.Assign) else None
            own = places.setdefault(value.value.id, {})
            key: Any = value.slice.value
            own[key] = (short(named.id) if isinstance(named, ast.Name) else "") or own.get(key, "")
    for name, own in places.items():
        if (tree := _indexed(own)) is not None:
            found.setdefault(name, tree)
    return found


def _nodes(step: Step) -> Iterator[ast.AST]:
    tree = source_tree(step)
    if tree is not None:
        yield from ast.walk(tree)


def _target_names(target: ast.expr) -> Tree | None:
    """The names on the left of an assignment in their nesting; None where something else stands there."""
    if isinstance(target, ast.Name):
        return short(target.id)
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    parts = [_target_names(part) for part in target.elts]
    return tuple(parts) if parts and None not in parts else None


def _indexed(own: Mapping[int | str, str]) -> Tree | None:
    """What is asked for by these keys: a mapping of names, or a tuple; None for both at once or from the end."""
    if all(isinstance(key, str) for key in own):
        return {key: short(str(key)) for key in own}
    numbers = [key for key in own if isinstance(key, int)]
    if len(numbers) < len(own) or min(numbers) < 0:
        return None
    count = max(numbers) + 1
    return tuple(own.get(k) or unnamed(count)[k] for k in range(count))


LAYER = re.compile(r"\bnn\.(RNN|LSTM|GRU)\(")
"""Where code makes a layer that goes over time by itself."""


def layer_of(target: Any) -> tuple[str, int] | None:
    """The layer of PyTorch that a class makes and that goes over time by itself, and in which line of the class."""
    try:
        lines, _ = inspect.getsourcelines(target)
    except (OSError, TypeError):
        return None
    found = ((match, number) for number, line in enumerate(lines) for match in LAYER.finditer(line))
    return next(((f"nn.{match[1]}", number) for match, number in found), None)


def loop_of(step: Step) -> int | None:
    """The line of the first loop in a function, counted from 0; None where it has none."""
    lines = [node.lineno - 1 for node in _nodes(step) if isinstance(node, ast.For | ast.While)]
    return min(lines, default=None)


@cache
def returned_words(step: Step) -> tuple[tuple[str, ...], ...]:
    """For each `return` of a function, the words for what it returns in order: ('', 'h', 'c') of `g(h), (h, c_new)`.

    A name that is assigned a tuple or a list before is looked through, and what is no name has the word ''.
    """
    tree = source_tree(step)
    if tree is None:
        return ()
    tuples = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple | ast.List)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    returns = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    return tuple(tuple(_words(value, tuples)) for value in returns)


def _words(value: ast.expr, tuples: Mapping[str, ast.expr], deep: int = 3) -> Iterator[str]:
    if isinstance(value, ast.Name) and value.id in tuples and deep:
        yield from _words(tuples[value.id], tuples, deep - 1)
    elif isinstance(value, ast.Tuple | ast.List):
        for part in value.elts:
            yield from _words(part, tuples, deep)
    elif isinstance(value, ast.Dict):
        for part in value.values:
            yield from _words(part, tuples, deep)
    else:
        yield short(value.id) if isinstance(value, ast.Name) else ""
