"""Laws of layouts over every class that a spec names: taking arrays apart, putting them together, counting them."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from laws import over
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.derive.counts.sizes import Stack
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation, formula, members, places, shapes, with_options
from cellgraph.ops import numel
from cellgraph.spec.count_difference import count_difference, redundant, unread

DIMS = {"m": 3, "n": 5, "p": 2, "q": 4, "r": 6, "k": 10, "d": 7, "e": 8, "o": 9}
DIMS |= {"f": 12, "g": 11, "j": 14, "l": 13, "s": 15}
SIZES = {size(name): sp.Integer(value) for name, value in DIMS.items()}
CLASSES = [(cell, found) for cell in map(cell_of, EVERY) for found in cell.implementations]
SMALLER = [(cell, with_options(found, {option: False})) for cell, found in CLASSES for option in found.without]
WAYS = [
    (cell, found, reverse)
    for place, (cell, found) in enumerate(CLASSES + SMALLER)
    for reverse in ((False, True) if found.axis else (place % 2 == 1,))
]
"""In both directions where they share an array, by turns where the name of an array alone says which it is."""


def numbers(shape: tuple[sp.Expr, ...]) -> tuple[int, ...]:
    return tuple(int(s.xreplace(SIZES)) for s in shape)


def drawn(implementation: Implementation, seed: int, layer: int = 0, reverse: bool = False) -> dict[str, np.ndarray]:
    """Native arrays of random numbers; where directions share an array, it holds both."""
    draw = np.random.default_rng(seed)
    own = shapes(implementation, 2)
    whole = {implementation.native_name(n, layer, reverse): draw.normal(size=numbers(s)) for n, s in own.items()}
    return {name: member for native, array in whole.items() for name, member in members(native, array)}


def named(pair: tuple[Cell, Implementation]) -> str:
    return f"{pair[0].name}-{pair[1].name}" + "".join(f"-{k}={v}" for k, v in pair[1].options.items())


@over(WAYS)
def test_packing_is_the_transpose_of_unpacking(cell: Cell, implementation: Implementation, reverse: bool) -> None:
    """⟨unpack(a), g⟩ = ⟨a, pack(g)⟩ for all a and g: each number reaches its place, and each copy its gradient."""
    told = {dim: DIMS[dim] for dim in cell.each if dim in DIMS}  # as an option of the class does
    implementation = replace(implementation, sizes={**implementation.sizes, **told})
    native = drawn(implementation, 1, 0, reverse)
    values = implementation.unpack(native, reverse=reverse)
    assert {name: value.shape for name, value in values.items()} == {
        q.symbol.name: numbers(q.shape) for q in cell.step.having("param")
    }
    draw = np.random.default_rng(2)
    grads = {name: draw.normal(size=value.shape) for name, value in values.items()}
    packed = implementation.pack(grads, reverse=reverse)
    own = {n: a[int(reverse)][None] if implementation.axis else a for n, a in native.items()}
    assert {n: a.shape for n, a in packed.items()} == {n: a.shape for n, a in own.items()}
    left = sum(float((values[name] * grads[name]).sum()) for name in values)
    assert left == pytest.approx(sum(float((own[n] * packed[n]).sum()) for n in own), rel=1e-12)


def test_what_is_stored_is_read_back() -> None:
    """unpack(stored(p)) = p to the last bit, for every class; the first copy has the value, and the others zeros."""
    draw = np.random.default_rng(7)
    for cell, found, reverse in WAYS:
        number = places(found)
        values = {
            name: draw.normal(size=numbers(shape)) * bool(number[name]) for name, shape in found.parameters.items()
        }
        native = found.stored(values, reverse=reverse)
        if found.axis:
            native = {name: np.concatenate([array, array], 0) for name, array in native.items()}
        back = found.copies(native, reverse=reverse, sizes={dim: DIMS[dim] for dim in cell.each})
        for name, value in values.items():
            first, *others = back[name]
            assert (first == value).all(), (found.name, name)
            assert not np.any(others)
            assert len(others) == max(0, number[name] - 1)
        for name, array in found.arranged(back).items():
            for own, member in members(found.native_name(name, reverse=reverse), array):
                assert (member == (native[own][-1] if found.axis else native[own])).all(), (found.name, own)


def test_each_copy_keeps_its_place() -> None:
    _, torch = cg.find("torch.nn.GRU")
    native = drawn(torch, 8, layer=2, reverse=True)
    copies = torch.copies(native, 2, True)
    assert (copies["b_z"][1] == native["bias_hh_l2_reverse"][5:10]).all()
    assert all((array == native[f"{name}_l2_reverse"]).all() for name, array in torch.arranged(copies).items())


def test_what_cannot_be_stored_is_told() -> None:
    _, flax = cg.find("flax.nnx.GRUCell")
    values = flax.unpack(drawn(flax, 9))
    with pytest.raises(ValueError, match=r"flax\.nnx\.GRUCell has no c_g, which is not zero: its largest entry is 2.5"):
        flax.stored({**values, "c_g": np.array([0, -2.5, 1, 0, 0])})
    with pytest.raises(ValueError, match="its largest entry is nan"):
        flax.stored({**values, "c_g": np.array([0, np.nan, 1, 0, 0])})
    with pytest.raises(KeyError, match="no value of W_r, W_z; found U_z"):
        flax.stored({name: value for name, value in values.items() if name not in ("W_r", "W_z")}, 0)


JOINT = """\
name: joint
dims: {m: input size, p: first, q: second}
inputs: {x: [m]}
states: {a: [p], b: [q]}
params: {A: [p, m], B: [q, m]}
equations: |
  a = a[t-1] + A @ x
  b = b[t-1] + B @ x
