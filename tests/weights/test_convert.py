"""Weights from class to class: nothing is lost, nothing is made up, and what cannot be said there is told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation, places
from cellgraph.spec.find import Found
from cellgraph.weights.conversion import conversion

Arrays = dict[str, np.ndarray]
M, N = 3, 5
DIMS = {name: 6 + k for k, name in enumerate("kqrdefgjlos")} | {"m": M, "n": N, "p": 2}
CLASSES = [(cell, found) for cell in map(cell_of, EVERY) for found in cell.implementations]
LAYERS = ("torch.nn.RNN", "torch.nn.LSTM", "torch.nn.GRU")
STACKS = [
    ("torch.nn.LSTM", "keras.layers.LSTM", "layer_{layer}/"),
    ("torch.nn.LSTM", "onnx.LSTM", "layers.{layer}."),
    ("torch.nn.LSTM", "flax.linen.LSTMCell", "cell_{layer}_{direction}/"),
    ("torch.nn.LSTM", "flax.nnx.OptimizedLSTMCell", "rnn/{layer}/{direction}/"),
    ("torch.nn.LSTM(proj_size=2)", "torch.nn.LSTM(proj_size=2)", "twin."),
    ("torch.nn.GRU", "keras.layers.GRU", "{direction}/gru_{layer}/"),
    ("torch.nn.GRU", "onnx.GRU(linear_before_reset=1)", "layers.{layer}."),
    ("torch.nn.RNN", "keras.layers.SimpleRNN", "layer_{layer}/"),
    ("torch.nn.RNN(nonlinearity=relu)", "keras.layers.SimpleRNN(activation=relu)", "layer_{layer}/"),
]
SAME = [("gru", "mut2-projected"), ("janet", "ugrnn"), ("lstm-cifg", "lstm-cifg-input"), ("mingru", "trnn")]
"""Cells that ship under two names, with parameters of their own."""


def drawn(implementation: Implementation, seed: int, dims: Mapping[str, int], kind: str = "float64") -> Arrays:
    """Random parameters; those that the class has no place for are zero."""
    draw, number = np.random.default_rng(seed), places(implementation)
    sizes = {size(name): value for name, value in dims.items()}
    return {
        name: (draw.normal(size=[int(s.xreplace(sizes)) for s in shape]) * bool(number[name])).astype(kind)
        for name, shape in implementation.parameters.items()
    }


def stack(found: Implementation, layers: int, both: bool, seed: int = 0, kind: str = "float32") -> Arrays:
    """Random arrays of every layer and direction of a class that has names for them; no copy is zero."""
    arrays: Arrays = {}
    for layer, reverse in product(range(layers), (False, True)[: 1 + both]):
        out = DIMS["p"] if "p" in {str(s) for shape in found.parameters.values() for s in shape} else N
        dims = DIMS | {"m": out * (1 + both) if layer else M}
        first = found.stored(drawn(found, seed, dims, kind), layer, reverse)
        for name, array in first.items():
            seed += 1
            arrays[name] = np.random.default_rng(seed).normal(size=array.shape).astype(kind)
    return arrays


def of_cells() -> list[tuple[Cell, Implementation, Implementation]]:
    """Every ordered pair of classes that compute the same cell."""
    by_cell = defaultdict(list)
    for cell, found in CLASSES:
        by_cell[cell.name].append((cell, found))
    return [(a, ours, theirs) for own in by_cell.values() for (a, ours), (_, theirs) in permutations(own, 2)]


def test_every_pair_of_classes_of_a_cell_has_the_same_parameters_after_a_conversion() -> None:
    """Also on the way back; what one class has no place for is zero in both."""
    pairs = of_cells()
    assert len(pairs) > 200
    for cell, ours, theirs in pairs:
        values = {name: value * bool(places(ours)[name]) for name, value in drawn(theirs, 1, DIMS).items()}
        native = ours.stored(values)
        sizes = {dim: DIMS[dim] for dim in cell.dims}
        there = cg.convert(native, (cell, ours), (cell, theirs), sizes=sizes)
        back = cg.convert(there, (cell, theirs), (cell, ours), sizes=sizes)
        assert list(there) == list(theirs.stored(values)), (ours.name, theirs.name)
        assert list(back) == list(native)
        for name, array in theirs.unpack(there, sizes=sizes).items():
            assert (array == values[name]).all(), (ours.name, theirs.name, name)
        for name, array in native.items():
            assert (back[name] == array).all(), (ours.name, theirs.name, name)


@pytest.mark.parametrize(("layers", "both"), [(1, False), (1, True), (3, False), (2, True)])
@pytest.mark.parametrize(("source", "target", "prefix"), STACKS)
def test_layers_and_directions_come_along(source: str, target: str, prefix: str, layers: int, both: bool) -> None:
    _, ours = cg.find(source)
    native = {f"encoder.rnn.{name}": array for name, array in stack(ours, layers, both).items()}
    others = {"decoder.weight": np.ones(2), "encoder.embedding": np.ones((2, 2), int)}
    found = conversion({**others, **native}, source, target, to_prefix=prefix)
    assert (found.stack.layers, found.directions, found.left) == (layers, 1 + both, tuple(others))
    assert {str(array.dtype) for array in found.arrays.values()} == {"float32"}
    assert all(name.startswith(prefix.partition("{")[0]) for name in found.arrays)
    assert {name for made_of in found.made_of.values() for name in made_of} == {*native}
    back = cg.convert({**others, **found.arrays}, target, source, prefix=prefix, to_prefix="encoder.rnn.")
    again = cg.convert(back, source, target, to_prefix=prefix)
    assert list(back) == list(native)
    for layer, reverse in product(range(layers), (False, True)[: 1 + both]):
        own, twin = (
            ours.unpack({name.removeprefix("encoder.rnn."): array for name, array in arrays.items()}, layer, reverse)
            for arrays in (native, back)
        )
        assert all((own[name] == twin[name]).all() for name in own)
    assert all((again[name] == array).all() for name, array in found.arrays.items())
    if not found.summed:
        assert all((back[name] == array).all() for name, array in native.items())


def test_two_biases_stay_two_where_there_is_room_and_are_a_sum_where_there_is_not() -> None:
    _, torch = cg.find("torch.nn.GRU")
    native = stack(torch, 1, False)
    keras = conversion(native, "torch.nn.GRU", "keras.layers.GRU")
    assert keras.summed == ()
    bias = keras.arrays["gru_cell/bias"]
    z, r = slice(N, 2 * N), slice(0, N)
    for own, theirs in ((z, r), (r, z), (slice(2 * N, None), slice(2 * N, None))):
        assert (bias[0, theirs] == native["bias_ih_l0"][own]).all()
        assert (bias[1, theirs] == native["bias_hh_l0"][own]).all()
    flax = conversion(native, "torch.nn.GRU", "flax.linen.GRUCell")
    assert flax.summed == ("b_z", "b_r")
    assert (flax.arrays["iz/bias"] == native["bias_ih_l0"][z] + native["bias_hh_l0"][z]).all()
    assert (flax.arrays["hn/bias"] == native["bias_hh_l0"][2 * N :]).all()
    back = cg.convert(flax.arrays, "flax.linen.GRUCell", "torch.nn.GRU")
    assert (back["bias_ih_l0"][z] == flax.arrays["iz/bias"]).all()
    assert not back["bias_hh_l0"][: 2 * N].any()


def test_a_sum_that_changes_nothing_is_not_told() -> None:
    _, torch = cg.find("torch.nn.LSTM")
    native = stack(torch, 1, False) | {"bias_hh_l0": np.zeros(4 * N, "float32")}
    assert conversion(native, "torch.nn.LSTM", "keras.layers.LSTM").summed == ()


@pytest.mark.parametrize(("a", "b"), [*SAME, *(pair[::-1] for pair in SAME)])
def test_one_cell_under_two_names_is_converted_and_computes_the_same(a: str, b: str) -> None:
    """Every class of the one to every class of the other, also where a gate is 1 − z."""
    cell, other = cell_of(a), cell_of(b)
    draw = np.random.default_rng(3)
    for ours, theirs in product(cell.implementations, other.implementations):
        native = ours.stored(drawn(ours, 2, DIMS))
        found = conversion(native, (cell, ours), (other, theirs), sizes={"m": M, "n": N})
        values = ours.unpack(native), theirs.unpack(found.arrays)
        x, before = draw.normal(size=(4, M)), {old: draw.normal(size=(4, N)) for old in cell.carries}
        inputs = [{own.step.having("input")[0].symbol.name: x} for own in (cell, other)]
        states = [
            {old.name: array for old, array in zip(own.carries, before.values(), strict=True)} for own in (cell, other)
        ]
        one, two = (
            cg.step(own, {**w, **i, **s})[own.output.name]
            for own, w, i, s in zip((cell, other), values, inputs, states, strict=True)
        )
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-14)


def test_sizes_that_are_given_hold_for_the_first_layer() -> None:
    """A further layer reads what the one below gives, and not the input."""
    _, torch = cg.find("torch.nn.LSTM")
    native = stack(torch, 2, True)
    there = cg.convert(native, "torch.nn.LSTM", "torch.nn.LSTM", to_prefix="a.", sizes={"m": M, "n": N})
    assert all((there[f"a.{name}"] == array).all() for name, array in native.items())


def test_cells_that_differ_are_refused_with_what_would_do() -> None:
    _, torch = cg.find("torch.nn.GRU")
    native = stack(torch, 1, False)
    told = (
        "torch.nn.GRU computes gru-reset-after and keras.layers.GRU(reset_after=False) computes gru, and no parameters "
        "are known under which they are equal; keras.layers.GRU(reset_after=True) computes gru-reset-after"
    )
    with pytest.raises(cg.CellgraphError, match=re.escape(told)):
        cg.convert(native, "torch.nn.GRU", "keras.layers.GRU(reset_after=False)")
    with pytest.raises(cg.CellgraphError, match="equal; see: cellgraph diff gru-reset-after lstm"):
        cg.convert(native, "torch.nn.GRU", "keras.layers.LSTM")


def test_what_the_target_has_no_place_for_is_refused_unless_it_is_zero() -> None:
    _, torch = cg.find("torch.nn.GRU")
    native = stack(torch, 1, False)
    native["bias_hh_l0"][-1] = -9.5
    told = "flax.nnx.GRUCell has no place for c_g, which is not zero: its largest entry, in bias_hh_l0, is 9.5"
    with pytest.raises(ValueError, match=re.escape(told)):
        cg.convert(native, "torch.nn.GRU", "flax.nnx.GRUCell")
    native["bias_hh_l0"][2 * N :] = 0
    assert cg.convert(native, "torch.nn.GRU", "flax.nnx.GRUCell")["dense_h/kernel"].shape == (N, 3 * N)
    native["bias_hh_l0"][-1] = np.nan
    with pytest.raises(ValueError, match="its largest entry, in bias_hh_l0, is nan"):
        cg.convert(native, "torch.nn.GRU", "flax.nnx.GRUCell")


def test_options_whose_arrays_are_not_there_are_found() -> None:
    _, torch = cg.find("torch.nn.LSTM", bias=False)
    native = stack(torch, 2, True)
    found = conversion(native, "torch.nn.LSTM", "keras.layers.LSTM", to_prefix="{layer}/")
    assert found.stack.left_out == ("bias",)
    assert not found.arrays["1/backward/lstm_cell/bias"].any()
    assert "0/lstm_cell/bias" not in cg.convert(
        native, "torch.nn.LSTM", "keras.layers.LSTM(use_bias=False)", to_prefix="{layer}/"
    )
    with pytest.raises(KeyError, match=r"torch\.nn\.LSTM has bias_ih_l0, bias_hh_l0, which are not here"):
        cg.convert(native, "torch.nn.LSTM(bias=True)", "keras.layers.LSTM", to_prefix="{layer}/")


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "complex64", "bfloat16"])
def test_every_number_keeps_its_type_and_its_bits(kind: str) -> None:
    """Also numbers that are none; the sum of two biases is rounded to their type."""
    if kind == "bfloat16":
        pytest.importorskip("ml_dtypes", reason="pip install 'cellgraph[test]'")
    _, torch = cg.find("torch.nn.LSTM")
    native = stack(torch, 1, True, kind=kind)
    native["weight_ih_l0"][3, 1] = np.nan
    onnx = cg.convert(native, "torch.nn.LSTM", "onnx.LSTM")
    back = cg.convert(onnx, "onnx.LSTM", "torch.nn.LSTM")
    assert {str(array.dtype) for array in [*onnx.values(), *back.values()]} == {kind}
    assert all(back[name].tobytes() == array.tobytes() for name, array in native.items())
    keras = cg.convert(native, "torch.nn.LSTM", "keras.layers.LSTM")
    assert {str(array.dtype) for array in keras.values()} == {kind}
    assert np.isnan(keras["lstm_cell/kernel"].astype("complex64")).sum() == 1


def test_numbers_of_two_types_are_not_mixed() -> None:
    _, torch = cg.find("torch.nn.LSTM")
    native = stack(torch, 1, False)
    native["bias_hh_l0"] = native["bias_hh_l0"].astype("float16")
    told = "'bias' of keras.layers.LSTM would be made of float16 and float32: give all arrays one type first"
    with pytest.raises(ValueError, match=told):
        cg.convert(native, "torch.nn.LSTM", "keras.layers.LSTM")
    native["bias_ih_l0"] = native["bias_ih_l0"].astype("float16")
    kept = cg.convert(native, "torch.nn.LSTM", "keras.layers.LSTM")
    assert {name: str(array.dtype) for name, array in kept.items()} == {
        "lstm_cell/kernel": "float32", "lstm_cell/recurrent_kernel": "float32", "lstm_cell/bias": "float16"
    }  # fmt: skip


def without(name: str) -> Any:
    return lambda arrays: {key: array for key, array in arrays.items() if key != name}


def put(**new: Any) -> Any:
    return lambda arrays: {**arrays, **new}


SQUARE = np.ones((20, 5), "float32")
WRONG = [
    (lambda arrays: {}, {}, "no arrays of torch.nn.LSTM, which are called weight_ih_l0, .*; found none"),
    (lambda arrays: {"a": SQUARE}, {}, "no arrays of torch.nn.LSTM, .*; found a"),
    (without("bias_hh_l0"), {}, "beside weight_ih_l0, .*, torch.nn.LSTM has bias_hh_l0, which are not here"),
    (without("weight_hh_l1"), {}, "has an array 'weight_hh_l1'; found weight_ih_l1"),
    (without("weight_hh_l1_reverse"), {}, "has an array 'weight_hh_l1_reverse'; found weight_ih_l1_reverse"),
    (
        lambda arrays: {name: array for name, array in arrays.items() if not name.endswith("l1_reverse")},
        {},
        "layer 1 of torch.nn.LSTM is not there backwards",
    ),
    (
        lambda arrays: {name: array for name, array in arrays.items() if not name.endswith("l1")},
        {},
        "layer 1 of torch.nn.LSTM is not there forwards",
    ),
    (lambda a: {**a, "b.c": SQUARE, "b/c": SQUARE}, {}, "'b.c' and 'b/c' are one name here"),
    (put(weight_ih_l99999999=SQUARE), {}, "arrays of torch.nn.LSTM for layer 99999999, and none for layer 2"),
    (put(weight_ih_l3=SQUARE), {}, "arrays of torch.nn.LSTM for layer 3, and none for layer 2"),
    (put(weight_ih_l0=SQUARE[0]), {}, r"'weight_ih' has shape \(5,\); torch.nn.LSTM has \(4\*n\)×m"),
    (put(weight_hh_l0=SQUARE[:19]), {}, "'weight_hh' has a side of 19"),
    (put(weight_ih_l0=SQUARE.astype(int)), {}, "array 'weight_ih_l0' holds int64; weights are floating-point numbers"),
    (put(weight_ih_l0=SQUARE.astype(object)), {}, "array 'weight_ih_l0' holds object; weights are"),
    (put(weight_ih_l0=[[1.0]]), {}, "'weight_ih_l0' is no array but list"),
    (put(weight_hr_l0=SQUARE), {}, r"there is also 'weight_hr_l0', which belongs to torch.nn.LSTM\(proj_size=p\), and"),
    (put(), {"prefix": "lstm."}, "no arrays of torch.nn.LSTM under 'lstm.', which are called"),
    (lambda a: {**a, **{f"b.{k}": v for k, v in a.items()}}, {}, "stand under '', 'b.': say which are meant"),
    (put(), {"to_prefix": ""}, r"an object of keras.layers.LSTM is one layer, and there are 2: give a to_"),
    (put(), {"to_prefix": ["a/", "b/", "c/"]}, "3 prefixes are given for keras.layers.LSTM, and there are 2 layers"),
    (put(), {"target": "flax.linen.LSTMCell"}, "flax.linen.LSTMCell runs in one direction, and there are two: give"),
    (put(), {"sizes": {"q": 3}}, "lstm has no size 'q'; sizes are m, n, k"),
    (put(), {"sizes": {"n": 4}}, "'weight_ih' has a side of 20; the other arrays make it 16"),
    (put(), {"source": "torch.nn.LST"}, "no spec describes torch.nn.LST; did you mean 'torch.nn.LSTM'"),
    (put(), {"source": "torch.nn.LSTM(proj_size)"}, "torch.nn.LSTM: 'proj_size' is no option; write NAME=VALUE"),
    (put(), {"source": "torch.nn.LSTM(prj=1)"}, "torch.nn.LSTM: no option prj is described"),
    (put(), {"source": "torch.nn.LSTM(bias=False)"}, "also 'bias_ih_l0', which belongs to .*, and not to .*bias=False"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "options", "told"), WRONG, ids=[told[:50] for _, _, told in WRONG])
def test_each_mistake_has_its_message(change: Any, options: dict[str, Any], told: str) -> None:
    _, torch = cg.find("torch.nn.LSTM")
    asked = {"source": "torch.nn.LSTM", "target": "keras.layers.LSTM", "to_prefix": "layer_{layer}/"} | options
    with pytest.raises((KeyError, ValueError), match=told):
        cg.convert(change(stack(torch, 2, True)), **asked)


def test_an_array_with_other_than_one_or_two_directions_is_refused() -> None:
    _, onnx = cg.find("onnx.LSTM")
    native = {name: np.concatenate([array] * 3, 0) for name, array in onnx.stored(drawn(onnx, 4, DIMS)).items()}
    with pytest.raises(ValueError, match="array 'W' has 3 directions"):
        cg.convert(native, "onnx.LSTM", "torch.nn.LSTM")


def test_arrays_that_belong_to_other_options_are_not_overlooked() -> None:
    """A peephole that is left alone would change what is computed."""
    cell, onnx = cg.find("onnx.LSTM(peephole=True)")
    native = onnx.stored(drawn(onnx, 5, DIMS))
    with pytest.raises(
        ValueError, match=r"there is also 'P', which belongs to .*, onnx.LSTM\(peephole=True, input_forget=0\), and not"
    ):
        cg.convert(native, "onnx.LSTM", "torch.nn.LSTM")
    assert cell.name == "lstm-peephole"
    assert len(cg.convert(native, "onnx.LSTM(peephole=True)", "torchrecurrent.PeepholeLSTM")) > 3


def test_names_are_found_under_whatever_joins_them() -> None:
    """Keras and Flax write a/b, and many who save their weights a.b."""
    cell, flax = cg.find("flax.linen.LSTMCell")
    native = flax.stored(drawn(flax, 6, DIMS))
    dotted = {"params." + name.replace("/", "."): array for name, array in native.items()}
    found = conversion(dotted, (cell, flax), "torch.nn.LSTMCell")
    assert found.stack.naming.prefixes == ("params.",)
    one, two = found.arrays, cg.convert(native, (cell, flax), "torch.nn.LSTMCell")
    assert all((one[name] == two[name]).all() for name in two)


def test_a_prefix_for_each_layer_and_names_of_bidirectional_keras() -> None:
    _, torch = cg.find("torch.nn.LSTM")
    native = stack(torch, 2, True)
    own = ["bidirectional/{direction}_lstm/", "bidirectional_1/{direction}_lstm_1/"]
    keras = cg.convert(native, "torch.nn.LSTM", "keras.layers.LSTM", to_prefix=own)
    assert list(keras)[3] == "bidirectional/backward_lstm/lstm_cell/kernel"
    assert list(keras)[6] == "bidirectional_1/forward_lstm_1/lstm_cell/kernel"
    assert (native["weight_ih_l1_reverse"] == keras[list(keras)[9]].T).all()
    back = conversion(keras, "keras.layers.LSTM", "torch.nn.LSTM", prefix=own)
    assert (back.stack.layers, back.directions) == (2, 2)
    with pytest.raises(KeyError, match=r"stand under 'bidirectional/forward_lstm/', .*: say which are meant"):
        cg.convert(keras, "keras.layers.LSTM", "torch.nn.LSTM")


OWN = """\
name: mine
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {A: [n, m], B: [n, n], a: [n], C: [n, m], D: [n, n], c: [n], E: [n, m], F: [n, n], e: [n]}
equations: |
  u = sigmoid(A @ x + B @ h[t-1] + a)
  k = sigmoid(C @ x + D @ h[t-1] + c)
  v = tanh(E @ x + F @ (k * h[t-1]) + e)
  h = (1 - u) * h[t-1] + u * v
