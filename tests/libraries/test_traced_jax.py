"""Traces of steps in JAX beside the steps themselves: functions of pytrees, objects, modules of Flax and of Keras."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from flax import linen as nn
from flax import nnx
from libraries import jax_cells as cells
from libraries.beside import agrees

from cellgraph.frameworks.tracing import jax as tracer
from cellgraph.frameworks.tracing.asked import Asked
from cellgraph.graph import size

m, n, p = size("m"), size("n"), size("p")
SIZES = ({"m": 4, "n": 6, "p": 3}, {"m": 8, "n": 10, "p": 5})
BATCH = 7


def asked(target: Any, params: dict[str, Any], call: tuple[Any, ...], returns: str, **states: Any) -> Asked:
    """A function of one input x of m numbers, or of another shape that stands among `states`."""
    x = states.pop("x", (m,))
    return Asked(target, inputs={"x": x}, states=states, params=params, call=call, returns=returns)


def tree(**params: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Parameters of one mapping, and the mapping of their names."""
    return params, {name: name for name in params}


def flat(target: Any, returns: str, params: dict[str, Any], carry: Any = "h", **states: Any) -> Asked:
    """A function (params, carry, x) whose parameters are one mapping."""
    return asked(target, params, ({name: name for name in params}, carry, "x"), returns, **(states or {"h": (n,)}))


FOUR = 4 * n
NORM = {f"ln_{k}/{j}": (s,) for k, s in (("i", FOUR), ("h", FOUR), ("c", n)) for j in (0, 1)}
LN = {
    "Wi": "Wi", "Wh": "Wh",
    **{f"ln_{k}": (f"ln_{k}/0", f"ln_{k}/1") for k in "ihc"},
}  # fmt: skip
CELL = cells.EquinoxLike("W", "U", "b", 4)