implementations: {lib.Joint: {arrays: {both: [A, B]}}}
"""


def test_sizes_that_stand_only_in_a_sum_are_given() -> None:
    (found,) = cg.loads(JOINT).implementations
    native = {"both": np.arange(14.0).reshape(7, 2)}
    with pytest.raises(
        ValueError, match=r"arrays of lib\.Joint do not tell every size of the cell; give sizes of p, q"
    ):
        found.unpack(native)
    values = found.unpack(native, sizes={"p": 3})
    assert (values["A"] == native["both"][:3]).all()
    assert (values["B"] == native["both"][3:]).all()
    assert {name: array.shape for name, array in found.unpack(native, sizes={"q": 3, "m": 2}).items()} == {
        "A": (4, 2), "B": (3, 2)
    }  # fmt: skip
    with pytest.raises(ValueError, match="'both' has a side of 2; the other arrays make it 5"):
        found.unpack(native, sizes={"p": 3, "m": 5})
    with pytest.raises(ValueError, match=r"'both' has a side of 7, which is not q \+ 7 for any whole q"):
        found.unpack(native, sizes={"p": 7})
    with pytest.raises(ValueError, match="p is 0; a size is a positive whole number"):
        found.unpack(native, sizes={"p": 0})


@over(CLASSES)
def test_a_count_is_the_papers_plus_copies_less_what_is_left_out(cell: Cell, implementation: Implementation) -> None:
    own = sum(numel(q.shape) for q in cell.step.having("param"))
    left_out = sum(
        numel(implementation.parameters[p]) for p in implementation.parameters if not places(implementation)[p]
    )
    extra = redundant(implementation) + unread(implementation)
    assert sp.expand(formula(implementation) - own - extra + left_out) == 0


@over(CLASSES)
def test_every_reason_is_said_in_chinese_too(cell: Cell, implementation: Implementation) -> None:
    from cellgraph.messages import chinese

    assert count_difference(cell, implementation).template in chinese()


REASONS = {
    "rnn": ("torch.nn.RNNCell", {"names": "b", "extra": "n", "whole": "2*n"}),
    "lstm": ("torch.nn.LSTMCell", {"names": "b_i, b_f, b_g, b_o", "extra": "4*n", "whole": "8*n"}),
    "gru": ("onnx.GRU", {"names": "b_z, b_r, b_g", "extra": "3*n", "whole": "6*n"}),
    "gru-reset-after": (
        "torch.nn.GRU",
        {"names": "b_r, b_z", "extra": "2*n", "whole": "6*n", "other": "c_g", "factor": "r"},
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_the_reason_names_the_copies_and_what_is_none(name: str) -> None:
    library, said = REASONS[name]
    cell = cell_of(name)
    (found,) = (i for i in cell.implementations if i.name == library)
    values = {key: str(value) for key, value in count_difference(cell, found).values.items()}
    assert values == said


def test_a_parameter_that_a_library_lacks_is_zero_and_named() -> None:
    cell, implementation = cg.find("flax.nnx.GRUCell")
    assert (implementation.unpack(drawn(implementation, 3))["c_g"] == np.zeros(5)).all()
    assert dict(count_difference(cell, implementation).values) == {
        "names": "c_g", "fewer": size("n"),
    }  # fmt: skip


def test_unpacking_adds_the_copies_and_transposes_columns() -> None:
    _, torch = cg.find("torch.nn.LSTMCell")
    native = drawn(torch, 4)
    values = torch.unpack(native)
    assert (values["W_f"] == native["weight_ih"][5:10]).all()
    assert (values["b_g"] == native["bias_ih"][10:15] + native["bias_hh"][10:15]).all()
    _, keras = cg.find("keras.layers.GRUCell")
    native = drawn(keras, 5)
    values = keras.unpack(native)
    assert (values["U_r"] == native["recurrent_kernel"][:, 5:10].T).all()
    assert (values["c_g"] == native["bias"][1, 10:]).all()


def test_unpacking_says_what_is_missing_or_does_not_fit() -> None:
    _, torch = cg.find("torch.nn.LSTM")
    native = drawn(torch, 6, layer=1)
    with pytest.raises(KeyError, match="has an array 'weight_ih_l0'; found weight_ih_l1"):
        torch.unpack(native)
    with pytest.raises(KeyError, match="found none"):
        torch.unpack({})
    with pytest.raises(ValueError, match=r"'weight_ih' has a side of 19, which is not 4\*n for any whole n"):
        torch.unpack({**native, "weight_ih_l1": np.zeros((19, 3))}, layer=1)
    with pytest.raises(ValueError, match="'bias_hh' has a side of 24; the other arrays make it 20"):
        torch.unpack({**native, "bias_hh_l1": np.zeros(24)}, layer=1)
    with pytest.raises(ValueError, match=r"'bias_hh' has shape \(20, 1\); torch\.nn\.LSTM has 4\*n"):
        torch.unpack({**native, "bias_hh_l1": np.zeros((20, 1))}, layer=1)
    with pytest.raises(KeyError, match="no gradient of W_i, W_f"):
        torch.pack({"b_i": np.zeros(5)})


def test_a_stack_reads_what_the_layer_below_gives() -> None:
    m, n, p = (size(name) for name in "mnp")
    assert Stack(2, True).further(cell_of("lstm")) == {m: 2 * n}
    assert Stack(2).further(cell_of("lstm-projection")) == {m: p}
    assert Stack(3, True).total(cell_of("lstm"), n * m) == 2 * (n * m + 2 * n * 2 * n)
    with pytest.raises(ValueError, match="layers is 0; it must be 1 or more"):
        Stack(0)


def test_what_cannot_be_stacked_is_counted_alone() -> None:
    wide = cg.loads(
        "name: wide\ndims: {n: hidden size}\ninputs: {x: [2*n]}\nstates: {h: [n]}\nparams: {W: [n, 2*n]}\n"
        "equations: h = tanh(W @ x) * h[t-1]\n"
    )
    assert Stack(1).total(wide, size("n")) == size("n")
    with pytest.raises(ValueError, match="wide cannot be stacked: that needs one input and one output, both vectors"):
        Stack(2).total(wide, size("n"))