implementations:
  mine.GRU:
    arrays: {w: [A, C, E], r: [B, D, F], b: [a, c, e]}
"""


def test_a_cell_of_ones_own_is_converted_where_it_is_proved_to_be_known() -> None:
    cell = cg.loads(OWN)
    source: Found = (cell, cell.implementations[0])
    native = source[1].stored(drawn(source[1], 7, DIMS))
    found = conversion(native, source, "keras.layers.GRU(reset_after=False)")
    assert found.same.negated == {"W_z", "U_z", "b_z"}
    assert (found.arrays["gru_cell/kernel"] == np.concatenate([-native["w"][:N], native["w"][N:]]).T).all()
    back = cg.convert(found.arrays, "keras.layers.GRU(reset_after=False)", source)
    assert all((back[name] == array).all() for name, array in native.items())


def test_arrays_of_another_namespace_are_converted_in_it() -> None:
    class Counted:
        """NumPy, which says what has been asked of it."""

        def __init__(self) -> None:
            self.asked: set[str] = set()

        def __getattr__(self, name: str) -> Any:
            self.asked.add(name)
            return getattr(np, name)

    _, torch = cg.find("torch.nn.LSTM")
    xp = Counted()
    cg.convert(stack(torch, 1, True), "torch.nn.LSTM", "onnx.LSTM", xp=xp)
    assert xp.asked >= {"concatenate", "stack"}
