"""A cell taken apart into what its spec says, so that a transform can put something else in, and made whole again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import sympy as sp

from cellgraph.graph import Cell, Equation, Graph, Quantity, before, folded, functions_in, reachable, rebuilt, size
from cellgraph.ops import Shape, axes_of, core, family

Words = Mapping[str, str]


@dataclass(frozen=True)
class Draft:
    """What a spec says of its quantities. Changes are new drafts; `constants` are numbers, or shapes of arrays."""

    dims: Mapping[str, str]
    inputs: Mapping[str, Shape]
    states: Mapping[str, Shape]
    params: Mapping[str, Shape]
    constants: Mapping[str, Shape | sp.Rational]
    initial: Mapping[str, sp.Expr]
    equations: tuple[Equation, ...]
    output: str
    readout: tuple[Equation, ...]
    labels: Mapping[str, Words]

    @property
    def names(self) -> set[str]:
        """Every name that is taken."""
        declared = {*self.dims, *self.inputs, *self.states, *self.params, *self.constants}
        return declared | {equation.lhs.name for equation in (*self.equations, *self.readout)}

    @property
    def leaves(self) -> tuple[Quantity, ...]:
        """What is given to the step; parameters of the readout too."""
        return (
            *(Quantity(sp.Symbol(name), "input", shape) for name, shape in self.inputs.items()),
            *(Quantity(before(name), "state", shape, -1) for name, shape in self.states.items()),
            *(Quantity(sp.Symbol(name), "param", shape, None) for name, shape in self.params.items()),
            *(_constant(name, said) for name, said in self.constants.items()),
        )

    def fresh(self, wanted: str, of: sp.Symbol | None = None) -> str:
        """The name wanted, or with the first number behind it that makes it a new one.

        `of` is a quantity that it belongs to: p and f_1 make p_f1.
        """
        taken, wanted = self.names, wanted if of is None else f"{wanted}_{of.name.replace('_', '')}"
        return next(n for n in (wanted, *(f"{wanted}{k}" for k in range(2, 10_000))) if n not in taken)

    def own(self, shape: Shape) -> Shape:
        """The shape without the axes along which all members share what is learned, such as positions."""
        learned = {axis for other in self.params.values() for axis in axes_of(other)}
        return family([axis for axis in axes_of(shape) if axis in learned], core(shape))

    def put(self, name: sp.Symbol, mapping: Mapping[sp.Expr, sp.Expr]) -> Draft:
        """The draft with parts of one equation replaced."""
        return replace(
            self,
            equations=tuple(Equation(e.lhs, rebuilt(e.rhs, mapping)) if e.lhs == name else e for e in self.equations),
        )

    def parameter(self, stem: str, of: sp.Symbol, shape: Shape) -> tuple[Draft, sp.Symbol]:
        """The draft with one more parameter, which belongs to a quantity; and the parameter. Heads have their own."""
        name = self.fresh(stem, of)
        return self.having(params={name: self.own(shape)}), sp.Symbol(name)

    def having(
        self,
        *equations: tuple[str, sp.Expr],
        params: Mapping[str, Shape] = MappingProxyType({}),
        constants: Mapping[str, Shape | sp.Rational] = MappingProxyType({}),
        labels: Mapping[str, Words] = MappingProxyType({}),
    ) -> Draft:
        """The draft with more equations, parameters, constants and labels."""
        return replace(
            self,
            params={**self.params, **params},
            constants={**self.constants, **constants},
            labels={**self.labels, **{name: label for name, label in labels.items() if label}},
            equations=(*self.equations, *(Equation(sp.Symbol(name), rhs) for name, rhs in equations)),
        )


def decompose(cell: Cell) -> Draft:
    """What the spec of a cell says."""
    step = cell.step
    shown = cell.readout.having("param") if cell.readout is not None else ()
    return Draft(
        dims=dict(cell.dims),
        inputs={q.symbol.name: q.shape or () for q in step.having("input")},
        states={after.name: step.quantities[earlier].shape or () for earlier, after in cell.carries.items()},
        params={q.symbol.name: q.shape or () for q in (*step.having("param"), *shown)},
        constants={q.symbol.name: q.shape or () if q.value is None else q.value for q in step.having("const")},
        initial={cell.carries[earlier].name: value for earlier, value in cell.initial.items()},
        equations=step.equations,
        output=cell.output.name,
        readout=cell.readout.equations if cell.readout is not None else (),
        labels=dict(cell.labels),
    )


def compose(cell: Cell, changed: Draft) -> Cell:
    """The cell of a draft, called as `cell` is, without what no state, output or readout needs any more.

    Raises ShapeError where shapes do not agree.
    """
    found = _pruned(_refolded(cell, changed))
    shown = {symbol.name for e in found.readout for symbol in e.uses}
    inside = {symbol.name for e in found.equations for symbol in e.uses} | set(map(str, found.initial.values()))
    own = [q for q in found.leaves if q.symbol.name not in shown - inside]
    states = [Quantity(sp.Symbol(name), "state", shape) for name, shape in found.states.items()]
    step = Graph.build(own, found.equations, states, map(sp.Symbol, dict.fromkeys([*found.states, found.output])))
    return replace(
        cell,
        step=step,
        carries=MappingProxyType({before(name): sp.Symbol(name) for name in found.states}),
        output=sp.Symbol(found.output),
        readout=_readout(found, step) if found.readout else None,
        dims=MappingProxyType(found.dims),
        each=tuple(name for name in cell.each if name in found.dims),
        labels=MappingProxyType({name: label for name, label in found.labels.items() if name in found.names}),
        layouts=tuple,
        recorded=(),
        expects={},
        initial=MappingProxyType({before(name): value for name, value in found.initial.items()}),
    )


def _refolded(cell: Cell, changed: Draft) -> Draft:
    """The draft with the functions of a cell called again. Rules see what is inside of them."""
    called = functions_in(cell.step, cell.readout)
    if not called:
        return changed
    inner, outer = (
        tuple(replace(e, rhs=folded(e.rhs, called)) for e in block) for block in (changed.equations, changed.readout)
    )
    return replace(changed, equations=inner, readout=outer)


def _constant(name: str, said: Shape | sp.Rational) -> Quantity:
    if isinstance(said, tuple):
        return Quantity(sp.Symbol(name), "const", said, None)
    return Quantity(sp.Symbol(name), "const", (), None, value=said)


def _readout(found: Draft, step: Graph) -> Graph:
    used = dict.fromkeys(symbol for e in found.readout for symbol in e.uses)
    parts = [step.quantities[symbol] for symbol in used if symbol in step.quantities]
    own = [q for q in found.leaves if q.symbol in used and q.symbol not in step.quantities]
    return Graph.build([*parts, *own], found.readout)


def _pruned(found: Draft) -> Draft:
    """The draft without equations that lead to nothing, and without parameters, constants and dims that they leave."""
    ends = {*map(sp.Symbol, [*found.states, found.output]), *(s for e in found.readout for s in e.uses)}
    needed = reachable(ends, {e.lhs: e.uses for e in found.equations})
    kept = tuple(e for e in found.equations if e.lhs in needed)
    used = {s.name for s in needed} | set(map(str, found.initial.values()))
    params = {name: shape for name, shape in found.params.items() if name in used}
    constants = {name: said for name, said in found.constants.items() if name in used}
    shapes = [*found.inputs.values(), *found.states.values(), *params.values()]
    shapes += [said for said in constants.values() if isinstance(said, tuple)]
    sizes = {s for shape in shapes for axis in shape for s in axis.free_symbols}
    sizes |= {s for e in (*kept, *found.readout) for s in e.rhs.free_symbols}
    dims = {name: said for name, said in found.dims.items() if size(name) in sizes}
    return replace(found, equations=kept, params=params, constants=constants, dims=dims)


def relabelled(label: Words, template: Words) -> Words:
    """What a quantity is called, in templates of the languages that have one; its own label is at {label}."""
    return {lang: template[lang].format(label=text) for lang, text in label.items() if lang in template}
