"""The rewrites that make a cell simpler: tie a gate to another, hold it open or shut, drop an activation, ...

Each is a substitution in the normal form of a cell. Whatever is simplified from one side is added from the other, so
these reductions serve in both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial

import sympy as sp

from cellgraph.derive.differences.gate_polarity import SpecNames
from cellgraph.derive.differences.normal_form import NormalForm, free
from cellgraph.derive.differences.parameter_groups import only_added, parameter_groups
from cellgraph.derive.differences.rewrite import Rewrite
from cellgraph.graph import reachable, stem
from cellgraph.messages import listed, message
from cellgraph.ops import Matmul, core, diagonal_of, is_square, resized


def rewrites(form: NormalForm, gates: Collection[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    """Every edit that makes the form simpler, those that say most about a cell first."""
    for make in MAKERS:
        yield from make(form, [g for g in form.atoms if g in gates], spec)


def _keeping(form: NormalForm, names: Collection[sp.Symbol]) -> list[sp.Symbol]:
    """Those that scale a state before the step inside the same state after it."""
    kept = {
        s
        for before, after in form.states
        for term in sp.Add.make_args(after)
        if before in free(term)
        for s in free(term)
    }
    return [name for name in names if name in kept]


def _tied(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    keeping = _keeping(form, gates)
    states = [before for before, _ in form.states]
    above = {gate: reachable([gate], form.uses, states) for gate in gates}
    for gate in sorted(gates, key=lambda g: g in keeping):
        for other in gates:
            if other == gate or gate in above[other]:
                continue
            for value in (1 - other, other):
                seen = 1 - value if gate in spec.flipped else value
                names = {"gate": spec.of(gate), "value": spec.written(seen)}
                yield Rewrite(
                    "tie",
                    message("{gate} = {value}: one gate does the work of both", **names),
                    message("{gate} becomes a gate of its own; with {gate} = {value} nothing changes", **names),
                    partial(form.substituted, {gate: value}),
                )


def _merged(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    after = {value: before for before, value in form.states}
    for before, value in form.states:
        factors = [f for f in sp.Mul.make_args(value) if f not in gates]
        scales = [f for f in sp.Mul.make_args(value) if f in gates]
        if any(s in spec.flipped for s in scales):
            continue
        atom = form.atoms.get(factors[0]) if len(factors) == 1 else None
        if atom is None or atom.head.op.slope is None or atom.arguments[0] not in after:  # type: ignore[attr-defined]
            continue
        name, other = _state_name(before), _state_name(after[atom.arguments[0]])
        names = {
            "gates": listed([spec.of(s) for s in scales]),
            "activation": spec.of(factors[0]),
            "state": name,
            "other": other,
        }
        gone = message("{gates} = 1 and {activation} becomes {other}: {state} and {other} are one state", **names)
        plain = message("{activation} becomes {other}: {state} and {other} are one state", **names)
        split = message("the state splits in two: {state} is made of {other} by {gates} and {activation}", **names)
        simple = message("the state splits in two: {state} is {activation}", **names)
        yield Rewrite(
            "merge", gone if scales else plain, split if scales else simple, partial(_opened, form, scales, factors[0])
        )


def _undelayed(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    """States that hold what another state, or an input, was one step before."""
    for before, after in form.states:
        if after in form.leaves and after != before:
            names = {"before": before, "value": after, "state": _state_name(before)}
            yield Rewrite(
                "delay",
                message("{value} is read instead of {before}: the state {state}, which holds it a step, goes", **names),
                message("a new state {state} holds {value} for a step and is read in its place", **names),
                partial(form.substituted, {before: after}),
            )


def _opened(form: NormalForm, scales: list[sp.Symbol], activation: sp.Symbol) -> NormalForm:
    """The form with these gates at 1 and this activation replaced by what it is applied to."""
    opened = form.substituted(dict.fromkeys(scales, sp.S.One))
    return (
        opened.substituted({activation: opened.atoms[activation].arguments[0]})
        if activation in opened.atoms
        else opened
    )


def _state_name(before: sp.Symbol) -> sp.Symbol:
    return sp.Symbol(stem(before))


def _held(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    scalars = [s for s, (role, shape) in form.leaves.items() if role in ("param", "const") and not shape]
    factors = [*gates, *_keeping(form, scalars)]
    keeping = _keeping(form, factors)
    for value, chosen in ((sp.S.One, factors), (sp.S.Zero, keeping)):
        for name in chosen:
            held = 1 - value if name in spec.flipped else value
            names = {"gate": spec.of(name), "value": held, "scaled": listed(spec.scaled.get(name, ()))}
            new = "a new gate {gate} scales {scaled}; with {gate} = {value} nothing changes"
            yield Rewrite(
                "open" if held == 1 else "shut",
                message("{gate} = {value}: the gate goes" if name in gates else "{gate} = {value}", **names),
                message(new if name in gates else "{gate} comes in; with {gate} = {value} nothing changes", **names),
                partial(form.substituted, {name: value}),
            )


def _linear(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    for name, atom in form.atoms.items():
        if name not in gates and atom.head.op.slope is not None:  # type: ignore[attr-defined]
            names = {"place": spec.of(name), "function": atom.head.op.name}  # type: ignore[attr-defined]
            yield Rewrite(
                "activation",
                message("{place} loses its activation {function}", **names),
                message("{place} gets the activation {function}", **names),
                partial(form.substituted, {name: atom.arguments[0]}),
            )


def _moved(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    for name, atom in form.atoms.items():
        if atom.head is not Matmul:
            continue
        matrix, vector = atom.arguments
        for gate in (g for g in gates if g in free(vector)):
            rest = sp.Add(*[term / gate for term in sp.Add.make_args(vector)])
            if gate in free(rest):
                continue
            atoms = {**form.atoms, name: replace(atom, arguments=(matrix, rest))}
            result = replace(form, atoms=atoms)
            names = {
                "gate": spec.of(gate),
                "matrix": spec.written(matrix),
                "vector": spec.written(rest),
                "product": Matmul(spec.written(matrix), spec.written(rest)),
            }
            yield Rewrite(
                "move",
                message("{gate} moves across {matrix}: it scales {product} instead of {vector}", **names),
                message("{gate} moves across {matrix}: it scales {vector} instead of {product}", **names),
                partial(result.substituted, {name: gate * name}, keep=True),
            )


def _widened(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    """Gates that scale some terms of what an operation is applied to, and then all of them; but not of a state."""
    updates = {after for _, after in form.states}
    for name, atom in form.atoms.items():
        for place, argument in enumerate(atom.arguments):
            terms = () if argument in updates else sp.Add.make_args(argument)
            for gate in (g for g in gates if g in free(argument)):
                some = [term / gate for term in terms if gate in free(term)]
                rest = [term for term in terms if gate not in free(term)]
                if not rest or any(gate in free(term) for term in some):
                    continue
                own = spec.within(form)
                arguments = list(atom.arguments)
                arguments[place] = sp.Add(*[gate * term for term in (*some, *rest)])
                names = {
                    "gate": spec.of(gate),
                    "part": own.written(sp.Add(*some)),
                    "whole": own.written(sp.Add(*some, *rest)),
                }
                made = replace(form, atoms={**form.atoms, name: replace(atom, arguments=tuple(arguments))})
                yield Rewrite(
                    "widen",
                    message("{gate} scales {whole} instead of {part}", **names),
                    message("{gate} scales {part} instead of {whole}", **names),
                    made.pruned,
                )


def _unified(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    added = only_added(form)
    if added:
        names = {"params": listed(map(spec.written, added)), "others": listed(map(spec.written, added.values()))}
        yield Rewrite(
            "unify",
            message("left out: {params}, only ever added to {others}", **names),
            message("new: {params}, only ever added to {others}", **names),
            partial(form.substituted, dict.fromkeys(added, sp.S.Zero)),
        )


def _zeroed(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    for group in parameter_groups(form, gates):
        names = {"params": listed([spec.written(s) for s in group])}
        atoms = {name: sp.S.Zero for name, a in form.atoms.items() if a.head is Matmul and a.arguments[0] in group}
        yield Rewrite(
            "drop",
            message("left out (0): {params}", **names),
            message("new, and without effect at 0: {params}", **names),
            partial(form.substituted, {**dict.fromkeys(group, sp.S.Zero), **atoms}),
        )


def _diagonal(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    products = {
        name: atom
        for name, atom in form.atoms.items()
        if atom.head is Matmul
        and atom.arguments[0] in form.leaves
        and is_square(form.leaves[atom.arguments[0]][1])
        and not any(form.leaves.get(s, ("",))[0] == "input" for s in free(atom.arguments[1]))
    }
    if products:
        matrices = list(dict.fromkeys(atom.arguments[0] for atom in products.values()))
        leaves = {s: (role, diagonal_of(shape) if s in matrices else shape) for s, (role, shape) in form.leaves.items()}
        names = {"matrices": listed([spec.written(m) for m in matrices])}
        yield Rewrite(
            "diagonal",
            message("diagonal instead of full: {matrices}; each unit reads its own past alone", **names),
            message("full instead of diagonal: {matrices}; each unit reads the past of all", **names),
            partial(_products, replace(form, leaves=leaves), products),
        )


def _skipping(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    for before, _ in form.states:
        places = [e for e in dict.fromkeys(form.polynomials()) if before in sp.Add.make_args(e) and e != before]
        for place in places:
            names = {"state": _state_name(before), "before": before}
            yield Rewrite(
                "skip",
                message("{before} is no longer added to what makes {state}", **names),
                message("{before} is added to what makes {state}", **names),
                partial(form.mapped, partial(_replaced, place, place - before)),
            )


def _replaced(old: sp.Expr, new: sp.Expr, expr: sp.Expr) -> sp.Expr:
    return new if expr == old else expr


def _projected(form: NormalForm, gates: list[sp.Symbol], spec: SpecNames) -> Iterator[Rewrite]:
    for _, after in form.states:
        atom = form.atoms.get(after)
        if atom is None or atom.head is not Matmul or atom.arguments[0] not in form.leaves:
            continue
        narrow, *more = core(form.leaves[atom.arguments[0]][1])
        wide = more[0] if more else narrow
        if narrow != wide and isinstance(narrow, sp.Symbol):
            names = {"matrix": spec.written(atom.arguments[0]), "narrow": narrow, "wide": wide}
            leaves = {s: (role, resized(shape, {narrow: wide})) for s, (role, shape) in form.leaves.items()}
            yield Rewrite(
                "projection",
                message("the projection {matrix} goes, and {narrow} = {wide}", **names),
                message("a projection {matrix} brings the state from {wide} down to {narrow} numbers", **names),
                partial(replace(form, leaves=leaves).substituted, {after: atom.arguments[1]}),
            )


def _products(form: NormalForm, names: Collection[sp.Symbol]) -> NormalForm:
    """The form with matrix products turned into products, one after the other: one may stand inside the next."""
    for name in names:
        if name in form.atoms:
            matrix, vector = form.atoms[name].arguments
            form = form.substituted({name: matrix * vector})
    return form


Maker = Callable[[NormalForm, list[sp.Symbol], SpecNames], Iterator[Rewrite]]
MAKERS: tuple[Maker, ...] = (
    _tied, _merged, _undelayed, _held, _linear, _moved, _widened, _unified, _zeroed, _diagonal, _skipping, _projected,
)  # fmt: skip
"""What makes edits of each kind."""
