"""The tables of docs/spec.md: what each operation is, the functions that ship, and what is told of mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import sympy as sp

import cellgraph as cg
from cellgraph.graph import Equation, Graph, Quantity
from cellgraph.ops import Cost, cost_of, operands, pulled, spelled
from cellgraph.spec import problems_of_text, yaml_nodes
from cellgraph.spec.function_texts import functions as function_texts
from cellgraph.spec.readers import Reader
from cellgraph.spec.sections import SECTIONS
from cellgraph.spec.source import decoded
from cellgraph.views.notation import text, text_name

STANDARD = Path(__file__).parents[2] / "specs" / "functions.yaml"

EXAMPLES: Mapping[str, tuple[tuple[str, str, str], ...]] = MappingProxyType({
    "Arithmetic, entry by entry": (
        ("a + b", "a: n, b: n", ""),
        ("a - b", "a: n, b: n", ""),
        ("-a", "a: n", ""),
        ("a * b", "a: n, b: n", ""),
        ("s * a", "s:, a: n", "a scalar goes with every entry"),
        ("a / b", "a: n, b: n", ""),
        ("a ** 3", "a: n", "the exponent is a number: 2, -1, (1/2)"),
        ("max(a, b)", "a: n, b: n", "the larger of the two"),
        ("min(a, b)", "a: n, b: n", "the smaller of the two"),
    ),
    "Functions of one variable, entry by entry": (
        ("sigmoid(a)", "a: n", "1 / (1 + exp(−a))"),
        ("tanh(a)", "a: n", ""),
        ("relu(a)", "a: n", "max(a, 0)"),
        ("erf(a)", "a: n", "the error function, 2/√π ∫₀ᵃ exp(−u²) du"),
        ("softplus(a)", "a: n", "log(1 + exp(a)), which never overflows"),
        ("exp(a)", "a: n", ""),
        ("log(a)", "a: n", "the natural logarithm"),
        ("sqrt(a)", "a: n", ""),
        ("sin(a)", "a: n", ""),
        ("cos(a)", "a: n", ""),
        ("abs(a)", "a: n", ""),
        ("sign(a)", "a: n", "−1, 0 or 1"),
        ("step(a)", "a: n", "1 where a > 0, else 0"),
        ("floor(a)", "a: n", "the next whole number below"),
        ("stop(a)", "a: n", "a itself, which no gradient passes"),
    ),
    "Vectors": (
        ("sum(a)", "a: n", "of a matrix too"),
        ("mean(a)", "a: n", ""),
        ("max(a)", "a: n", "the largest entry; entries that share the place share its gradient"),
        ("min(a)", "a: n", "the smallest entry"),
        ("softmax(a)", "a: n", "exp(a) over its sum"),
        ("cumsum(a)", "a: n", "running sums from the first entry on"),
        ("shift(a, 1)", "a: n", "every entry a place further, 0 at the open end; -1 the other way"),
        ("repeat(a, 3)", "a: n", "every entry three times"),
        ("slice(a, 1, n)", "a: n", "the entries from the second to the last; counting begins at 0"),
        ("concat(a, b)", "a: n, b: m", "one after the other, two or more"),
        ("fill(s, n)", "s:", "one number in every entry; `fill(0, n, m)` is a matrix of zeros"),
    ),
    "Matrices": (
        ("W @ x", "W: n m, x: m", ""),
        ("A @ B", "A: n m, B: m k", ""),
        ("a @ b", "a: n, b: n", "the dot product"),
        ("outer(a, b)", "a: n, b: m", ""),
        ("transpose(A)", "A: n m", ""),
        ("scale(a, A)", "a: n, A: n m", "row i times entry i of a"),
        ("shift(A, 1)", "A: n m", "every row a place down, zeros in the first"),
    ),
    "Across lifted axes": (
        ("sum(a, over=j)", "a: j n", ""),
        ("mean(a, over=j)", "a: j n", ""),
        ("max(a, over=j)", "a: j n", "entry by entry the largest of all members; `min` alike"),
        ("softmax(a, over=j)", "a: j n", "entry by entry, over the members"),
        ("cumsum(a, over=j)", "a: j n", "running sums from the first member on"),
        ("shift(a, 1, over=j)", "a: j n", "every member a place further, zeros for the first"),
        ("conv(x, K)", "x: j m, K: 3 n m", "each position reads itself and its neighbours; zeros beyond the ends"),
        ("conv(x, K, dilation=2, causal=1)", "x: j m, K: 2 m", "depthwise; no position reads a later one"),
        ("flatten(a, j)", "a: j n", "the members one after the other"),
        ("split(a, j)", "a: j*n", "cut into j equal parts, one for each member"),
        ("spread(a, j)", "a: n", "one array for every member; rarely needed, since what has no axis is shared"),
    ),
})  # fmt: skip
"""By group: an operation as it is written, the axes of its operands, and what is not plain from how it prints."""

SPEC = """\
name: row
{declared}
states: {{h: []}}
equations: |
  h = h[t-1]
  y = {written}
