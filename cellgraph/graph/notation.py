"""How expressions are written: in the language of specs, in Unicode and in LaTeX, from one table of precedence.

What an operation looks like stands in its row of the operation table; how names and numbers look is the caller's.
`source` is the one printer of the language of specs: whatever it writes reads back to an equal expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Literal

import sympy as sp

from cellgraph.graph.fold import fold, parts
from cellgraph.graph.graph import Graph
from cellgraph.graph.order_and_shapes import shape_of
from cellgraph.ops import (
    IDENTITY,
    Add,
    Axis,
    Convtranspose,
    Div,
    Factor,
    Fill,
    Head,
    Matmul,
    Mismatch,
    Mul,
    Neg,
    Outer,
    Partial,
    Pow,
    Shape,
    Sub,
    Transpose,
    core,
    crossed,
    operands,
    statics,
)

Script = Literal["source", "text", "latex"]
Piece = tuple[str, int]
"""What is written, and how tightly it binds."""

CLOSED = 100
"""What binds so tightly needs no parentheses anywhere."""

INDEXED = 99
"""How tightly the name of a member binds: nothing else can be written on high after its index."""

NEGATIVE = 10
RATIO = 20
"""How tightly a number with a sign and a quotient of two numbers bind."""

PRODUCTS = (20, 30)
"""How tightly products and quotients bind, which the language of specs reads from left to right, all of them alike."""

MOST_PLACES = 32
"""With more decimal places than that a number is written as a ratio."""

RAISED: Mapping[type, int] = MappingProxyType({Pow: 0, Transpose: 0, Outer: 1, Convtranspose: 1})
"""The argument after which something is written on high."""

SMALL = sp.Rational(1, 10**4)
"""Decimals below this are written with a power of ten."""

FILLED: Mapping[sp.Expr, tuple[str, str]] = MappingProxyType({sp.S.Zero: ("0", "0"), sp.S.One: ("𝟏", r"\mathbf{1}")})
"""Arrays of zeros and of ones, in Unicode and in LaTeX."""

NAMED: Mapping[sp.Expr, Mapping[Script, str]] = MappingProxyType({
    sp.pi: {"source": "pi", "text": "π", "latex": r"\pi"}, sp.E: {"source": "e", "text": "e", "latex": r"\mathrm{e}"},
})  # fmt: skip
"""Numbers that are written by name."""

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def source(expr: sp.Expr) -> str:
    """The expression in the language of specs; reads back to an equal expression.

    >>> from cellgraph.ops import Mul, Pow, Sub
    >>> source(Mul(sp.Symbol("f"), Pow(Sub(1, sp.Symbol("f")), sp.Rational(1, 3))))
    'f * (1 - f) ** (1/3)'
    """
    return written(expr, "source", str)


def written(expr: sp.Expr, script: Script, name: Callable[[sp.Symbol], str], graph: Graph | None = None) -> str:
    """The expression in a script; `name` writes a symbol. Its graph tells scalar factors from elementwise ones."""

    def leaf(node: sp.Expr) -> Piece:
        if not isinstance(node, sp.Symbol):
            return number(node, script)
        shown = name(node)
        return shown, INDEXED if script == "latex" and "^{(" in shown else CLOSED

    return fold(expr, leaf, lambda node, pieces: _composed(node, pieces, script, graph), _parts)[0]


def size_latex(size: sp.Expr | int) -> str:
    """A size in LaTeX: '4 n (m + n + 1)'."""
    return str(sp.latex(size)).replace(r"\left", "").replace(r"\right", "")


def _parts(node: sp.Expr) -> tuple[sp.Expr, ...]:
    """What is written inside: operands, and the arguments of a linear factor but for the place of a derivative."""
    if isinstance(node, Partial):
        return tuple(node.args[:1])
    return node.args if isinstance(node, Factor) else tuple(operand for _, _, operand in _places(node))


def number(node: sp.Expr, script: Script) -> Piece:
    """A number or a size."""
    if node in NAMED:
        return NAMED[node][script], CLOSED
    if isinstance(node, sp.Rational) and not isinstance(node, sp.Integer):
        return _decimal(node, script)
    shown = size_latex(node) if script == "latex" else str(node)
    return shown, CLOSED if node.is_Atom and not node.is_negative else NEGATIVE


def _decimal(number: sp.Rational, script: Script) -> Piece:
    """A finite decimal as people write it, any other ratio as a ratio."""
    places = next((k for k in range(MOST_PLACES + 1) if (number * 10**k).is_Integer), None)
    if places is not None and abs(number) < SMALL:
        return _scientific(number, places, script)
    if places is not None:
        digits = f"{abs(number.p) * 10**places // number.q:0{places + 1}d}"
        sign, binds = ("-", NEGATIVE) if number.is_negative else ("", CLOSED)
        return f"{sign}{digits[:-places]}.{digits[-places:]}", binds
    return (rf"\tfrac{{{number.p}}}{{{number.q}}}", CLOSED) if script == "latex" else (f"{number.p}/{number.q}", RATIO)


def _scientific(number: sp.Rational, places: int, script: Script) -> Piece:
    """A small decimal with its power of ten: 1e-12, or 2.5e-7."""
    sign, digits = "-" if number < 0 else "", str(abs(number.p) * 10**places // number.q)
    mantissa, power = ".".join(filter(None, (digits[:1], digits[1:]))), len(digits) - 1 - places
    if script != "latex":
        return f"{sign}{mantissa}e{power}", NEGATIVE if sign else CLOSED
    ten = f"10^{{{power}}}"
    if digits == "1":
        return f"{sign}{ten}", NEGATIVE if sign else Pow.op.notation.binds - 1
    return rf"{sign}{mantissa} \cdot {ten}", NEGATIVE if sign else RATIO


def _composed(node: sp.Expr, pieces: list[Piece], script: Script, graph: Graph | None) -> Piece:
    if isinstance(node, Factor):
        return _factor(node, [piece for piece, _ in pieces], script)
    notation = node.op.notation
    template = getattr(notation, script)
    if isinstance(node, Fill) and node.args[0] in FILLED and script != "source":
        return FILLED[node.args[0]][script == "latex"], CLOSED
    closed = script in notation.loose
    parts = [
        piece if closed or not _wrapped(*place, binds, script) else f"({piece})"
        for place, (piece, binds) in zip(_places(node), pieces, strict=True)
    ]
    binds = CLOSED if closed else notation.binds
    if notation.joins:
        return _joined(node, parts, script), binds
    if isinstance(node, Mul) and script != "source" and () in _cores(node, graph):
        return (rf"{parts[0]}\,{parts[1]}" if script == "latex" else f"{parts[0]}·{parts[1]}"), binds
    if isinstance(node, Matmul) and script != "source" and len(_cores(node, graph)[0] or ()) == 1:
        # Of two vectors the first lies on its side.
        place = (Transpose, 0, node.args[0])
        parts[0] = f"({pieces[0][0]})" if _wrapped(*place, pieces[0][1], script) else pieces[0][0]
        parts[0] = getattr(Transpose.op.notation, script).format(parts[0])
    everything = [*parts, *(_static(node, static, script) for static in statics(node)[len(node.op.options) :])]
    if node.op.options and (chosen := _chosen(node)):
        template, everything = f"{node.op.notation.source.partition('(')[0]}({{*}})", [*everything, *chosen]
        binds = CLOSED
    if axes := crossed(node):
        template, everything = _over(node, template, everything, axes, script)
    listed = ", ".join(everything).replace("{", "{{").replace("}", "}}")
    return template.replace("{*}", listed).format(*everything), binds


def _chosen(node: Head) -> list[str]:
    """The options that are not what they are where nothing is said."""
    options = zip(node.op.options, statics(node), strict=False)
    return [f"{name}={value}" for (name, default), value in options if value != default]


def _over(
    node: Head, template: str, arguments: list[str], axes: tuple[Axis, ...], script: Script
) -> tuple[str, list[str]]:
    """A call that crosses axes: sum(a, over=j) or flatten(a, j) in the language of specs, elsewhere with an index."""
    names = [number(axis.size, script)[0] for axis in axes]
    if script != "source":
        index = ", ".join(names)
        mark = f"_{{{{{index}}}}}" if script == "latex" else f"_{index}"
        name, bracket, rest = template.partition("(")
        # The axes of an operator are those of what stands beside it.
        return f"{name}{mark}{bracket}{rest}" if bracket else template, arguments
    option = names[0] if len(names) == 1 else f"({', '.join(names)})"
    crossing = node.op.crossing
    positional = crossing is not None and not crossing.named
    return f"{template.partition('(')[0]}({{*}})", [*arguments, option if positional else f"over={option}"]


def _static(node: Head, argument: sp.Expr, script: Script) -> str:
    """A number or size that an operation is made with; as an exponent, a quotient stands in parentheses."""
    shown, binds = number(argument, script)
    if not isinstance(node, Pow) or script == "latex":
        return shown
    closed = f"({shown})" if binds == RATIO else shown
    if script == "source":
        return closed
    return shown.translate(SUPERSCRIPTS) if re.fullmatch(r"-?\d+", shown) else f"^{closed}"


def _places(node: Head) -> list[tuple[type[Head], int, sp.Expr]]:
    """The operands as they are written, each with the operation and the place that it stands at: a + (−b) is a − b."""
    return [
        (Sub, k, operand.args[0])
        if k and isinstance(node, Add) and isinstance(operand, Neg)
        else (type(node), k, operand)
        for k, operand in enumerate(parts(node))
    ]


def _joined(node: Head, parts: list[str], script: Script) -> str:
    """Terms with + between them; a negative term is subtracted."""
    plus, minus = getattr(node.op.notation, script), getattr(Sub.op.notation, script)
    shown = parts[0]
    for term, part in zip(node.args[1:], parts[1:], strict=True):
        shown = minus.format(shown, part) if isinstance(term, Neg) else shown + plus + part
    return shown


def _wrapped(parent: type[Head], index: int, child: sp.Expr, binds: int, script: Script) -> bool:
    """Whether an argument that binds this tightly needs parentheses where it stands."""
    own = parent.op.notation.binds
    if isinstance(child, Neg) and (parent is Neg or (parent is Sub and index > 0)):
        return True
    if RAISED.get(parent) == index and (binds == INDEXED or _ends_high(child, script)):
        return True
    if script == "source" and own in PRODUCTS and binds in PRODUCTS:
        return index > 0 or type(child) is not parent
    if binds != own or index == 0:
        return binds < own
    return parent is Sub or script == "source" or not isinstance(child, (Head if parent is Add else parent))


def _ends_high(expr: sp.Expr, script: Script) -> bool:
    """Whether nothing can be written on high after an expression: it ends so itself, or in LaTeX is a fraction."""
    if script == "source":
        return isinstance(expr, Pow)
    return type(expr) in RAISED or (script == "latex" and isinstance(expr, Div))


def _cores(node: Head, graph: Graph | None) -> tuple[Shape | None, ...]:
    """The shapes of the operands of one member, as far as they are known; numbers and sizes are scalars."""
    found: list[Shape | None] = []
    for argument in operands(node):
        known: Shape | None = None if isinstance(argument, (Head, sp.Symbol)) else ()
        if graph is not None and known is None:
            with suppress(Mismatch):
                known = core(shape_of(argument, graph.quantities))
        found.append(known)
    return tuple(found)


def _factor(node: Factor, inner: list[str], script: Script) -> Piece:
    """A linear factor, or a number that measures one."""
    if node == IDENTITY:
        return "I", CLOSED
    place = node.args[1] + 1 if isinstance(node, Partial) else ""
    return node.notation[script == "latex"].format(*inner, place=place), CLOSED
