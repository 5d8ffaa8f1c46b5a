"""Equations: 'name = expression' to a name and heads of the operation table, with the place of every name used."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from types import MappingProxyType

import sympy as sp

from cellgraph.errors import Problem, Source, SpecError, nearest, quoted
from cellgraph.graph import before, fold
from cellgraph.graph.functions import MOST_NODES, Call, weight
from cellgraph.names import NAME
from cellgraph.ops import FUNCTIONS, OPERATORS, REDUCTIONS, Axis, Fill, Head, Neg, Pow, Spread
from cellgraph.parse.reading import MAGNITUDE, ExpressionReader
from cellgraph.parse.spellings import example_of, spelled_here
from cellgraph.parse.tokens import CodeLine
from cellgraph.parse.vocabulary import NO_AXES, NO_FUNCTIONS, Vocabulary

_BINARY: Mapping[type[ast.operator], str] = MappingProxyType({
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@",
})  # fmt: skip

_HINTS: Mapping[type[ast.AST], str] = MappingProxyType({
    ast.BinOp: "whole division '//' is for sizes; write '/'",
    ast.UnaryOp: "a '+' before an operand does nothing; leave it out",
    ast.Tuple: "a ',' stands between the arguments of a function only; write one expression",
    ast.List: "lists have no meaning here; vectors are joined with concat(a, b)",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameUse:
    """A name in an equation: `name`, or `name[t-1]` where `before` is set."""

    name: str
    before: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Statement:
    """An equation as read: what it defines, its right-hand side, the names it uses, and where its parts stand."""

    lhs: str
    rhs: sp.Expr
    uses: tuple[NameUse, ...]
    source: Source
    spans: Mapping[sp.Expr, tuple[Source, str]] = field(compare=False)


def statement(
    lines: tuple[CodeLine, ...],
    dims: Mapping[str, sp.Symbol],
    axes: Mapping[str, Axis] = NO_AXES,
    words: Vocabulary = NO_FUNCTIONS,
) -> Statement:
    """The equation `name = expression` in these lines; names that are not dims become quantities.

    `axes` are the dims that are lifted axes, which operations may go over. Raises SpecError with every problem.
    """
    lhs, right = _sides(lines)
    reading = Expression(right, dims, axes, words)
    return Statement(lhs, reading.expression(), tuple(reading.uses), lines[0].source, reading.spans)


def _sides(lines: tuple[CodeLine, ...]) -> tuple[str, tuple[CodeLine, ...]]:
    """The name that an equation defines, and the lines of its right-hand side."""
    first = lines[0]
    left, equals, right = first.text.partition("=")
    lhs = left.strip()
    form = "an equation is written 'name = expression'"
    if not equals:
        raise SpecError(Problem("E_EQ_FORM", f"there is no '='; {form}", first.source))
    if right.startswith("=") or lhs[-1:] in tuple("+-*/@%&|^:!<>"):
        raise SpecError(Problem("E_EQ_FORM", f"this is no single '='; {form}", first.place(len(left))))
    if lhs.endswith("[t-1]"):
        message = f"{quoted(lhs)} comes from the step before; an equation defines {quoted(lhs[:-5])} of this step"
        raise SpecError(Problem("E_LHS", message, first.source))
    if not lhs:
        raise SpecError(Problem("E_LHS", f"there is no name before '='; {form}", first.source))
    if not NAME.fullmatch(lhs):
        raise SpecError(Problem("E_LHS", f"{quoted(lhs)} is not one name; {form}", first.source))
    rest = CodeLine(right, first.place(len(left) + 1))
    if not right.strip() and len(lines) == 1:
        raise SpecError(Problem("E_EXPR_SYNTAX", "there is nothing after '='; write an expression", rest.source))
    return lhs, (rest, *lines[1:])


class Expression(ExpressionReader):
    """An expression over quantities while it is read, with the names and places found so far."""

    def __init__(
        self, lines: tuple[CodeLine, ...], dims: Mapping[str, sp.Symbol], axes: Mapping[str, Axis], words: Vocabulary
    ) -> None:
        super().__init__(lines, dims)
        self.axes = axes
        self.words = words
        self.uses: list[NameUse] = []
        self.spans: dict[sp.Expr, tuple[Source, str]] = {}
        self.calls: dict[str, type[Head]] = {}
        """The functions that are called, by name."""

    def expression(self) -> sp.Expr:
        """All of it. Raises SpecError with every problem."""
        found = fold(self.tree(), self.head, self.head, self.operands)
        if not self.problems and self.calls and (count := weight(found)) > MOST_NODES:
            shown = f"{min(count, 10**9):,}{' or more' if count > 10**9 else ''}"
            told = f"with its functions written out this is {shown} operations and names, and at most"
            good = f"{MOST_NODES:,} are read; name the parts in equations of their own"
            self.wrong("E_EXPR_SIZE", f"{told} {good}")
        if self.problems:
            raise self.error()
        return found

    def operands(self, node: ast.expr) -> Sequence[ast.expr]:
        """The operands of an operation that the table knows; nothing for a leaf, nor for what is wrong."""
        self.counted(node)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            if isinstance(node.op, ast.Pow):
                return [node.left]
            return _summands(node) if isinstance(node.op, ast.Add) else [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return [node.operand]
        if isinstance(node, ast.Call):
            return self.arguments(node)
        if isinstance(node, ast.Subscript):
            self.check_time(node)
        elif not isinstance(node, ast.Name | ast.Constant):
            hint = _HINTS.get(type(node), "use names, numbers, functions and + - * / ** @")
            self.wrong("E_EXPR_NODE", f"{quoted(self.text(node))} has no place in an equation: {hint}", node)
        return []

    def arguments(self, node: ast.Call) -> list[ast.expr]:
        """The operands of a function of the table, once its name and how many arguments it has are in order."""
        if not isinstance(node.func, ast.Name):
            told = f"{quoted(self.text(node))} is no call of a function"
            self.wrong("E_EXPR_NODE", f"{told}; write function(argument), or an operator before '('", node)
            return []
        name = node.func.id
        if name not in FUNCTIONS and name not in self.calls:
            if (found := self.words.find(name)) is None:
                return self.unknown(name, node)
            self.calls[name] = found
        head = self.called_head(node)
        op, (low, high) = head.op, head.op.arity
        if len(node.args) < low or (high is not None and len(node.args) > high):
            some = f"{low}" if low == high else f"{low} or more" if high is None else f"{low} to {high}"
            wanted = f"{some} argument{'' if some == '1' else 's'}"
            told = f"'{name}' takes {wanted}, and here are {len(node.args)}; write {example_of(name, head)}"
            self.wrong("E_ARITY", told, node)
            return []
        if node.keywords:
            self.check_options(node)
        return node.args[: op.operands]

    def check_options(self, node: ast.Call) -> None:
        """An operation that goes along an axis is told so with over=; few have options of their own."""
        name, op = ast.unparse(node.func), self.called_head(node).op
        named = op.crossing is not None and op.crossing.named
        good = "write over=j" if named else f"write {name}(a, j)" if op.crossing else "it acts on each member alone"
        for option in node.keywords:
            if option.arg not in {*dict(op.options), *(["over"] if named else [])}:
                self.wrong("E_EXPR_NODE", f"'{name}' has no option {quoted(option.arg or '**')}; {good}", option.value)

    def unknown(self, name: str, node: ast.Call) -> list[ast.expr]:
        """No operands of what there is not, which is told. What is wrong with a function is told where it stands."""
        if name in self.words.broken:
            raise SpecError()
        hint = spelled_here(name, self.words.known(), ", ".join(map(self.text, node.args)))
        self.wrong("E_UNKNOWN_FUNC", f"unknown operation {quoted(name)}{hint}", node)
        return []

    def check_time(self, node: ast.Subscript) -> None:
        """Square brackets hold the step before, of a name, and nothing else."""
        index = "".join(self.text(node.slice).split())
        if not isinstance(node.value, ast.Name):
            hint = "give the operand a name, a, in an equation of its own and write a[t-1]"
            self.wrong("E_EXPR_NODE", f"only a name has a step before; {hint}", node)
        elif index == "t":
            self.wrong("E_PREV", f"a bare name is the current step; write '{node.value.id}'", node)
        elif re.match(r"t\b", index) and index != "t-1":
            told = f"only the step before, [t-1], is at hand, and not [{quoted(index)[1:-1]}]"
            self.wrong("E_PREV", f"{told}; to reach further back, hand the value on in a state of its own", node)
        elif index != "t-1":
            self.wrong("E_EXPR_NODE", "brackets hold t-1 only; parts of a vector are slice(v, start, stop)", node)

    def head(self, node: ast.expr, values: Sequence[sp.Expr] = ()) -> sp.Expr:
        """A node as a head over its operands, where it has some; as a leaf where it has none."""
        if self.problems:
            return sp.S.One
        found = self.applied(node, values) if values else self.leaf(node)
        self.spans.setdefault(found, (self.place(node), self.text(node)))
        return found

    def applied(self, node: ast.expr, values: Sequence[sp.Expr]) -> sp.Expr:
        """An operation over its operands and static arguments."""
        if isinstance(node, ast.UnaryOp):
            return Neg(values[0])
        if isinstance(node, ast.Call):
            return self.called(node, self.called_head(node), values)
        assert isinstance(node, ast.BinOp)
        if isinstance(node.op, ast.Pow):
            return Pow(values[0], self.exponent(node.right))
        if isinstance(node.op, ast.Div) and values[1] == 0:
            self.wrong("E_DIV_ZERO", "division by zero; check the denominator", node.right)
        return OPERATORS[_BINARY[type(node.op)]](*values)

    def called_head(self, node: ast.Call) -> type[Head]:
        """What a call of a known name is made with, which for `max` and `min` depends on how many operands it has."""
        name = ast.unparse(node.func)
        if name in REDUCTIONS and len(node.args) == 1:
            return REDUCTIONS[name]
        return FUNCTIONS.get(name) or self.calls[name]

    def called(self, node: ast.Call, head: type[Head], values: Sequence[sp.Expr]) -> sp.Expr:
        """A function over its operands, static arguments and axes; a sum over several axes is a sum of sums."""
        rest = node.args[len(values) :]
        if issubclass(head, Call):
            return head.over(values, [axis for option in node.keywords for axis in self.over(option.value)])
        if head is Fill:
            lifted = [self.axes[a.id] for a in rest if isinstance(a, ast.Name) and a.id in self.axes]
            sizes = [self.static(a) for a in rest if not (isinstance(a, ast.Name) and a.id in self.axes)]
            filled = Fill(*values, *sizes) if sizes else values[0]
            return reduce(Spread, reversed(lifted), filled)
        crossing = head.op.crossing
        if crossing is not None and not crossing.named:
            return head(*values, *[self.static(a) for a in rest[:-1]], *self.over(rest[-1]))
        given = {option.arg: option.value for option in node.keywords}
        options = [self.static(given[name]) if name in given else default for name, default in head.op.options]
        statics = [*options, *(self.static(argument) for argument in rest)]
        axes = self.over(given["over"]) if "over" in given else []
        if crossing is None or not crossing.along or not axes:
            return head(*values, *statics, *axes)
        if len(axes) > 1 and head.op.shape((sp.S.One,), *statics):
            self.wrong("E_AXIS", f"'{head.op.name}' goes over one axis at a time; name one", node)
        return reduce(lambda inner, axis: head(inner, *statics, axis), axes, values[0])

    def over(self, node: ast.expr) -> list[Axis]:
        """The lifted axes that are named: j, or (p, q)."""
        names = node.elts if isinstance(node, ast.Tuple) else [node]
        found = []
        for name in names:
            said = self.text(name)
            if said in self.axes:
                found.append(self.axes[said])
                continue
            known = f"; the lifted axes are {', '.join(self.axes)}" if self.axes else "; declare it under 'each'"
            hint = nearest(said, self.axes) or known
            if said in self.dims:
                hint = "; it is a plain dim, and those are taken as a whole; declare it under 'each' to go along it"
            self.wrong("E_AXIS", f"{quoted(said, 40)} is no lifted axis{hint}", name)
        return found

    def leaf(self, node: ast.expr) -> sp.Expr:
        """A number, a size, or a quantity, whose use is noted."""
        if isinstance(node, ast.Constant):
            return self.number(node)
        if isinstance(node, ast.Name) and node.id in self.dims:
            return self.dims[node.id]
        earlier = isinstance(node, ast.Subscript)
        name = node.value if isinstance(node, ast.Subscript) else node
        assert isinstance(name, ast.Name)
        if name.id in self.words.numbers and not earlier:
            return self.words.numbers[name.id]
        self.uses.append(NameUse(name.id, earlier, self.place(node)))
        return before(name.id) if earlier else sp.Symbol(name.id)

    def exponent(self, node: ast.expr) -> sp.Expr:
        """The one number that an exponent is."""
        value = self.literal(node)
        if value is None:
            other = f"exp({quoted(self.text(node), 30)[1:-1]} * log(x))"
            self.wrong("E_POW", f"an exponent is one number, as in x ** 2 or x ** (1/2); else write {other}", node)
            return sp.S.One
        if value == 0 or abs(value) > MAGNITUDE:
            self.wrong("E_POW", f"an exponent is not 0 and at most {MAGNITUDE} in size; use another", node)
        return value

    def static(self, node: ast.expr) -> sp.Expr:
        """An argument that is no quantity: a number, or a size."""
        value = self.literal(node)
        return self.sized(node) if value is None else value


def _summands(node: ast.BinOp) -> list[ast.expr]:
    """The terms of a sum of sums, in written order."""
    found: list[ast.expr] = []
    todo: list[ast.expr] = [node]
    while todo:
        term = todo.pop()
        if isinstance(term, ast.BinOp) and isinstance(term.op, ast.Add):
            todo += [term.right, term.left]
        else:
            found.append(term)
    return found
