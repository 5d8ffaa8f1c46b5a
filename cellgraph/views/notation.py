"""How names, equations and shapes are written in Unicode and in LaTeX.

Names carry their meaning: `W_f` has a subscript, `h_tilde` an accent, `alpha` is a Greek letter, `h[t-1]` a time. How
expressions are put together stands in the kernel (`graph.notation`).
"""

from __future__ import annotations

import re
from string import ascii_letters

import sympy as sp

from cellgraph.graph import Equation, Graph, folded, postorder, stem, symbols_of, time_of
from cellgraph.graph.notation import size_latex, written
from cellgraph.ops import Axis, Factor, Head, axes_of, crossed, spelled

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
NUMBERED = re.compile(r"([A-Za-z])([^A-Za-z].*)")
"""One letter and a number, which is its first subscript: s2."""
Axes = frozenset[Axis]
NO_AXES: Axes = frozenset()
ADJOINTS = {"δ": r"\delta", "ε": r"\varepsilon", "ζ": r"\zeta", "η": r"\eta",
            "Δ": r"\Delta", "Ε": r"\mathrm{E}", "Ζ": r"\mathrm{Z}", "Η": r"\mathrm{H}"}  # fmt: skip


def text(expr: sp.Expr, graph: Graph | None = None, axes: Axes = NO_AXES) -> str:
    """The expression in Unicode: 'δ_f ⊙ f ⊙ (1 − f)'. With its graph, scalar factors are told from elementwise ones.

    Names have an index for each of these lifted axes that they have: S^(j).
    """
    if graph is not None and graph.folded is not None:
        expr = folded(expr, graph.functions)
    return written(expr, "text", lambda name: text_name(name, _index(name, graph, axes) if axes else ""), graph)


def latex(expr: sp.Expr, graph: Graph | None = None, axes: Axes = NO_AXES) -> str:
    """The expression in LaTeX. With its graph, quantities of a step get their time: f_t, h_{t-1}.

    Names have an index for each of these lifted axes that they have: S^{(j)}_t.
    """
    if graph is not None and graph.folded is not None:
        expr = folded(expr, graph.functions)
    return written(expr, "latex", lambda name: latex_name(name, graph, axes), graph)


def mixed(graph: Graph | None, *sides: sp.Expr) -> Axes:
    """The lifted axes that some of these quantities have and others lack, so that members have to be told from what
    they share; none that a convolution runs over, since it reads all members at once."""
    found = [graph.quantities[s] for side in sides for s in symbols_of(side) if s in graph.quantities] if graph else []
    own = [frozenset(axes_of(quantity.shape or ())) for quantity in found]
    every = frozenset[Axis]().union(*own)
    if not every:
        return NO_AXES
    within = {
        axis
        for side in sides
        for node in postorder(side)
        if isinstance(node, Head) and node.op.crossing is not None and node.op.crossing.implied
        for axis in crossed(node)
    }
    return every.difference(frozenset.intersection(*own), within)


def _index(symbol: sp.Symbol, graph: Graph | None, axes: Axes) -> str:
    """The index of a member: (j), or (p,q); nothing for what all members share."""
    quantity = graph.quantities.get(symbol) if graph is not None else None
    named = [str(axis) for axis in axes_of(quantity.shape or ()) if axis in axes] if quantity else []
    return f"({','.join(named)})" if named else ""


def text_equation(equation: Equation, graph: Graph | None = None) -> str:
    """'f = σ(W_f x + U_f h[t−1] + b_f)'."""
    return f"{text_name(equation.lhs)} = {text(equation.rhs, graph)}"


def latex_equation(equation: Equation, graph: Graph | None = None, align: str = "") -> str:
    """The equation in LaTeX, with `align` before the equals sign ('&' in an aligned block)."""
    return f"{latex_name(equation.lhs, graph)} {align}= {latex(equation.rhs, graph)}"


