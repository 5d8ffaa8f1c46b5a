"""Every claim that a quantity is a gate is tried to refute: by its values, by what changes it, by what it does."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from derive.variants import CELLS, affine, variant
from laws import over
from random_cells import random_cell, random_sizes
from zoo import TRIED, cell_of, seeds

import cellgraph as cg
from cellgraph.derive.structures.gate_functions import gate_functions
from cellgraph.derive.structures.scaling import SPREADING
from cellgraph.derive.structures.structure import Structure, structure
from cellgraph.graph import Cell, postorder, symbols_of
from cellgraph.graph.notation import source
from cellgraph.graph.ring import canonical
from cellgraph.ops import Head, Interval, Outer, operands

# cell: each gate with its interval, and whether it is made from the state
EXPECTED = {
    "slstm": {"i": (0, 1, "state"), "f": (0, 1, "state"), "o": (0, 1, "state")},
    "mlstm": {"i": (0, 1, "input"), "f": (0, 1, "input"), "o": (0, 1, "input")},
    "mlstm-cell": {"i": (0, 1, "input"), "f": (0, 1, "input")},
    "lstm-fgr": {"f": (0, 1, "state"), "i": (0, 1, "state"), "o": (0, 1, "state")},
    "rglru": {"r": (0, 1, "input"), "i": (0, 1, "input")},
    "rglru-reset": {"r": (0, 1, "input"), "i": (0, 1, "input")},
    "tlstm": {"f": (0, 1, "input"), "o": (-1, 1, "input")},
    "mamba": {"dt": (0, np.inf, "input")},
    "nbrc": {"a": (0, 2, "state"), "z": (0, 1, "state")},
    "fastgrnn-tanh-gate": {"z": (-1, 1, "state")},
    "lstm-phased": {
        "k": (-np.inf, np.inf, "input"), "f": (0, 1, "state"), "i": (0, 1, "state"), "o": (0, 1, "state"),
    },
    "lstm-ordered-neurons": dict.fromkeys(("u", "v", "f", "i", "o"), (0, 1, "state")),
    "minlstm": {"f": (0, 1, "input"), "i": (0, 1, "input")},
    "gsa": {"f": (0, 1, "input")},
    # Learned constants, and inputs, are no gates.
    "lstm-slim-3": {}, "unicornn": {}, "scrn": {}, "fast-weights": {}, "clockwork-rnn": {}, "urnn": {},
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_the_gates_of_cells_that_are_not_like_the_lstm(name: str) -> None:
    gates = structure(cell_of(name)).gates
    found = {source(gate.expr): (*map(float, gate.interval), gate.on) for gate in gates}
    assert found == EXPECTED[name]


INVENTED = {
    "a share read by slices": (
        "w = softmax(W_w @ x)\nh = sum(slice(w, 0, 1)) * tanh(W_a @ x) + sum(slice(w, 1, 2)) * tanh(W_b @ x)",
        {"slice(w, 0, 1)", "slice(w, 1, 2)"},
    ),
    "gates side by side": (
        "q = sigmoid(concat(W_f @ x, W_i @ x))\nh = slice(q, 0, n) * h[t-1] + slice(q, n, 2*n) * tanh(U @ h[t-1])",
        {"slice(q, 0, n)", "slice(q, n, 2*n)"},
    ),
    "an exponential that nothing holds": (
        "i = exp(W_i @ x)\ng = tanh(W_g @ x + U_g @ h[t-1])\nh = h[t-1] + i * g",
        {"i"},
    ),
    "two candidates of one kind": (f"{affine('f')}{affine('i')}g = W_g @ x\nh = f * h[t-1] + i * g", {"f", "i"}),
    "a gate of a gate": (f"{affine('z')}{affine('r')}h = z * r * h[t-1] + (1 - z * r) * tanh(W @ x)", {"z", "r"}),
    "a matrix behind it": (f"{affine('r')}h = tanh(W @ x + U @ (r * h[t-1]))", {"r"}),
    "no more than an activation": ("a = W @ x + U @ h[t-1]\nh = a * (1 + tanh(a)) + a * exp(a)", set()),
    "its own sum": (f"{affine('z')}h = tanh(z + U_h @ h[t-1])", set()),
    "keys": ("k = softmax(W_k @ x)\nh = transpose(outer(k, h[t-1])) @ k", set()),
    "a clock": ("u = step(W_u @ x)\nh = u * h[t-1] + (1 - u) * tanh(W @ x)", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", INVENTED)
def test_gates_of_invented_cells(name: str) -> None:
    equations, gates = INVENTED[name]
    assert {source(gate.expr) for gate in structure(variant("x", equations)).gates} == gates


def test_a_normaliser_sums_up_weights_and_a_stabiliser_holds_exponents() -> None:
    for name, normaliser, stabiliser in (("slstm", "z", "s"), ("mlstm", "z", "s"), ("rwkv4", "d", "s")):
        found = structure(cell_of(name))
        assert {str(s) for s in found.normalisers} == {normaliser}
        assert {str(s) for s in found.stabilisers} == {stabiliser}
    # The logarithm of a product is read through an exponential too, but it is no maximum.
    decay = variant("x", "s = s[t-1] - softplus(W @ x)\nh = exp(s) * tanh(U @ h[t-1])", "h s")
    assert structure(decay).stabilisers == frozenset()


def test_buffers_remember_and_states_that_go_round_do_not() -> None:
    expected = {
        "mamba": {"p_1", "p_2", "p_3"},
        "tlstm": {"p"},
        "rwkv7": {"p"},
        "tau-gru": {"p"},
        "lstm": set(),
        "jordan": set(),
    }
    for name, states in expected.items():
        assert {str(s) for s in structure(cell_of(name)).buffers} == states
    window = variant("x", "p = shift(p[t-1], 1) + W @ x\ng = tanh(U @ p[t-1])\nh = g * h[t-1]", "h p")
    assert {str(s) for s in structure(window).buffers} == {"p"}
    turned = variant("x", "p = shift(shift(p[t-1], 1), -1) + W @ x\nh = tanh(U @ p[t-1])", "h p")
    assert structure(turned).buffers == frozenset()
    delayed = variant("x", "h = tanh(W @ x + U @ p[t-1])\np = h[t-1]", "h p")
    assert {str(s) for s in structure(delayed).buffers} == {"p"}


SEEDS = tuple(str(seed) for seed in seeds(60))
CASES = [(kind, name) for kind, names in (("spec", TRIED), ("variant", CELLS), ("random", SEEDS)) for name in names]


def cell_for(kind: str, name: str) -> Cell:
    return {"spec": cell_of, "variant": CELLS.__getitem__, "random": lambda seed: random_cell(int(seed))}[kind](name)


@over(CASES)
def test_a_gate_does_nothing_but_scale(kind: str, name: str) -> None:
    """Where everything that it scales is 0, nothing depends on it; and it stands in arithmetic alone."""
    found = structure(cell_for(kind, name))
    for equation in found.step.graph.equations:
        gates = found.coefficients.intersection(equation.uses) - found.masks
        if not gates or equation.lhs in found.coefficients or is_divisor(found, equation.lhs, equation.rhs):
            continue
        if isinstance(equation.rhs, SPREADING):
            free = [a for a in operands(equation.rhs) if found.data - found.coefficients & set(symbols_of(a))]
            assert isinstance(equation.rhs, Outer), equation
            assert free, equation
            continue
        assert equation.lhs in found.step.algebra, equation
        update = canonical(equation.rhs)
        silent = {s: sp.S.Zero for s in update.free_symbols if s in found.data and s not in found.coefficients}
        for gate in gates & update.free_symbols:
            alone = sp.simplify(sp.diff(update.xreplace(silent), gate))
            # p ⊙ l + (1 − p) ⊙ μ scales l − μ; and of two gates that nothing tells apart each scales the other.
            others = (found.data - {gate}) & sp.diff(update, gate).free_symbols
            assert alone == 0 or others, (equation, gate)


def is_divisor(found: Structure, lhs: sp.Symbol, rhs: sp.Expr) -> bool:
    """Whether an equation is that of a normaliser, or sums up weights below a fraction bar."""
    return lhs in found.normalisers or any(
        isinstance(node, Head) and node.op.name == "div" and found.gate_symbols & set(symbols_of(node.args[1]))
        for node in postorder(rhs)
    )


@over(CASES)
def test_a_gate_keeps_to_its_interval_and_changes(kind: str, name: str) -> None:
    cell = cell_for(kind, name)
    found, draw = structure(cell), np.random.default_rng(3)
    sizes = random_sizes(cell) if kind == "random" else {str(s): 2 + k for k, s in enumerate(cell.step.sizes)}
    seen: dict[str, list[np.ndarray]] = {gate.symbol.name: [] for gate in found.gates}
    for spread in (0.3, 3, 100):
        for _ in range(3):
            with np.errstate(all="ignore"):
                values = cg.evaluate(found.step.graph, drawn(cell, sizes, spread, draw), **sizes)
            for gate in found.gates:
                value = np.asarray(values[gate.symbol.name])
                seen[gate.symbol.name].append(value)
                inside = (value >= float(gate.interval.low) - 1e-9) & (value <= float(gate.interval.high) + 1e-9)
                assert (inside | ~np.isfinite(value)).all(), (gate.expr, value)
    for gate, values in seen.items():
        assert len({value.tobytes() for value in values}) > 1, f"{gate} never changes"


def drawn(cell: Cell, sizes: dict[str, int], spread: float, draw: np.random.Generator) -> dict[str, np.ndarray]:
    """Random arrays for every leaf without a value; positive numbers for constants, which are mostly rates."""
    values = {}
    for quantity in (q for q in cell.step.leaves if q.value is None):
        shape = [
            int(size.xreplace({s: sp.Integer(sizes[str(s)]) for s in size.free_symbols}))
            for size in quantity.shape or ()
        ]
        value = draw.normal(size=shape) * spread
        values[quantity.symbol.name] = abs(value) if quantity.role == "const" else value
    return values


def test_what_gates_do_is_told_once_and_of_named_things() -> None:
    """A time gate has two things to weigh, and there are no sentences on the pieces that it is made of."""
    found = gate_functions(structure(cell_of("lstm-phased")))
    assert [(source(f.gate.expr), f.kind, str(f.state), source(f.value), f.sense) for f in found][:2] == [
        ("k", "balance", "h", "tanh(d) * o", -1),
        ("k", "balance", "c", "d", -1),
    ]
    assert len(found) < 8


@pytest.mark.parametrize(
    ("name", "gate", "kind", "sense"),
    [("rglru", "r", "keep", -1), ("mamba", "dt", "keep", -1), ("slstm", "f", "keep", 1)],
)
def test_a_gate_keeps_through_a_function_of_it(name: str, gate: str, kind: str, sense: int) -> None:
    functions = [f for f in gate_functions(structure(cell_of(name))) if source(f.gate.expr) == gate]
    assert (functions[0].kind, functions[0].sense) == (kind, sense)
    assert Interval(0, 1) in [g.interval for g in structure(cell_of(name)).gates] or name == "mamba"
