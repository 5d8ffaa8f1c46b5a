"""How names, equations and sizes are written: spec language, Unicode text and LaTeX, from one pair of tables.

Names carry their meaning: `W_f` has a subscript, `h_tilde` an accent, `alpha` is a Greek letter, `h[t-1]` a time. What
an operation looks like stands in its row of the operation table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import sympy as sp

from cellgraph.graph import Equation, Graph, Quantity, shape_of
from cellgraph.ops import (  # fmt: skip
    Add,
    Column,
    Derivative,
    Diag,
    Div,
    Factor,
    Fill,
    Head,
    Highest,
    Largest,
    Mismatch,
    Mul,
    Neg,
    Norm,
    Outer,
    Partial,
    Pow,
    Row,
    StepProduct,
    StepSum,
    Sub,
    TotalDerivative,
    Transpose,
    operands,
)

Script = Literal["source", "text", "latex"]

RAISED: Mapping[type, int] = MappingProxyType({Pow: 0, Transpose: 0, Outer: 1})
"""The argument after which something is written on high."""

GREEK = {
    name: chr(code)
    for name, code in zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho _ sigma tau upsilon "
        "phi chi psi omega".split(),
        range(0x3B1, 0x3CA),
        strict=True,
    )
} | {"Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
     "Psi": "Ψ", "Omega": "Ω"}  # fmt: skip
ACCENTS = {"tilde": "\u0303", "hat": "\u0302", "bar": "\u0304", "dot": "\u0307"}
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
TIMED = re.compile(r"(?P<base>[^\[]*)\[(?P<time>[^\]]*)\]")
NUMBERED = re.compile(r"([A-Za-z])([^A-Za-z].*)")
"""One letter and a number, which is its first subscript: s2."""
ADJOINTS = {"δ": r"\delta", "ε": r"\varepsilon", "ζ": r"\zeta", "η": r"\eta"}
CLOSED = 100
FACTORS = {
    Diag: ("diag({0})", r"\operatorname{{diag}}({0})"),
    Column: ("({0})", "({0})"),
    Row: ("({0})ᵀ", r"({0})^{{\top}}"),
    Partial: ("∂{place}[{0}]", r"\partial_{{{place}}}[{0}]"),
    Derivative: ("∂{0}/∂{1}", r"\frac{{\partial {0}}}{{\partial {1}}}"),
    TotalDerivative: ("d{0}/d{1}", r"\frac{{d {0}}}{{d {1}}}"),
    Norm: ("‖{0}‖", r"\lVert {0} \rVert"),
    Largest: ("‖{0}‖_∞", r"\lVert {0} \rVert_{{\infty}}"),
    StepProduct: ("∏ₜ {0}", r"\prod_{{t=1}}^{{T}} {0}"),
    StepSum: ("Σₜ {0}", r"\sum_{{t=1}}^{{T}} {0}"),
    Highest: ("max {0}", r"\max {0}"),
}
"""How linear factors and their norms are written: in Unicode and in LaTeX."""


def source(expr: sp.Expr) -> str:
    """The expression in the language of specs; reads back to the same expression."""
    return _written(expr, "source", str, None)


def text(expr: sp.Expr, graph: Graph | None = None) -> str:
    """The expression in Unicode: 'δ_f ⊙ f ⊙ (1 − f)'. With its graph, scalar factors are told from elementwise ones."""
    return _written(expr, "text", text_name, graph)


def latex(expr: sp.Expr, graph: Graph | None = None) -> str:
    """The expression in LaTeX. With its graph, quantities of a step get their time: f_t, h_{t-1}."""
    return _written(expr, "latex", lambda name: latex_name(name, graph), graph)


def text_equation(equation: Equation, graph: Graph | None = None) -> str:
    """'f = σ(W_f x + U_f h[t−1] + b_f)'."""
    return f"{text_name(equation.lhs)} = {text(equation.rhs, graph)}"


def latex_equation(equation: Equation, graph: Graph | None = None, align: str = "") -> str:
    """The equation in LaTeX, with `align` before the equals sign ('&' in an aligned block)."""
    return f"{latex_name(equation.lhs, graph)} {align}= {latex(equation.rhs, graph)}"


def text_name(symbol: sp.Symbol | str) -> str:
    """A name in Unicode: h_tilde as h̃, alpha as α, h[t-1] as h[t−1]; other underscores stay."""
    base, _, time = str(symbol).partition("[")
    parts: list[str] = []
    for part in base.split("_"):
        if part in ACCENTS and parts and len(parts[-1]) == 1:
            parts[-1] += ACCENTS[part]
        else:
            parts.append(GREEK[part] if _greek(part, bool(parts)) else part)
    return "_".join(parts) + (f"[{time}".replace("-", "−") if time else "")


def latex_name(symbol: sp.Symbol | str, graph: Graph | None = None) -> str:
    """A name in LaTeX: W_f as W_{f}, h_tilde as \\tilde{h}, h[t-1] as h_{t-1}, adjoints as \\delta or a fraction."""
    quantity = graph.quantities.get(symbol) if graph is not None and isinstance(symbol, sp.Symbol) else None
    name = str(symbol)
    if quantity is not None and quantity.of is not None:
        of = latex_name(quantity.of, graph)
        return rf"\frac{{\partial {name[1]}}}{{\partial {of}}}" if name[0] == "∂" else rf"{ADJOINTS[name[0]]}_{{{of}}}"
    timed = TIMED.fullmatch(name)
    if timed:
        return _subscripted(timed["base"], timed["time"])
    return _subscripted(name, "t" if quantity is not None and _moves(quantity) else "")


def size_text(size: sp.Expr | int) -> str:
    """A size as a Python expression over the dims: '4*n*(m + n + 1)'."""
    return str(size)


def size_latex(size: sp.Expr | int) -> str:
    """A size in LaTeX: '4 n (m + n + 1)'."""
    return str(sp.latex(size)).replace(r"\left", "").replace(r"\right", "")


def shape_text(shape: tuple[sp.Expr, ...]) -> str:
    """A shape as 'n×m'; a vector as 'n', a scalar as '1'."""
    return "×".join(f"({s})" if isinstance(s, sp.Add) and len(shape) > 1 else str(s) for s in shape) or "1"


def _moves(quantity: Quantity) -> bool:
    return quantity.time == 0 and quantity.role not in ("param", "const")


def _subscripted(name: str, time: str) -> str:
    """Base, accent and subscripts of a name, and its time as the last subscript."""
    head, *rest = name.split("_")
    numbered = NUMBERED.fullmatch(head)
    letter, numbers = (numbered[1], [numbered[2]]) if numbered else (head, [])
    if rest and rest[0] in ACCENTS:
        base = rf"\{rest.pop(0)}{{{_letters(letter)}}}"
    else:
        base = _letters(letter)
    subscripts = [*numbers, *(_letters(part, small=True) for part in rest), *([time] if time else [])]
    return f"{base}_{{{','.join(subscripts)}}}" if subscripts else base


def _greek(word: str, small: bool) -> bool:
    """Whether a part of a name is a Greek letter. In a subscript, `xi` is x and i, as in W_xi."""
    return word in GREEK and not (small and len(word) == 2)


def _letters(word: str, small: bool = False) -> str:
    """One part of a name: Greek letters by command, one letter (or two, in a subscript) in italics, words upright."""
    if _greek(word, small):
        return "o" if word == "omicron" else f"\\{word}"
    letters = re.match(r"[A-Za-z]*", word)
    count = len(letters[0]) if letters else 0
    return word if count <= (2 if small else 1) else rf"\mathrm{{{word}}}"


def _written(expr: sp.Expr, script: Script, name: Callable[[sp.Symbol], str], graph: Graph | None) -> str:
    """Print arguments first, without recursion; each piece carries how tightly it binds."""
    done: list[tuple[str, int]] = []
    todo: list[tuple[sp.Expr, bool]] = [(expr, False)]
    while todo:
        node, expanded = todo.pop()
        children = _children(node)
        if not expanded and children:
            todo.append((node, True))
            todo.extend((child, False) for child in reversed(children))
        elif children:
            pieces = done[len(done) - len(children) :]
            del done[len(done) - len(children) :]
            done.append(_composed(node, pieces, script, graph))
        else:
            done.append(_leaf(node, script, name))
    return done[0][0]


def _children(node: sp.Expr) -> tuple[sp.Expr, ...]:
    if isinstance(node, Partial):
        return tuple(node.args[:1])
    return operands(node) if isinstance(node, Head) else node.args if isinstance(node, Factor) else ()


def _leaf(node: sp.Expr, script: Script, name: Callable[[sp.Symbol], str]) -> tuple[str, int]:
    if isinstance(node, sp.Symbol):
        return name(node), CLOSED
    if isinstance(node, sp.Rational) and not isinstance(node, sp.Integer):
        return _decimal(node, script)
    shown = size_latex(node) if script == "latex" else str(node)
    return shown, CLOSED if node.is_Atom and not node.is_negative else 10


def _decimal(number: sp.Rational, script: Script) -> tuple[str, int]:
    """A finite decimal as people write it, any other ratio as a ratio."""
    places = next((k for k in range(1, 33) if (number * 10**k).is_Integer), None)
    if places is not None:
        digits = f"{abs(number.p) * 10**places // number.q:0{places + 1}d}"
        return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}", CLOSED if number >= 0 else 10
    return (rf"\tfrac{{{number.p}}}{{{number.q}}}", CLOSED) if script == "latex" else (f"{number.p}/{number.q}", 20)


def _composed(node: sp.Expr, pieces: list[tuple[str, int]], script: Script, graph: Graph | None) -> tuple[str, int]:
    if isinstance(node, Factor):
        return _factor(node, [piece for piece, _ in pieces], script)
    notation = node.op.notation
    template = getattr(notation, script)
    if isinstance(node, Fill) and node.args[0] == 0 and script != "source":
        return "0", CLOSED
    closed = script in notation.loose
    parts = [
        piece if closed or not _wrapped(node, k, binds, script) else f"({piece})"
        for k, (piece, binds) in enumerate(pieces)
    ]
    binds = CLOSED if closed else notation.binds
    if notation.joins:
        return _joined(node, parts, template), binds
    if isinstance(node, Mul) and script != "source" and _scaled(node, graph):
        return (rf"{parts[0]}\,{parts[1]}" if script == "latex" else f"{parts[0]}·{parts[1]}"), binds
    statics = [_leaf(s, script, str)[0] for s in node.args[len(parts) :]]
    if isinstance(node, Pow) and script == "text":
        exponent = statics[0]
        statics = [exponent.translate(SUPERSCRIPTS) if re.fullmatch(r"-?\d+", exponent) else f"^{exponent}"]
    everything = [*parts, *statics]
    return template.replace("{*}", ", ".join(everything).replace("{", "{{").replace("}", "}}")).format(
        *everything
    ), binds


def _joined(node: Head, parts: list[str], plus: str) -> str:
    """Terms with + between them; a negative term is subtracted."""
    shown = parts[0]
    for term, part in zip(node.args[1:], parts[1:], strict=True):
        minus = part[:1] if isinstance(term, Neg) and part[:1] in "-−" else ""
        shown += f" {minus} {part[1:]}" if minus else plus + part
    return shown


def _wrapped(parent: Head, index: int, binds: int, script: Script) -> bool:
    """Whether an argument that binds this tightly needs parentheses where it stands."""
    own = parent.op.notation.binds
    child = parent.args[index]
    if isinstance(parent, Sub) and index > 0 and isinstance(child, Neg):
        return True
    if RAISED.get(type(parent)) == index and _ends_high(child, script):
        return True
    if script == "source" and 20 <= own <= 30 and 20 <= binds <= 30:
        return index > 0 or type(child) is not type(parent) or isinstance(parent, Neg)
    if binds != own or index == 0:
        return binds < own and not (isinstance(parent, Add) and isinstance(child, Neg))
    if script == "source" or not isinstance(child, Head):
        return not (isinstance(parent, Add) and isinstance(child, Neg))
    return isinstance(parent, Sub) or (type(child) is not type(parent) and not isinstance(parent, Add))


def _ends_high(expr: sp.Expr, script: Script) -> bool:
    """Whether nothing can be written on high after an expression: it ends so itself, or in LaTeX is a fraction."""
    if script == "source":
        return isinstance(expr, Pow)
    return type(expr) in RAISED or (script == "latex" and isinstance(expr, Div))


def _scaled(node: Head, graph: Graph | None) -> bool:
    """Whether one factor of a product is a scalar, so that nothing is multiplied entry by entry."""
    if any(not isinstance(argument, (Head, sp.Symbol)) for argument in node.args):
        return True
    if graph is None:
        return False
    try:
        return any(not shape_of(argument, graph.quantities) for argument in node.args)
    except Mismatch:
        return False


def _factor(node: Factor, inner: list[str], script: Script) -> tuple[str, int]:
    """A linear factor, or a number that measures one."""
    if isinstance(node, Diag) and node.args[0] == 1:
        return "I", CLOSED
    place = node.args[1] + 1 if isinstance(node, Partial) else ""
    return FACTORS[type(node)][script == "latex"].format(*inner, place=place), CLOSED
