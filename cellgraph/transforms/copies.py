"""A second copy of a cell inside one step: every quantity of its own under another name. Numbers are shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import sympy as sp

from cellgraph.graph import Equation, before, rebuilt
from cellgraph.transforms.draft import Draft, Words, resized


def renamed(
    made: Draft,
    name: Callable[[str], str],
    given: Mapping[sp.Symbol, sp.Expr],
    sizes: Mapping[sp.Basic, sp.Basic],
    called: Words,
) -> Draft:
    """The draft with states, parameters and what is computed under the names that `name` gives, its readout as it is.

    `given` are inputs and what stands in their place, `sizes` those that are others now, `called` templates for what
    a quantity is called, with its own label at {label}.
    """
    shown = {s.name for e in made.readout for s in e.uses} - {s.name for e in made.equations for s in e.uses}
    params = [p for p in made.params if p not in shown]
    arrays = [c for c, said in made.constants.items() if isinstance(said, tuple)]
    own = [*made.states, *params, *arrays, *(e.lhs.name for e in made.equations)]
    new = {old: name(old) for old in dict.fromkeys(own)}
    symbols = {sp.Symbol(old): sp.Symbol(other) for old, other in new.items()}
    symbols |= {before(old): before(new[old]) for old in made.states}

    def told(expr: sp.Expr) -> sp.Expr:
        return rebuilt(expr, {**symbols, **given})

    def sized(shape: tuple[sp.Expr, ...]) -> tuple[sp.Expr, ...]:
        return tuple(axis.xreplace(dict(sizes)) for axis in shape)

    return replace(
        made,
        states={new[state]: sized(shape) for state, shape in made.states.items()},
        params={new.get(p, p): sized(shape) if p in new else shape for p, shape in made.params.items()},
        constants={new.get(c, c): sized(s) if isinstance(s, tuple) else s for c, s in made.constants.items()},
        initial={new[state]: told(value) for state, value in made.initial.items()},
        equations=tuple(Equation(told(e.lhs), told(e.rhs)) for e in resized(made.equations, sizes)),
        output=new.get(made.output, made.output),
        readout=tuple(Equation(e.lhs, told(e.rhs)) for e in made.readout),
        labels={new.get(old, old): _called(label, called) if old in new else label
                for old, label in made.labels.items()},
    )  # fmt: skip


def beside(first: Draft, second: Draft) -> Draft:
    """Two drafts as one, in this order; the output and the readout are those of the second."""
    return replace(
        second,
        dims={**first.dims, **second.dims},
        inputs={**first.inputs, **second.inputs},
        states={**first.states, **second.states},
        params={**first.params, **second.params},
        constants={**first.constants, **second.constants},
        initial={**first.initial, **second.initial},
        equations=(*first.equations, *second.equations),
        labels={**first.labels, **second.labels},
    )


def _called(label: Words, called: Words) -> Words:
    return {lang: called[lang].format(label=text) for lang, text in label.items()}