output: y
"""

OPERANDS = """\
dims: {{n: "", m: "", k: ""}}
each: {{j: ""}}
inputs: {{{inputs}}}
params: {{}}"""

REFUSED = (
    "x + a", "B * x", "A @ x", "a[0]", "a ** b", "2a", "a.T", "B^2", "x[t-1]", "h[t-2]", "softmax(A)",
    "a + u", "A @ u", "sum(u, over=m)", "sum(a, over=j)", "split(x, j)", "where(a > 0, a, b)", "softmax(u, axis=1)",
    "silu(a, b)", "LayerNorm(a)", "einsum(a, b)", "swish(a)", "permute(A)", "cat(a, b)", "view(a)",
)  # fmt: skip
"""Mistakes that people make, over the names that the recipes declare."""


def operations() -> str:
    """What each operation is, a table for each group."""
    head = ("written", "is", "shapes", "cotangents", "work")
    return "\n\n".join(f"{group}:\n\n{_table(head, [_row(*row) for row in rows])}" for group, rows in EXAMPLES.items())


def functions() -> str:
    """The functions that ship, a table for each group: what a comment says of one is where it comes from."""
    content = decoded(STANDARD.read_bytes(), STANDARD.name)
    lines = content.text.splitlines()
    groups: dict[str, list[tuple[str, ...]]] = {}
    for function in function_texts(Reader(content), yaml_nodes.tree(content), SECTIONS["functions"]):
        place = function.head.source.line - 1
        before = next(line for line in reversed(lines[:place]) if line.startswith("#"))
        group, remark = before.strip("# "), lines[place].rpartition(" # ")[2] if " # " in lines[place] else ""
        row = (f"`{function.head.value}`", f"`{function.body.value}`", function.label or "", remark)
        groups.setdefault(group, []).append(row)
    head = ("written", "is", "in pictures", "from")
    return "\n\n".join(f"{group}:\n\n{_table(head, rows)}" for group, rows in groups.items())


def refused(declared: str) -> Callable[[], str]:
    """What is told of mistakes, over these declarations."""

    def told(written: str) -> str:
        found = [p for p in problems_of_text(SPEC.format(declared=declared, written=written)) if p.severity == "error"]
        message = found[0].message
        own = message.partition(": ")[2] if message.startswith("in the equation of") else message
        return own.replace("*", r"\*")

    return lambda: _table(("written", "told"), [(f"`{written}`", told(written)) for written in REFUSED])


def example(written: str, axes: str) -> tuple[Graph, Equation]:
    """The graph in which an example stands, with a cotangent δ of its result, and its equation."""
    shapes = [part.partition(":") for part in axes.split(", ")]
    inputs = ", ".join(f"{name}: [{', '.join(sizes.split())}]" for name, _, sizes in shapes)
    graph = cg.loads(SPEC.format(declared=OPERANDS.format(inputs=inputs), written=written)).step
    equation = next(equation for equation in graph.equations if equation.lhs.name == "y")
    delta = Quantity(sp.Symbol("delta"), "seed", graph.quantities[equation.lhs].shape)
    return Graph.build([*graph.leaves, delta], graph.equations), equation


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def _row(written: str, axes: str, words: str) -> tuple[str, ...]:
    graph, equation = example(written, axes)
    shapes = [graph.quantities[operand].shape or () for operand in operands(equation.rhs)]
    printed = text(equation.rhs, graph)
    told = ", ".join(filter(None, (f"`{printed}`" if printed != written else "", words)))
    takes = ", ".join(spelled(shape, "1") for shape in shapes)
    made = spelled(graph.quantities[equation.lhs].shape or (), "1")
    work = _work(cost_of(equation.rhs, shapes))
    # A shape is not broken over two lines.
    shown = f"{takes} → {made}".replace("*", "·").replace(" - ", " − ").replace(" ", "\N{NO-BREAK SPACE}")
    return f"`{written}`", told, shown, _cotangents(graph, equation, shapes), work


def _cotangents(graph: Graph, equation: Equation, shapes: Sequence[tuple[sp.Expr, ...]]) -> str:
    """What comes back to each operand for a cotangent δ of the result y."""
    back = pulled(equation.rhs, sp.Symbol("delta"), equation.lhs, shapes)
    named = zip(operands(equation.rhs), back, strict=True)
    return ", ".join(f"{text_name(a)}: `{'0' if bar is None else text(bar, graph)}`" for a, bar in named)


def _work(cost: Cost) -> str:
    kinds = {"MAC": cost.mac, "FLOP": 0 if cost.mac else cost.flop, **cost.transcendental}
    return ", ".join(f"{_size(count)} {kind}" for kind, count in kinds.items() if count != 0) or "none"


def _size(formula: sp.Expr) -> str:
    return str(sp.factor(formula)).replace("*", "·").replace(" - ", " − ")