FUNCTIONS: dict[str, tuple[Asked, bool]] = {
    "gru_dict": (flat(cells.gru_dict, "_, h", {"w_i": (m, 3 * n), "w_h": (n, 3 * n), "b": (3 * n,)}), True),
    "lstm_tuple": (
        asked(
            cells.lstm_tuple, {"W": (FOUR, m), "U": (FOUR, n), "b": (FOUR,)}, (("W", "U", "b"), ("c", "h"), "x"),
            "(c, h), out", c=(n,), h=(n,),
        ),
        False,
    ),
    "lstm_named": (
        asked(
            cells.lstm_named, {"linear/w": (m + n, FOUR), "linear/b": (FOUR,)},
            ({"linear": {"w": "linear/w", "b": "linear/b"}}, cells.Carry("h", "c"), "x"), "out, (h, c)", h=(n,), c=(n,),
        ),
        True,
    ),
    "rnn_einsum": (
        asked(cells.rnn_einsum, {"W": (n, m), "U": (n, n), "b": (n,)}, ("x", "h", "W", "U", "b"), "h", h=(n,)), True
    ),
    "mingru": (flat(cells.mingru, "h", {"Wz": (m, n), "bz": (n,), "Wh": (m, n), "bh": (n,)}), True),
    "lru": (
        flat(
            cells.lru, "(re, im), y",
            {**dict.fromkeys(("nu_log", "theta_log"), (n,)), **dict.fromkeys(("B_re", "B_im"), (n, m)), "C_re": (m, n),
             "C_im": (m, n), "D": (m,)},
            ("re", "im"), re=(n,), im=(n,),
        ),
        False,
    ),
    "s4d": (
        flat(
            cells.s4d, "s, y", {"log_dt": (m,), "log_A": (m, n), "B": (m, n), "C": (m, n), "D": (m,)}, "s", s=(m, n)
        ),
        False,
    ),
    "mamba": (
        flat(
            cells.mamba_step, "s, y",
            {"W_dt": (m, m), "b_dt": (m,), "W_B": (m, n), "W_C": (m, n), "A_log": (m, n), "D": (m,)}, "s", s=(m, n),
        ),
        True,
    ),
    "retnet": (
        flat(
            cells.retnet, "S, y", {f"W_{k}": (m, m) for k in "QKVGO"}, "S", S=(sp.Integer(2), m / 2, m / 2)
        ),
        True,
    ),
    "linear_attention": (
        flat(
            cells.linear_attention, "(S, z), y", {"Q": (n, m), "K": (n, m), "V": (p, m)}, ("S", "z"), S=(n, p), z=(n,)
        ),
        False,
    ),
    "delta_rule": (
        flat(cells.delta_rule, "S, y", {"K": (n, m), "V": (p, m), "Q": (n, m), "b": (m,)}, "S", S=(p, n)), False
    ),
    "slots": (flat(cells.slots, "M, y", {"Q": (m, n), "E": (m, n), "A": (m, n)}, "M", M=(p, n)), True),
    "ntm_shift": (flat(cells.ntm_shift, "h", {"K": (m, n), "g": (m, 1), "S": (m, 3)}), True),
    "xlstm_s": (
        flat(
            cells.xlstm_s, "(c, k, h, l), out", {"W": (m, FOUR), "R": (n, FOUR), "b": (FOUR,)}, ("c", "k", "h", "l"),
            c=(n,), k=(n,), h=(n,), l=(n,),
        ),
        True,
    ),
    "ln_lstm": (
        asked(
            cells.ln_lstm, {"Wi": (m, FOUR), "Wh": (n, FOUR), **NORM}, (LN, ("c", "h"), "x"), "c, h", c=(n,), h=(n,)
        ),
        True,
    ),
    "indrnn_stack": (
        asked(
            cells.indrnn_stack,
            {"0/W": (n, m), "0/u": (n,), "0/b": (n,), "1/W": (n, n), "1/u": (n,), "1/b": (n,)},
            ([{k: f"{layer}/{k}" for k in "Wub"} for layer in (0, 1)], ["h1", "h2"], "x"), "h1, h2, out",
            h1=(n,), h2=(n,),
        ),
        False,
    ),
    "ltc": (flat(cells.ltc, "h", {"W": (m, n), "U": (n, n), "b": (n,), "A": (n,), "tau": (n,)}), True),
    "neural_ode": (flat(cells.neural_ode, "h", {"W": (n, m), "U": (n, n), "b": (n,)}), False),
    "clockwork": (flat(cells.clockwork, "h", {"W": (n, m), "U": (n, n), "d": (n,)}), False),
    "conv_gru": (
        flat(
            cells.conv_gru, "h",
            {"Wz": (3, p, n), "Uz": (3, n, n), "bz": (n,), "Wg": (3, p, n), "Ug": (3, n, n)}, x=(m, p), h=(m, n),
        ),
        True,
    ),
    "at_updates": (flat(cells.at_updates, "s, y", {"W": (m, n), "k": (4,)}, "s", s=(sp.Integer(4), n)), True),
    "rwkv_wkv": (
        flat(
            cells.rwkv_wkv, "(a, b, last), y",
            {"mu": (3, m), "Wk": (m, m), "Wv": (m, m), "Wr": (m, m), "Wo": (m, m), "u": (m,), "w": (m,)},
            ("a", "b", "last"), a=(m,), b=(m,), last=(m,),
        ),
        False,
    ),
    "many_activations": (flat(cells.many_activations, "h", {"W": (n, m), "U": (n, n)}), False),
    "indexed": (flat(cells.indexed, "h", {"W": (3 * n, m), "c": (2,)}), False),
    "conditional": (flat(cells.conditional, "h", {"U": (n, n)}), False),
    "vmapped": (flat(cells.vmapped, "h", {"W": (n, m), "U": (n, n), "b": (n,)}), True),
    "numbers_in_tree": (
        asked(
            cells.numbers_in_tree, {"W": (n, m), "U": (n, n), "a": (), "b": ()}, (("W", "U", ("a", "b")), "h", "x"),
            "h", h=(n,),
        ),
        False,
    ),
    "plain_class": (
        Asked(
            cells.PlainCell, {"input_size": m, "hidden_size": n}, {"x": (m,)}, {"h": (n,)}, "h", call=("h", "x"),
            method="step",
        ),
        False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_traced_as_it_computes(name: str, sizes: dict[str, int]) -> None:
    found, batched = FUNCTIONS[name]
    trace = agrees(tracer, found, sizes, BATCH if batched else None)
    assert all(node.place is None or node.place.file == cells.__file__ for node in trace.nodes)


def linen(name: str, states: str, **options: Any) -> Asked:
    """A cell of flax.linen, which takes a carry and gives back a carry and an output."""
    carry = tuple(states) if len(states) > 1 else states
    return Asked(
        getattr(nn, name), {"features": n, **options}, {"x": (m,)}, dict.fromkeys(states, (n,)),
        f"({', '.join(states)}), out", call=(carry, "x"),
    )  # fmt: skip


def of_nnx(name: str, states: str, **options: Any) -> Asked:
    carry = tuple(states) if len(states) > 1 else states
    return Asked(
        getattr(nnx, name), {"in_features": m, "hidden_features": n, **options}, {"x": (m,)},
        dict.fromkeys(states, (n,)), f"({', '.join(states)}), out", call=(carry, "x"),
    )  # fmt: skip


FLAX: dict[str, Asked] = {
    "linen.LSTMCell": linen("LSTMCell", "ch"),
    "linen.OptimizedLSTMCell": linen("OptimizedLSTMCell", "ch"),
    "linen.GRUCell": linen("GRUCell", "h"),
    "linen.SimpleCell": linen("SimpleCell", "h"),
    "linen.SimpleCell-residual": linen("SimpleCell", "h", residual=True),
    "linen.MGUCell": linen("MGUCell", "h"),
    "linen.MGUCell-reset": linen("MGUCell", "h", reset_gate=False),
    "linen.ConvLSTMCell": Asked(
        nn.ConvLSTMCell, {"features": n, "kernel_size": (3, 3)}, {"x": (m, p, sp.Integer(2))},
        {"c": (m, p, n), "h": (m, p, n)}, "(c, h), out", call=(("c", "h"), "x"),
    ),
    "nnx.LSTMCell": of_nnx("LSTMCell", "ch"),
    "nnx.OptimizedLSTMCell": of_nnx("OptimizedLSTMCell", "ch"),
    "nnx.GRUCell": of_nnx("GRUCell", "h"),
    "nnx.SimpleCell": of_nnx("SimpleCell", "h"),
    "nnx.SimpleCell-residual": of_nnx("SimpleCell", "h", residual=True),
}  # fmt: skip


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", FLAX)
def test_a_cell_of_flax_is_traced_as_it_computes(name: str, sizes: dict[str, int]) -> None:
    trace = agrees(tracer, FLAX[name], sizes, BATCH)
    assert {node.place.file.rpartition("/")[2] for node in trace.nodes if node.place} == {"recurrent.py"}
