"""The edits that make a cell simpler: tie a gate to another, hold it open or shut, drop an activation or a vector, ...

Each edit is a substitution in the net of a cell. Whatever is simplified from one side is added from the other, so these
rewrites serve both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial

import sympy as sp

from cellgraph.derive.differences.edit import Rewrite
from cellgraph.derive.differences.gate_polarity import SpecNames
from cellgraph.derive.differences.normal_form import NormalForm
from cellgraph.derive.differences.polynomials import free
from cellgraph.ops import Matmul
from cellgraph.words import listed, message


def rewrites(net: NormalForm, gates: Collection[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    """Every edit that makes the net simpler, those that say most about a cell first."""
    for make in MAKERS:
        yield from make(net, [g for g in net.atoms if g in gates], view)


def _keeping(net: NormalForm, names: Collection[sp.Symbol]) -> list[sp.Symbol]:
    """Those that scale a state before the step inside the same state after it."""
    kept = {
        s
        for before, after in net.states
        for term in sp.Add.make_args(after)
        if before in free(term)
        for s in free(term)
    }
    return [name for name in names if name in kept]


def _above(net: NormalForm, name: sp.Symbol) -> set[sp.Symbol]:
    """The atoms that an atom is computed from."""
    found: set[sp.Symbol] = set()
    todo = [name]
    while todo:
        for expr in net.atoms[todo.pop()].arguments:
            fresh = {s for s in free(expr) if s in net.atoms} - found
            found |= fresh
            todo += list(fresh)
    return found


def _tied(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    keeping = _keeping(net, gates)
    above = {gate: _above(net, gate) for gate in gates}
    for gate in sorted(gates, key=lambda g: g in keeping):
        for other in gates:
            if other == gate or gate in above[other]:
                continue
            for value in (1 - other, other):
                seen = 1 - value if gate in view.turned else value
                names = {"gate": view.meaning.get(gate, gate), "value": view.shown(seen)}
                yield Rewrite(
                    "tie",
                    message("{gate} = {value}: one gate does the work of both", **names),
                    message("{gate} becomes a gate of its own; with {gate} = {value} nothing changes", **names),
                    partial(net.put, {gate: value}),
                )


def _merged(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    after = {value: before for before, value in net.states}
    for before, value in net.states:
        factors = [f for f in sp.Mul.make_args(value) if f not in gates]
        scales = [f for f in sp.Mul.make_args(value) if f in gates]
        if any(s in view.turned for s in scales):
            continue
        atom = net.atoms.get(factors[0]) if len(factors) == 1 else None
        if atom is None or atom.head.op.slope is None or atom.arguments[0] not in after:  # type: ignore[attr-defined]
            continue
        name, other = _state_name(before), _state_name(after[atom.arguments[0]])
        names = {
            "gates": listed([view.meaning.get(s, s) for s in scales]),
            "activation": view.meaning.get(factors[0], factors[0]),
            "state": name,
            "other": other,
        }
        gone = message("{gates} = 1 and {activation} becomes {other}: {state} and {other} are one state", **names)
        plain = message("{activation} becomes {other}: {state} and {other} are one state", **names)
        split = message("the state splits in two: {state} is made of {other} by {gates} and {activation}", **names)
        simple = message("the state splits in two: {state} is {activation}", **names)
        yield Rewrite(
            "merge", gone if scales else plain, split if scales else simple, partial(_opened, net, scales, factors[0])
        )


def _opened(net: NormalForm, scales: list[sp.Symbol], activation: sp.Symbol) -> NormalForm:
    """The net with these gates at 1 and this activation replaced by what it is applied to."""
    opened = net.put(dict.fromkeys(scales, sp.S.One))
    return opened.put({activation: opened.atoms[activation].arguments[0]}) if activation in opened.atoms else opened


def _state_name(before: sp.Symbol) -> sp.Symbol:
    return sp.Symbol(before.name.partition("[")[0])


def _held(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    scalars = [s for s, (role, shape) in net.leaves.items() if role in ("param", "const") and not shape]
    factors = [*gates, *_keeping(net, scalars)]
    keeping = _keeping(net, factors)
    for value, chosen in ((sp.S.One, factors), (sp.S.Zero, keeping)):
        for name in chosen:
            held = 1 - value if name in view.turned else value
            names = {"gate": view.meaning.get(name, name), "value": held, "scaled": listed(view.scaled.get(name, ()))}
            new = "a new gate {gate} scales {scaled}; with {gate} = {value} nothing changes"
            yield Rewrite(
                "open" if held == 1 else "shut",
                message("{gate} = {value}: the gate goes" if name in gates else "{gate} = {value}", **names),
                message(new if name in gates else "{gate} comes in; with {gate} = {value} nothing changes", **names),
                partial(net.put, {name: value}),
            )


def _linear(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    for name, atom in net.atoms.items():
        if name not in gates and atom.head.op.slope is not None:  # type: ignore[attr-defined]
            names = {"place": view.meaning.get(name, name), "function": atom.head.op.name}  # type: ignore[attr-defined]
            yield Rewrite(
                "activation",
                message("{place} loses its activation {function}", **names),
                message("{place} gets the activation {function}", **names),
                partial(net.put, {name: atom.arguments[0]}),
                place=name,
                function=atom.head,
            )


def _moved(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    for name, atom in net.atoms.items():
        if atom.head is not Matmul:
            continue
        matrix, vector = atom.arguments
        for gate in (g for g in gates if g in free(vector)):
            rest = sp.cancel(vector / gate)
            if gate in free(rest):
                continue
            atoms = {**net.atoms, name: replace(atom, arguments=(matrix, rest))}
            result = replace(net, atoms=atoms)
            names = {
                "gate": view.meaning.get(gate, gate),
                "matrix": view.shown(matrix),
                "vector": view.shown(rest),
                "product": Matmul(view.shown(matrix), view.shown(rest)),
            }
            yield Rewrite(
                "move",
                message("{gate} moves across {matrix}: it scales {product} instead of {vector}", **names),
                message("{gate} moves across {matrix}: it scales {vector} instead of {product}", **names),
                partial(result.put, {name: gate * name}, keep=True),
            )


def _zeroed(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    before = {b for b, _ in net.states}
    states = before | {name for b, a in net.states for name in free(a) if name in net.atoms}
    vectors = [s for s, shape in net.params if len(shape) == 1]
    scaling = [v for v in vectors if any(_beside(expr, v) for expr in net.polynomials())]
    recurrent = [
        atom.arguments[0]
        for atom in net.atoms.values()
        if atom.head is Matmul and free(atom.arguments[1]) & states and atom.arguments[0] in net.leaves
    ]
    lone = [v for v in vectors if v not in scaling]
    gated = {s for gate in gates for a in net.atoms[gate].arguments for s in free(a)}
    inside = [net.atoms[s].arguments[0] for s in net.atoms if s in gated and net.atoms[s].head is Matmul]
    matrices = [s for s in inside if s in net.leaves]
    groups = [
        scaling,
        lone,
        recurrent,
        [s for s in matrices if s not in recurrent],
        [s for s in matrices if s in recurrent],
        [v for v in lone if v in gated],
        *([v] for v in vectors),
    ]
    for group in {tuple(g): None for g in groups if g}:
        names = {"params": listed([view.shown(s) for s in group])}
        atoms = {name: sp.S.Zero for name, a in net.atoms.items() if a.head is Matmul and a.arguments[0] in group}
        yield Rewrite(
            "drop",
            message("left out (0): {params}", **names),
            message("new, and without effect at 0: {params}", **names),
            partial(net.put, {**dict.fromkeys(group, sp.S.Zero), **atoms}),
        )


def _beside(expr: sp.Expr, vector: sp.Symbol) -> bool:
    """Whether a vector scales something that is no parameter alone."""
    return any(vector in free(term) and len(free(term)) > 1 for term in sp.Add.make_args(expr))


def _diagonal(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    products = {
        name: atom
        for name, atom in net.atoms.items()
        if atom.head is Matmul
        and atom.arguments[0] in net.leaves
        and len(set(net.leaves[atom.arguments[0]][1])) == 1
        and not any(net.leaves.get(s, ("",))[0] == "input" for s in free(atom.arguments[1]))
    }
    if products:
        matrices = list(dict.fromkeys(atom.arguments[0] for atom in products.values()))
        leaves = {s: (role, shape[:1] if s in matrices else shape) for s, (role, shape) in net.leaves.items()}
        names = {"matrices": listed([view.shown(m) for m in matrices])}
        yield Rewrite(
            "diagonal",
            message("diagonal instead of full: {matrices}; each unit reads its own past alone", **names),
            message("full instead of diagonal: {matrices}; each unit reads the past of all", **names),
            partial(_products, replace(net, leaves=leaves), products),
        )


def _skipping(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    for before, _ in net.states:
        places = [e for e in dict.fromkeys(net.polynomials()) if before in sp.Add.make_args(e) and e != before]
        for place in places:
            names = {"state": _state_name(before), "before": before}
            yield Rewrite(
                "skip",
                message("{before} is no longer added to what makes {state}", **names),
                message("{before} is added to what makes {state}", **names),
                partial(_without, net, place, place - before),
            )


def _without(net: NormalForm, place: sp.Expr, instead: sp.Expr) -> NormalForm:
    """The net with one polynomial replaced wherever it stands."""

    def new(expr: sp.Expr) -> sp.Expr:
        return instead if expr == place else expr

    atoms = {name: replace(a, arguments=tuple(new(e) for e in a.arguments)) for name, a in net.atoms.items()}
    states = tuple((before, new(after)) for before, after in net.states)
    return replace(net, states=states, output=new(net.output), atoms=atoms).pruned()


def _projected(net: NormalForm, gates: list[sp.Symbol], view: SpecNames) -> Iterator[Rewrite]:
    for _, after in net.states:
        atom = net.atoms.get(after)
        if atom is None or atom.head is not Matmul or atom.arguments[0] not in net.leaves:
            continue
        narrow, wide = net.leaves[atom.arguments[0]][1]
        if narrow != wide and isinstance(narrow, sp.Symbol):
            names = {"matrix": view.shown(atom.arguments[0]), "narrow": narrow, "wide": wide}
            leaves = {
                s: (role, tuple(size.xreplace({narrow: wide}) for size in shape))
                for s, (role, shape) in net.leaves.items()
            }
            yield Rewrite(
                "projection",
                message("the projection {matrix} goes, and {narrow} = {wide}", **names),
                message("a projection {matrix} brings the state from {wide} down to {narrow} numbers", **names),
                partial(replace(net, leaves=leaves).put, {after: atom.arguments[1]}),
            )


def _products(net: NormalForm, names: Collection[sp.Symbol]) -> NormalForm:
    """The net with matrix products turned into products, one after the other: one may stand inside the next."""
    for name in names:
        if name in net.atoms:
            matrix, vector = net.atoms[name].arguments
            net = net.put({name: matrix * vector})
    return net


Maker = Callable[[NormalForm, list[sp.Symbol], SpecNames], Iterator[Rewrite]]
MAKERS: tuple[Maker, ...] = (
    _tied, _merged, _held, _linear, _moved, _zeroed, _diagonal, _skipping, _projected,
)  # fmt: skip
"""What makes edits of each kind."""
