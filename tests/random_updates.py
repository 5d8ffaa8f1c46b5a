"""How states of random cells are updated: gates, additions, blends, stabilisers, registers, rotations, and odd ways.

Each function writes the equations of one state or of several of one shape, in the draft of a spec
(`random_cells.Draft`); the tables at the end say how often each is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random_cells import Draft, Shape

GATES: Mapping[str, int] = {
    "sigmoid({a})": 12,
    "1 - sigmoid({a})": 1,
    "max(min(({a}) / 6 + 1/2, 1), 0)": 2,
    "exp({a})": 1,
    "exp(-softplus({a}))": 1,
    "exp(-exp({b}))": 2,
    "exp(-exp({b}) * sigmoid({a}))": 1,
    "(1 + tanh({a})) / 2": 1,
    "1 + tanh({a})": 1,
    "tanh({a})": 1,
    "sigmoid({a}) * sigmoid({b})": 1,
    "1 - sigmoid({a}) * sigmoid({b})": 1,
    "sigmoid({b})": 1,
    "{b}": 1,
    "sigmoid({s})": 1,
    "step({a})": 1,
    "step(sin({b} + {s}))": 1,
    "({a}) ** 2": 1,
    "1 / (1 + exp({a}))": 1,
    "0.95": 1,
    "1/2": 1,
}
VECTOR_GATES: Mapping[str, int] = {"softmax({a})": 1, "cumsum(softmax({a}))": 2, "1 - cumsum(softmax({a}))": 1}


CANCELLING = (
    *("({g} - {g}) * {h} + {g}", "({g} - {g}) * {h}", "{h} - {h} + {g}", "0 * {h} + {g}", "{h} + {g} - {g}"),
    *("{g} * {h} - {h} * {g}", "{h} / {h} * {g}"),
)
"""Updates in which the candidate g or the state h before the step goes away again."""


def gate(draft: Draft, shape: Shape) -> str:
    """A gate by name, or as it is where there is no room."""
    if shape == ("q*p",) and draft.rng.random() < 0.4:
        return draft.let("f", shape, f"repeat(sigmoid({draft.affine(('q',))}), p)")
    forms = GATES | (VECTOR_GATES if len(shape) == 1 else {})
    form = draft.weighted(forms)
    made = {
        "a": draft.affine(shape) if "{a}" in form else "",
        "b": draft.param("b", *shape) if "{b}" in form else "",
        "s": f"{draft.affine(())}" if "{s}" in form else "",
    }
    own: Shape = () if form == "sigmoid({s})" else shape
    if form in ("0.95", "1/2", "{b}"):
        return form.format(**made)
    return draft.let(draft.rng.choice("fiozr"), own, form.format(**made))


def opposite(draft: Draft, shape: Shape) -> tuple[str, str]:
    """Two gates that add up to one."""
    if draft.rng.random() < 0.2:
        f, i = (draft.let(letter, shape, f"sigmoid({draft.affine(shape)})") for letter in "fi")
        return f"{f} / ({f} + {i})", f"{i} / ({f} + {i})"
    z = gate(draft, shape)
    return (z, f"(1 - {z})") if draft.rng.random() < 0.5 else (f"(1 - {z})", z)


def candidate(draft: Draft, shape: Shape) -> str:
    return draft.let("g", shape, draft.candidate(shape))


# One state


def gated_sum(draft: Draft, state: str, shape: Shape) -> None:
    f = gate(draft, shape)
    i = gate(draft, shape) if draft.rng.random() < 0.7 else ""
    new = candidate(draft, shape)
    draft.assign(state, f"{f} * {state}[t-1] + {i + ' * ' if i else ''}{new}")


def blend(draft: Draft, state: str, shape: Shape) -> None:
    keep, write = opposite(draft, shape)
    draft.assign(state, f"{keep} * {state}[t-1] + {write} * {candidate(draft, shape)}")


def reset_blend(draft: Draft, state: str, shape: Shape) -> None:
    keep, write = opposite(draft, shape)
    recalled = f"({gate(draft, shape)} * {state}[t-1])"
    inner = f"{draft.affine(shape, past=False)} + {draft.mapped(recalled, shape, shape)}"
    draft.assign(state, f"{keep} * {state}[t-1] + {write} * {draft.let('g', shape, f'tanh({inner})')}")


def added(draft: Draft, state: str, shape: Shape) -> None:
    scale = gate(draft, shape) if draft.rng.random() < 0.6 else draft.constant("0.1", "1e-3")
    draft.assign(state, f"{state}[t-1] {draft.rng.choice('++-')} {scale} * {candidate(draft, shape)}")


def damped(draft: Draft, state: str, shape: Shape) -> None:
    inner = f"{candidate(draft, shape)} - {draft.constant('0.5', '1', '2.5')} * {state}[t-1]"
    draft.assign(state, f"{state}[t-1] + {draft.constant('0.1', '0.01')} * ({inner})")


def leaky(draft: Draft, state: str, shape: Shape) -> None:
    alpha = draft.constant("0.9", "0.99", "0", "1", "-0.5", "1.01")
    draft.assign(state, f"{alpha} * {state}[t-1] + {candidate(draft, shape)}")


def plain(draft: Draft, state: str, shape: Shape) -> None:
    recalled = draft.mapped(f"{state}[t-1]", shape, shape)
    activation = draft.rng.choice(("tanh", "tanh", "relu", "sin", "softplus", ""))
    draft.assign(state, f"{activation}({draft.affine(shape)} + {recalled})")


def latching(draft: Draft, state: str, shape: Shape) -> None:
    draft.assign(state, f"tanh({draft.affine(shape, past=False)} + {gate(draft, shape)} * {state}[t-1])")


def shown(draft: Draft, state: str, shape: Shape) -> None:
    """o ⊙ tanh(c) of what has been computed in this step."""
    held = [name for name, own in draft.known.items() if own == shape]
    inner = f"{draft.rng.choice(held)}" if held else draft.affine(shape)
    draft.assign(state, f"{gate(draft, shape)} * {draft.rng.choice(('tanh', 'relu', ''))}({inner})")


def normalised(draft: Draft, state: str, shape: Shape) -> None:
    if len(shape) != 1:
        return plain(draft, state, shape)
    a = draft.let("a", shape, draft.affine(shape), named=True)
    d = draft.let("e", shape, f"{a} - mean({a})", named=True)
    gain = draft.param("b", *shape)
    draft.assign(state, f"tanh({gain} * {d} / sqrt(mean({d} * {d}) + 1e-5) + {draft.param('b', *shape)})")


def largest(draft: Draft, state: str, shape: Shape) -> None:
    draft.assign(state, f"{draft.rng.choice(('max', 'min'))}({state}[t-1], {candidate(draft, shape)})")


def powered(draft: Draft, state: str, shape: Shape) -> None:
    past = f"{state}[t-1]"
    scaled = draft.rng.random() < 0.5
    inner = f"{draft.param('b', *shape)} * {past}" if scaled else f"{past} + {candidate(draft, shape)}"
    draft.assign(state, f"({inner}) ** {draft.rng.choice((2, 3))}")


def cancelled(draft: Draft, state: str, shape: Shape) -> None:
    new = candidate(draft, shape)
    form = draft.rng.choice(CANCELLING)
    draft.assign(state, form.format(g=new, h=f"{state}[t-1]"))


def forgetful(draft: Draft, state: str, shape: Shape) -> None:
    draft.assign(state, draft.candidate(shape))


def anything(draft: Draft, state: str, shape: Shape) -> None:
    draft.assign(state, draft.anything(shape, 3))


def buffer(draft: Draft, state: str, shape: Shape) -> None:
    """The entries or rows move on by one, and something new comes in."""
    if not shape:
        return leaky(draft, state, shape)
    if len(shape) == 2:
        first = f"({draft.param('b', shape[0])} * {draft.constant('0', '1')})"
        new = f"outer({first}, {draft.affine(shape[1:])})"
        return draft.assign(state, f"shift({state}[t-1], 1) + {new}")
    kept = f"slice({state}[t-1], 0, {shape[0]} - 1)"
    return draft.assign(state, f"concat(fill({draft.affine(())}, 1), {kept})")


# Matrices


def written(draft: Draft, state: str, shape: Shape) -> None:
    """The outer product of a key and a value, into what is kept."""
    keys, values = (candidate(draft, (size,)) for size in shape)
    past = f"{state}[t-1]"
    match draft.rng.randrange(4):
        case 0:
            past = f"{gate(draft, ())} * {past}"
        case 1:
            past = f"scale({draft.let('f', shape[:1], f'sigmoid({draft.affine(shape[:1])})')}, {past})"
        case 2:
            past = f"{draft.constant('0.9', '0.99')} * {past}"
    draft.assign(state, f"{past} + outer({keys}, {values})")


def corrected(draft: Draft, state: str, shape: Shape) -> None:
    """The delta rule."""
    keys, values = (candidate(draft, (size,)) for size in shape)
    beta = draft.let("beta", (), f"sigmoid({draft.affine(())})")
    draft.assign(state, f"{state}[t-1] + {beta} * outer({keys}, {values} - transpose({state}[t-1]) @ {keys})")


# Several states of one shape


def lstm(draft: Draft, cell: str, hidden: str, shape: Shape) -> None:
    draft.rng.choice((gated_sum, blend, added))(draft, cell, shape)
    shown(draft, hidden, shape)


def stabilised(draft: Draft, highest: str, cell: str, shape: Shape) -> None:
    """Exponential gates, both divided by the largest that there was."""
    f, i = (draft.let(letter, shape, draft.affine(shape), named=True) for letter in "fi")
    draft.initial[highest] = draft.rng.choice(("-1e38", "0", "-inf"))
    kept = f"{f} + {highest}[t-1]"
    draft.assign(highest, f"max({kept}, {i})")
    write = f"exp({i} - {highest})"
    draft.assign(cell, f"exp({kept} - {highest}) * {cell}[t-1] + {write} * {candidate(draft, shape)}")
    for norm in [name for name in draft.left if draft.states[name] == shape]:
        draft.assign(norm, f"exp({kept} - {highest}) * {norm}[t-1] + {write}")


def averaged(draft: Draft, weight: str, cell: str, shape: Shape) -> None:
    """A sum of weights beside a weighted sum."""
    f, i = gate(draft, shape), draft.let("i", shape, f"exp({draft.affine(shape)})")
    draft.assign(weight, f"{f} * {weight}[t-1] + {i}")
    draft.assign(cell, f"{f} * {cell}[t-1] + {i} * {candidate(draft, shape)}")
    for ratio in [name for name in draft.left if draft.states[name] == shape]:
        draft.assign(ratio, f"{cell} / max({weight}, 1)")


def rotated(draft: Draft, real: str, imaginary: str, shape: Shape) -> None:
    """A complex number of fixed modulus and angle times the state, in two real parts."""
    nu, omega = draft.param("b", *shape), draft.param("b", *shape)
    modulus = draft.let("r", shape, draft.rng.choice((f"exp(-exp({nu}))", f"sigmoid({nu})", f"{nu}")))
    one, other = f"{modulus} * cos({omega})", f"{modulus} * sin({omega})"
    x = draft.affine(shape, past=False)
    draft.assign(real, f"{one} * {real}[t-1] - {other} * {imaginary}[t-1] + {x}")
    draft.assign(imaginary, f"{other} * {real}[t-1] + {one} * {imaginary}[t-1]")


def oscillating(draft: Draft, place: str, speed: str, shape: Shape) -> None:
    dt = draft.constant("0.1", "0.04")
    force = f"{candidate(draft, shape)} - {draft.constant('1', '2.7')} * {place}[t-1] - 0.3 * {speed}[t-1]"
    draft.assign(speed, f"{speed}[t-1] + {dt} * ({force})")
    draft.assign(place, f"{place}[t-1] + {dt} * {speed}")


def register(draft: Draft, first: str, second: str, shape: Shape) -> None:
    draft.assign(first, draft.candidate(shape))
    last = first
    others = [name for name in draft.left if draft.states[name] == shape and name != second]
    for name in [second, *others]:
        draft.assign(name, f"{last}[t-1]")
        last = name


Update = Callable[["Draft", str, "Shape"], None]
Joint = Callable[["Draft", str, str, "Shape"], None]
UPDATES: Mapping[Update, int] = {
    gated_sum: 10, blend: 9, reset_blend: 5, added: 4, damped: 2, leaky: 2, plain: 5, latching: 2, shown: 3,
    normalised: 2, largest: 1, powered: 1, cancelled: 2, forgetful: 1, anything: 5, buffer: 2,
}  # fmt: skip
MATRIX_UPDATES: Mapping[Update, int] = {**UPDATES, written: 25, corrected: 12}
JOINT_UPDATES: Mapping[Joint, int] = {lstm: 8, stabilised: 3, averaged: 2, rotated: 2, oscillating: 2, register: 2}
