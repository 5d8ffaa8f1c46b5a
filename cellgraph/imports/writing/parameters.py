"""Names for parameters, from what they do: W_f multiplies an input in the equation of f, U_f a state, b_f is added."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import sympy as sp

from cellgraph.graph import Call, Equation, parts, symbols_of
from cellgraph.imports.writing.distinct import distinct
from cellgraph.imports.writing.equations import is_activation
from cellgraph.imports.writing.naming import Names, legal, short
from cellgraph.ops import (
    Add,
    Concat,
    Conv,
    Div,
    Head,
    Matmul,
    Mul,
    Neg,
    Scale,
    Shape,
    Slice,
    Sqrt,
    Sub,
    Transpose,
    core,
)

GENERIC = re.compile(
    r"(?:(?:recurrent_|hidden_|input_)?(?:weight|bias|kernel|scale|param|parameter)|[wbW])(?:_?(?:ih|hh|xh|hx|l\d+|raw))*"
)
"""Last parts of native names that tell nothing of one parameter among others."""
FURTHER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"W": ("U", "V"), "U": ("V", "R"), "b": ("c",), "w": ("u", "v"), "gamma": ("eta",)}
)
"""Stems for a second and a third parameter that does the same in one equation."""
SHORT = 5
"""The longest native name for which a stem that is known makes way."""
NORMALISED = {"layer_norm": ("gamma", "beta"), "rms_norm": ("gamma",)}
"""Stems of what a normalisation learns, in the order of its arguments behind the first."""


class ParameterUse(NamedTuple):
    """What a parameter does in the equation of a quantity; `rank` says how telling that is, the lowest most.

    `said` is what a variable called the product that it stands in; `inner`, whether this is inside of another product.
    """

    rank: int
    stem: str
    of: str
    said: str = ""
    inner: bool = False


@dataclass(frozen=True)
class Named:
    """What has a name before parameters get theirs.

    :words:    the name of each symbol, of a state without time
    :before:   states before the step
    :inputs:   inputs of the step
    :nameless: what has an equation, and a name that says nothing
    :inlined:  what variables call what has no equation of its own
    """

    words: Mapping[sp.Symbol, str]
    before: Collection[sp.Symbol]
    inputs: Collection[sp.Symbol]
    nameless: Collection[sp.Symbol]
    inlined: Mapping[sp.Expr, str]

    @property
    def states(self) -> set[str]:
        """The names of states."""
        return {self.words[symbol] for symbol in self.before}


def parameter_names(
    equations: Sequence[Equation],
    named: Named,
    params: Mapping[sp.Symbol, tuple[str, Shape, bool]],
    names: Names,
    local: Mapping[sp.Symbol, str],
) -> dict[sp.Symbol, str]:
    """The name of each parameter.

    params: symbol -> (native name, shape, whether it is all of the native array)
    local:  what variables of the program have called them
    """
    uses = {symbol: _telling(list(_uses(symbol, params[symbol][1], equations, named))) for symbol in params}
    stems = Counter(use.stem for use in uses.values())
    found: dict[sp.Symbol, str] = {}
    for symbol in sorted(
        params, key=lambda symbol: (uses[symbol].rank, uses[symbol].stem != "U", list(params).index(symbol))
    ):
        use, (native, shape, whole) = uses[symbol], params[symbol]
        beside = {other.stem for other in uses.values() if other.of == use.of}
        alone = use.of in named.states and all(stems[stem] == 1 for stem in beside)
        own = (own_name(native) if whole else "") or legal(local.get(symbol, "")) * (symbol in local)
        stem = use.stem or "W"
        stem = stem.lower() if len(core(shape)) < 2 else stem
        unnamed = use.of in {named.words[symbol] for symbol in named.nameless}
        found[symbol] = names.take(*_wanted(use, stem, own, own_stem(native), alone or not use.of, unnamed, whole))
    return {symbol: found[symbol] for symbol in params}


def _telling(uses: list[ParameterUse]) -> ParameterUse:
    """The use that a name tells of; none where a parameter is added in one place and more in another."""
    best = min(uses, key=lambda use: use.rank, default=ParameterUse(9, "", ""))
    return best if best.rank != 1 or len({use.stem for use in uses}) == 1 else ParameterUse(4, "", best.of)


def _wanted(
    use: ParameterUse, stem: str, own: str, module: str, alone: bool, unnamed: bool, whole: bool
) -> Iterator[str]:
    """The names for a parameter, the best first.

    :alone:   no other parameter does the same
    :unnamed: what it is of has no name
    :whole:   it is all of the native array
    """
    of = f"{stem}_{use.of.replace('_', '')}" if use.of else stem
    if own and (unnamed or _says_more(own, use, alone)):
        yield own
    if use.said:
        yield f"{stem}_{use.said.replace('_', '')}"
    if module and whole and (unnamed or use.inner):
        yield f"{stem}_{module}"
    if alone:
        yield stem
    yield of
    if own:
        yield own
    further = [f"{other}{of.removeprefix(stem)}" for other in FURTHER.get(stem, ())]
    yield from [] if whole else further
    if module:
        yield f"{stem}_{module}"
    yield from further
    yield of


def _says_more(own: str, use: ParameterUse, alone: bool) -> bool:
    """Whether a native name says more than a stem and a quantity: A_log, tau; not vector_u, nor b_f of a bias."""
    if use.rank == 0:
        return alone
    if use.rank == 1:
        return not own.lower().startswith("b")
    return use.rank > 2 or len(own) <= SHORT


def own_name(native: str) -> str:
    """The last part of a native name, where it tells of this parameter: A_log; nothing of weight or kernel."""
    last = re.split(r"[./]", native)[-1]
    return "" if GENERIC.fullmatch(last) or last.isdigit() else legal(last)


def own_stem(native: str) -> str:
    """The module that a parameter is of, as a subscript: q_proj of attn.q_proj.weight.

    >>> own_stem("attn.q_proj.weight"), own_stem("weight_ih"), own_stem("layers.0.weight")
    ('qproj', '', 'layers0')
    """
    inner = re.split(r"[./]", native)
    named = own_name(native)
    modules = [named] if named else [part for part in inner[:-1] if part]
    while modules and modules[-1].isdigit() and len(modules) > 1:
        modules = [*modules[:-2], modules[-2] + modules[-1]]
    return legal(modules[-1]).replace("_", "") if modules else ""


def _uses(symbol: sp.Symbol, shape: Shape, equations: Sequence[Equation], named: Named) -> Iterator[ParameterUse]:
    for equation in equations:
        if symbol in equation.uses:
            for node, products, activations, place in _standing(symbol, equation.rhs):
                lhs = _taking(equation.lhs, place, equations)
                use = _use(symbol, shape, node, named.words[lhs], named)
                outermost = not activations or (activations == 1 and is_activation(equation.rhs))
                said = "" if outermost else short(named.inlined.get(node, ""))
                yield use._replace(said=said, inner=products > 0)


def _taking(lhs: sp.Symbol, place: tuple[int, int] | None, equations: Sequence[Equation]) -> sp.Symbol:
    """What takes a part of a quantity, of which this is the first, the second, ... of so many; else the quantity."""
    if place is None:
        return lhs
    taken: dict[sp.Expr, set[sp.Symbol]] = defaultdict(set)
    for equation in equations:
        if lhs in equation.uses:
            for node in distinct([equation.rhs]):
                if isinstance(node, Slice) and node.args[0] == lhs:
                    taken[node.args[1]].add(equation.lhs)
    starts = sorted(taken, key=lambda start: (start != 0, len(str(start)), str(start)))
    takers = taken[starts[place[0]]] if len(starts) == place[1] else set()
    return next(iter(takers)) if len(takers) == 1 else lhs


def _standing(symbol: sp.Symbol, expr: sp.Expr) -> Iterator[tuple[Head, int, int, tuple[int, int] | None]]:
    """The operations that a symbol is an operand of, with how many products and activations each is inside of.

    Last comes its place in a vector that is put together from several, and how many these are.
    """
    todo: list[tuple[sp.Expr, int, int, tuple[int, int] | None]] = [(expr, 0, 0, None)]
    while todo:
        node, products, activations, place = todo.pop()
        if symbol in _operands(node):
            yield node, products, activations, place
        inside = products + isinstance(node, (Matmul, Conv)), activations + is_activation(node)
        joined = isinstance(node, Concat)
        below = [(part, *inside, (k, len(parts(node))) if joined else place) for k, part in enumerate(parts(node))]
        todo += reversed(below)


def _operands(node: sp.Expr) -> tuple[sp.Expr, ...]:
    """What an operation is applied to, transposed or not, and with or without a sign."""
    return tuple(p.args[0] if isinstance(p, (Transpose, Neg)) else p for p in parts(node))


def _use(symbol: sp.Symbol, shape: Shape, node: Head, lhs: str, named: Named) -> ParameterUse:
    operands = _operands(node)
    if isinstance(node, (Matmul, Conv)):
        other = operands[1 - operands.index(symbol)]
        return ParameterUse(0, "U" if _is_of_state(other, named) else "W", lhs)
    if isinstance(node, (Add, Sub)):
        return ParameterUse(1, "b", lhs)
    if node.op.name in NORMALISED:
        stems = NORMALISED[node.op.name]
        return ParameterUse(2, stems[min(operands.index(symbol), len(stems)) - 1], lhs)
    if isinstance(node, (Mul, Scale)) and len(core(shape)) < 2:
        other = operands[1 - operands.index(symbol)]
        past = {named.words.get(s, "") for s in symbols_of(other)} & named.states
        if past and _is_of_state(other, named) and not any(isinstance(n, Matmul) for n in distinct([other])):
            return ParameterUse(2, "p" if past != {lhs} and len(named.states) > 1 else "u", lhs)
        gain = _is_standardised(other)
        return ParameterUse(2 if gain else 3, "gamma" if gain else "w", lhs)
    return ParameterUse(4 if not isinstance(node, Div) else 5, "", lhs)


def _is_standardised(expr: sp.Expr) -> bool:
    """Whether it is made by a function, a part of that, or divided by a root: what multiplies it is a gain."""
    if isinstance(expr, Div):
        return isinstance(expr.args[1], Sqrt)
    return isinstance(expr, (Slice, Call))


def _is_of_state(expr: sp.Expr, named: Named) -> bool:
    """Whether it is made of states, and of no input, but through what has a name."""
    used = symbols_of(expr)
    return any(s in named.before for s in used) and not any(s in named.inputs for s in used)
