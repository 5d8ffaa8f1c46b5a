"""How one step is called: which arguments are inputs, which are states, and how states are nested in them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from typing import Any, get_args, get_origin, get_type_hints

from cellgraph.errors import CellgraphError
from cellgraph.frameworks.importing.source import unnamed, unpacked
from cellgraph.frameworks.importing.usual_names import TIMES, is_state, is_weight, short
from cellgraph.frameworks.tracing.asked import Tree
from cellgraph.names import misnamed

SKIPPED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class CallPattern:
    """One way to call a step: names in the places of the arguments, and which of them are what.

    :times:   the inputs that are a number for each sample
    :outside: the inputs that sound like states, and that the step does not hand on
    """

    call: tuple[Tree, ...] = ()
    keywords: Mapping[str, Tree] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    times: frozenset[str] = frozenset()
    outside: tuple[str, ...] = ()


def call_patterns(
    step: Callable[..., Any], free: bool, inputs: Sequence[str], states: Sequence[str], params: Sequence[str]
) -> Iterator[CallPattern]:
    """The ways in which a step may be called, the likeliest first.

    :step:   a function, or a method without `self`
    :free:   it stands by itself, so that some of its arguments may be learned
    :inputs, states, params: names that are known: of arguments, or of what one argument holds
    """
    parameters = [p for p in signature(step) if p.kind not in SKIPPED]
    known = {**dict.fromkeys(inputs, "input"), **dict.fromkeys(states, "state"), **dict.fromkeys(params, "param")}
    arguments = {p.name for p in parameters}
    inside = {role: [name for name in known if known[name] == role and name not in arguments] for role in ROLES}
    roles = _roles(parameters, free, known, inside)
    alone = list(roles.values()).count("state") == 1
    choices = {
        name: [name] if name in known else [*_held(step, name, inside[role])] or [*_trees(step, name, role, alone)]
        for name, role in roles.items()
    }
    for trees in product(*choices.values()):
        yield _arranged(parameters, roles, _distinct(dict(zip(choices, trees, strict=True)), known))


ROLES = ("input", "time", "state", "param")
"""What an argument is: an input, a number for each sample, what is handed on, or what is learned."""


def signature(step: Callable[..., Any]) -> list[inspect.Parameter]:
    """The arguments of a function or an unbound method, `self` left out. Raises CellgraphError for compiled ones."""
    try:
        found = list(inspect.signature(step).parameters.values())
    except (ValueError, TypeError):
        told = "it is compiled, and its arguments are unknown: import the class or the function that it was made from"
        raise CellgraphError(told) from None
    return found[1:] if found and found[0].name == "self" else found


def _roles(
    parameters: Sequence[inspect.Parameter], free: bool, known: Mapping[str, str], inside: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """For each argument that is passed, what it is."""
    found = dict[str, str]()
    for p in parameters:
        required = p.default is p.empty
        if p.name in known:
            found[p.name] = known[p.name]
        elif is_state(p.name) and (required or p.default is None):
            found[p.name] = "state"
        elif p.name in TIMES:
            found[p.name] = "time"
        elif not required:
            continue
        elif free and is_weight(p.name):
            found[p.name] = "param"
        else:
            fed = "input" in found.values() and not inside["input"]
            found[p.name] = "state" if fed else "input"
    if "input" not in found.values():
        # Every name sounds like a state: the first that is none for sure is the input.
        others = [name for name, role in found.items() if role == "state" and name not in known]
        if len(others) > 1:
            found[others[0]] = "input"
    return found


def _held(step: Callable[..., Any], name: str, inside: Sequence[str]) -> Iterator[Tree]:
    """What an argument holds, where names are given that are no arguments."""
    taken = unpacked(step).get(name)
    if isinstance(taken, Mapping) and inside:
        yield {key: key for key in inside}
    elif isinstance(taken, tuple) and len(names_in(taken)) == len(inside):
        own = iter(inside)
        yield _mapped(taken, lambda name: next(own))
    elif len(inside) == 1:
        yield inside[0]
    if inside:
        yield tuple(inside)


def _trees(step: Callable[..., Any], name: str, role: str, alone: bool) -> Iterator[Tree]:
    """What an argument may hold: one array, or several nested as the code takes them apart."""
    taken, counted = unpacked(step).get(name), _annotated(step, name)
    if role == "param":
        yield {key: key for key in taken} if isinstance(taken, Mapping) else name
    elif role != "state":
        yield short(name)
    elif taken is not None:
        yield taken
    elif isinstance(counted, int):
        yield unnamed(counted)
    elif counted is not None:
        yield counted
    else:
        yield short(name)
        if alone:
            yield from (unnamed(2), list(unnamed(1)), unnamed(1), unnamed(3), unnamed(4))


def _annotated(step: Callable[..., Any], name: str) -> Tree | int | None:
    """What the annotation of an argument says that it holds: how many arrays, or named ones; None if nothing."""
    try:
        hint = get_type_hints(step).get(name)
    except Exception:  # noqa: BLE001 - an annotation may name anything
        return None
    for kind in [hint, *(get_args(hint) if get_origin(hint) is not tuple else ())]:
        if isinstance(kind, type) and hasattr(kind, "_fields"):
            return kind(*map(short, kind._fields))
        parts = get_args(kind)
        if get_origin(kind) is tuple and parts and Ellipsis not in parts:
            return len(parts)
    return None


def names_in(tree: Tree) -> list[str]:
    """The names in a tree in order."""
    if isinstance(tree, str):
        return [tree]
    parts = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, tuple | list) else ()
    return [name for part in parts for name in names_in(part)]


def _distinct(trees: Mapping[str, Tree], known: Mapping[str, str]) -> dict[str, Tree]:
    """The trees of all arguments with names that a spec can have, each once; names that are given stay."""
    taken = set(known)

    def fresh(name: str) -> str:
        own = name if misnamed(name) is None else "s"
        numbered = (own if k < 2 else f"{own.rstrip('_0123456789')}_{k}" for k in count(1))
        own = name if name in known else next(other for other in numbered if other not in taken)
        taken.add(own)
        return own

    return {argument: _mapped(tree, fresh) for argument, tree in trees.items()}


def _mapped(tree: Tree, rename: Callable[[str], str]) -> Tree:
    """A tree with every name changed."""
    if isinstance(tree, str):
        return rename(tree)
    if isinstance(tree, Mapping):
        return {key: _mapped(part, rename) for key, part in tree.items()}
    parts = [_mapped(part, rename) for part in tree]
    return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)


def _arranged(
    parameters: Sequence[inspect.Parameter], roles: Mapping[str, str], trees: Mapping[str, Tree]
) -> CallPattern:
    call, keywords = list[Tree](), dict[str, Tree]()
    for place, p in enumerate(parameters):
        if p.name in trees and (p.kind is p.KEYWORD_ONLY or len(call) < place):
            keywords[p.name] = trees[p.name]
        elif p.name in trees:
            call.append(trees[p.name])
    of = {role: [n for name in roles if roles[name] == role for n in names_in(trees[name])] for role in ROLES}
    inputs = (*of["input"], *of["time"])
    return CallPattern(tuple(call), keywords, inputs, tuple(of["state"]), tuple(of["param"]), frozenset(of["time"]))
