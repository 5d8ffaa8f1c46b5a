"""Traces of steps in JAX beside the steps themselves: functions of pytrees, objects, modules of Flax and of Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import sympy as sp
from flax import linen as nn
from flax import nnx
from imports.traced_values import values
from libraries import jax_cells as cells
from libraries import keras_cells
from libraries.beside import agrees

from cellgraph.errors import CodeError
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
    "legendre": (
        Asked(cells.Legendre, {"input_size": m, "order": n}, {"x": (m,)}, {"s": (n,)}, "s", call=("x", "s")), False
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


MODULES: dict[str, Asked] = {
    "linen-gated": Asked(
        cells.GatedLinen, {"features": n}, {"x": (m,)}, {"h": (n,)}, "h, y", call=("h", "x"), keywords={"train": False}
    ),
    "linen-attention": Asked(
        cells.AttentionLinen, {"features": n, "num_heads": 2}, {"x": (m,)}, {"slots": (p, n)}, "slots",
        call=("slots", "x"),
    ),
    "nnx-gated": Asked(
        cells.GatedNnx, {"in_features": m, "hidden": n}, {"x": (m,)}, {"h": (n,)}, "y, h", call=("h", "x")
    ),
}  # fmt: skip


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_ones_own_is_traced_as_it_computes(name: str, sizes: dict[str, int]) -> None:
    trace = agrees(tracer, MODULES[name], sizes, BATCH)
    assert all(node.place is None or node.place.file == cells.__file__ for node in trace.nodes)


def test_what_a_module_holds_is_learned_or_given() -> None:
    trace = tracer.traced(MODULES["linen-gated"], SIZES[0], BATCH)
    assert sorted(trace.buffers) == ["batch_stats/BatchNorm_0/mean", "batch_stats/BatchNorm_0/var"]
    assert {"gate/kernel", "Dense_0/kernel", "recurrent/bias", "scale"} <= set(trace.parameters)
    assert [node.op for node in trace.nodes if node.op in ("standardize", "rms")] == ["standardize", "rms"]
    made = tracer.traced(FUNCTIONS["legendre"][0], SIZES[0], None)
    assert {name: made.nodes[node].shape for name, node in made.buffers.items()} == {"A": (6, 6), "constant_1": (6,)}
    assert list(made.parameters) == ["e"]
    held = tracer.traced(MODULES["nnx-gated"], SIZES[0], BATCH)
    assert (sorted(held.buffers), "inp/kernel" in held.parameters) == (["mask"], True)


def of_keras(name: str, states: str, **options: Any) -> Asked:
    """A cell of keras.layers, which takes a list of states and gives back an output and a list of states."""
    return Asked(
        getattr(keras.layers, name), {"units": n, **options}, {"x": (m,)}, dict.fromkeys(states, (n,)),
        f"out, ({', '.join(states)})", call=("x", list(states)),
    )  # fmt: skip


KERAS: dict[str, Asked] = {
    "LSTMCell": of_keras("LSTMCell", "hc"),
    "LSTMCell-relu": of_keras("LSTMCell", "hc", recurrent_activation="hard_sigmoid", activation="relu", use_bias=False),
    "GRUCell": of_keras("GRUCell", "h"),
    "GRUCell-before": of_keras("GRUCell", "h", reset_after=False, activation="gelu"),
    "SimpleRNNCell": of_keras("SimpleRNNCell", "h"),
    "GatedCell": Asked(
        keras_cells.GatedCell, {"units": n}, {"x": (m,)}, {"h": (n,)}, "y, h", call=("x", ["h"])
    ),
}  # fmt: skip


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", KERAS)
def test_a_cell_of_keras_is_traced_as_it_computes(name: str, sizes: dict[str, int]) -> None:
    trace = agrees(tracer, KERAS[name], sizes, BATCH)
    assert all(
        "/keras/" in node.place.file or node.place.file == keras_cells.__file__ for node in trace.nodes if node.place
    )


def test_arrays_of_keras_have_the_names_of_the_attributes_that_hold_them() -> None:
    for _ in range(2):
        trace = tracer.traced(KERAS["GatedCell"], SIZES[0], BATCH)
        assert sorted(trace.parameters) == [
            "decay", "gate/bias", "gate/kernel", "norm/beta", "norm/gamma", "stack/0/bias", "stack/0/kernel",
            "stack/1/kernel",
        ]  # fmt: skip
        assert list(trace.buffers) == ["scale"]
    assert list(tracer.traced(KERAS["LSTMCell"], SIZES[0], BATCH).parameters) == ["kernel", "recurrent_kernel", "bias"]


def plain(target: Any, **params: Any) -> Asked:
    """A function (params, h, x) of single samples."""
    return flat(target, "h", params)


@pytest.mark.parametrize(
    ("target", "code", "line"),
    [
        (cells.decides, "E_CODE_VALUE", "if jnp.sum(x) > 0:"),
        (cells.leaves_jax, "E_CODE_VALUE", "scale = float(jnp.max(jnp.abs(x)))"),
        (cells.misfits, "E_CODE_RAISES", 'return params["W"] @ h'),
    ],
)
def test_what_cannot_be_traced_is_told_at_the_users_line(target: Any, code: str, line: str) -> None:
    with pytest.raises(CodeError, match=r"jax_cells\.py:[0-9]+: ") as raised:
        tracer.traced(plain(target, W=(n, m)), SIZES[0], None)
    [problem] = raised.value.problems
    assert (problem.code, problem.source.file, problem.source.text) == (code, cells.__file__, line)
    assert ("jnp.where" in problem.message) == (code == "E_CODE_VALUE")


def test_every_unknown_operation_is_a_node_with_its_line_and_a_reason() -> None:
    trace = tracer.traced(plain(cells.sorts, W=(n, m)), SIZES[0], None)
    told = {node.native: (node.place.text, node.attributes["reason"]) for node in trace.nodes if node.op == "unknown"}
    assert told["sort"] == ('top = jnp.sort(params["W"] @ x)[::-1]', "sorting depends on values")
    assert {text for text, reason in told.values() if "random" in reason} == {
        "noise = jax.random.normal(jax.random.PRNGKey(0), h.shape)"
    }
    [loop] = [
        node for node in tracer.traced(flat(cells.loops, "h", {}, x=(p, n), h=(n,)), SIZES[0], None).nodes
        if node.op == "unknown"
    ]  # fmt: skip
    assert (loop.native, "give one step" in loop.attributes["reason"]) == ("scan", True)


def test_what_comes_back_is_told_with_its_place_and_shape() -> None:
    found = tracer.structure(FUNCTIONS["lstm_named"][0], SIZES[0], BATCH)
    assert [(r.path, r.shape, r.same_as) for r in found] == [
        ("[0]", (BATCH, 6), None), ("[1].hidden", (BATCH, 6), 0), ("[1].cell", (BATCH, 6), None)
    ]  # fmt: skip


def test_local_variables_hold_what_nodes_of_the_trace_do() -> None:
    found, batched = FUNCTIONS["xlstm_s"]
    held = tracer.locals_of(found, SIZES[1], BATCH)
    assert [local.name for local in held] == "c n h m i f z o log_f m_new i f c n h".split()
    assert batched
    assert (held[8].place.file, held[8].place.text) == (cells.__file__, "log_f = jax.nn.log_sigmoid(f)")
    trace, arrays = tracer.traced(found, SIZES[1], BATCH), tracer.given(found, SIZES[1], BATCH)
    named = {**trace.inputs, **trace.states, **trace.parameters}
    computed = values(trace, {node: arrays[name] for name, node in named.items()})
    for local in held:
        assert any(a.shape == local.array.shape and np.allclose(a, local.array, atol=1e-12) for a in computed)


def test_activations_and_norms_are_told_from_what_spells_them_out() -> None:
    trace = tracer.traced(FUNCTIONS["many_activations"][0], SIZES[0], None)
    named = [(node.attributes["name"], *node.attributes["numbers"]) for node in trace.nodes if node.op == "function"]
    assert named == [
        ("silu",), ("gelu_tanh",), ("gelu",), ("relu6",), ("elu", 0.7), ("leaky_relu", 0.2), ("hard_tanh",),
        ("hard_sigmoid",), ("log_sigmoid",), ("mish",), ("softsign",), ("elu", 1.0), ("elu", 1.67326324235438),
        ("clip", -0.3, 0.6), ("hard_sigmoid",), ("silu",),
    ]  # fmt: skip
    plain = [node.op for node in trace.nodes]
    assert (plain.count("softmax"), plain.count("standardize"), plain.count("abs")) == (2, 1, 1)
    assert not {"largest", "not_equal"} & set(plain)
    norms = tracer.traced(FUNCTIONS["ln_lstm"][0], SIZES[0], BATCH)
    assert [node.attributes for node in norms.nodes if node.op == "standardize"] == [{"eps": 1e-5}] * 3