def text_name(symbol: sp.Symbol | str, index: str = "") -> str:
    """A name in Unicode: h_tilde as h̃, alpha as α, h[t-1] as h[t−1]; other underscores stay. With index: S^(j)."""
    base, time = stem(symbol), time_of(symbol)
    parts: list[str] = []
    for part in base.split("_"):
        if part in ACCENTS and parts and len(parts[-1]) == 1:
            parts[-1] += ACCENTS[part]
        else:
            parts.append(GREEK[part] if _greek(part, bool(parts)) else part)
    return "_".join(parts) + (f"^{index}" if index else "") + (f"[{time}]".replace("-", "−") if time else "")


def latex_name(symbol: sp.Symbol | str, graph: Graph | None = None, axes: Axes = NO_AXES) -> str:
    """A name in LaTeX: W_f as W_{f}, h_tilde as \\tilde{h}, h[t-1] as h_{t-1}, adjoints as \\delta or a fraction."""
    quantity = graph.quantities.get(symbol) if graph is not None and isinstance(symbol, sp.Symbol) else None
    name, own = str(symbol), _index(symbol, graph, axes) if axes and isinstance(symbol, sp.Symbol) else ""
    index = f"^{{{own}}}" if own else ""
    if name[0] == "∂" or name[0] in ADJOINTS:
        rest = name[4:] if name[0] == "∂" else name[2:]
        of = rest if quantity is None or quantity.of is None else quantity.of
        if name[0] == "∂":
            return rf"\frac{{\partial {name[1]}}}{{\partial {latex_name(of, graph, axes)}}}"
        return rf"{ADJOINTS[name[0]]}{index}_{{{latex_name(of, graph)}}}"
    moves = quantity is not None and quantity.time == 0 and not quantity.fixed
    now = "t" if moves else ""
    return _subscripted(stem(name), time_of(name) or now, index)


def shape_latex(shape: tuple[sp.Expr, ...]) -> str:
    """A shape as 'n \\times m'; a scalar as '1'."""
    return spelled(shape, "1", r" \times ", size_latex)


def formula_text(value: sp.Expr, graph: Graph | None = None, axes: Axes = NO_AXES) -> str:
    """A quantity or an expression over quantities in Unicode, or a size as a formula over the dims."""
    if isinstance(value, (Head, Factor)):
        return text(value, graph, axes)
    return text_name(value, _index(value, graph, axes) if axes else "") if _names_a_quantity(value) else str(value)


def formula_latex(value: sp.Expr, graph: Graph | None = None, axes: Axes = NO_AXES) -> str:
    """A quantity or an expression over quantities in LaTeX, or a size as a formula over the dims."""
    if isinstance(value, (Head, Factor)):
        return latex(value, graph, axes)
    return latex_name(value, graph, axes) if _names_a_quantity(value) else size_latex(value)


def _names_a_quantity(value: sp.Expr) -> bool:
    """Whether this is the symbol of a quantity; sizes are positive whole numbers, and SymPy knows that."""
    return isinstance(value, sp.Symbol) and not value.is_integer


def _subscripted(name: str, time: str, index: str) -> str:
    """Base, accent, index and subscripts of a name, and its time as the last subscript."""
    head, *rest = name.split("_")
    numbered = NUMBERED.fullmatch(head)
    letter, numbers = (numbered[1], [numbered[2]]) if numbered else (head, [])
    if rest and rest[0] in ACCENTS:
        base = rf"\{rest.pop(0)}{{{_letters(letter)}}}"
    else:
        base = _letters(letter)
    subscripts = [*numbers, *(_letters(part, small=True) for part in rest), *([time] if time else [])]
    return f"{base}{index}_{{{','.join(subscripts)}}}" if subscripts else f"{base}{index}"


def _greek(word: str, small: bool) -> bool:
    """Whether a part of a name is a Greek letter. In a subscript, `xi` is x and i, as in W_xi."""
    return word in GREEK and not (small and len(word) == 2)


def _letters(word: str, small: bool = False) -> str:
    """One part of a name: Greek letters by command, one letter (or two, in a subscript) in italics, words upright."""
    if _greek(word, small):
        return "o" if word == "omicron" else f"\\{word}"
    count = len(word) - len(word.lstrip(ascii_letters))
    return word if count <= (2 if small else 1) else rf"\mathrm{{{word}}}"
