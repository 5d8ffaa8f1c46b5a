"""Convolutions beside torch.nn.functional and Keras, over one to three axes, with sizes that are all different."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy as sp

import cellgraph as cg
from cellgraph.ops import Conv
from cellgraph.spec.library import text


class Case(NamedTuple):
    positions: tuple[int, ...]
    widths: tuple[int, ...]
    dilation: int = 1
    causal: int = 0
    depthwise: bool = False


CASES = [
    Case((7,), (3,)),
    Case((9,), (5,), 2),
    Case((8,), (4,), 1, 1),
    Case((9,), (3,), 2, 1),
    Case((7,), (3,), depthwise=True),
    Case((6, 8), (3, 5)),
    Case((7, 9), (5, 3), 2),
    Case((6, 5), (3, 1), depthwise=True),
    Case((4, 5, 6), (3, 1, 5)),
    Case((6, 5, 7), (1, 3, 3), 2),
]


@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients_are_those_of_torch(case: Case) -> None:
    """Ours on channels last, theirs on channels first; the gradients by automatic differentiation of both."""
    import torch
    from torch.nn import functional

    draw = np.random.default_rng(8)
    count, channels = len(case.positions), (2,) if case.depthwise else (3, 2)
    x = torch.as_tensor(draw.normal(size=(4, *case.positions, 2))).requires_grad_()
    kernel = torch.as_tensor(draw.normal(size=(*case.widths, *channels))).requires_grad_()
    ours = Conv.op.value(torch, (count + 1, count + len(channels)), x, kernel, case.dilation, case.causal)
    # Their pads begin with the last axis.
    reach = [case.dilation * (width - 1) for width in case.widths]
    pads = [end for r in reversed(reach) for end in ((r, 0) if case.causal else (r // 2, r - r // 2))]
    own = kernel.unsqueeze(-1) if case.depthwise else kernel
    weight = own.movedim((-2, -1), (0, 1))
    convolve = (functional.conv1d, functional.conv2d, functional.conv3d)[count - 1]
    padded = functional.pad(x.movedim(-1, 1), pads)
    theirs = convolve(padded, weight, dilation=case.dilation, groups=2 if case.depthwise else 1).movedim(1, -1)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)
    seed = torch.as_tensor(draw.normal(size=tuple(ours.shape)))
    for one, other in zip(
        torch.autograd.grad(ours, (x, kernel), seed), torch.autograd.grad(theirs, (x, kernel), seed), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)


@pytest.mark.parametrize("case", [case for case in CASES if not case.causal])
def test_the_cost_is_what_fvcore_counts(case: Case) -> None:
    import torch

    counting = pytest.importorskip("fvcore.nn")
    count, made = len(case.positions), 2 if case.depthwise else 3
    pads = [case.dilation * (width - 1) // 2 for width in case.widths]
    convolution = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)[count - 1]
    layer = convolution(
        2, made, case.widths, padding=pads, dilation=case.dilation, groups=2 if case.depthwise else 1, bias=False
    )
    theirs = counting.FlopCountAnalysis(layer, torch.zeros(1, 2, *case.positions)).total()
    channels = (2,) if case.depthwise else (3, 2)
    shapes = [tuple(map(sp.Integer, s)) for s in ((*case.positions, 2), (*case.widths, *channels))]
    out = tuple(map(sp.Integer, (*case.positions, made)))
    cost = Conv.op.cost(tuple(shapes), out, sp.Integer(case.dilation), sp.S.Zero)
    assert (cost.mac, cost.flop) == (theirs, 2 * theirs - sp.Mul(*out)), "fvcore calls a multiply-accumulate a FLOP"


NATIVE = {"W": "kernel", "U": "recurrent_kernel", "b": "bias"}
KERNELS = {1: (5,), 2: (3, 5), 3: (3, 1, 5)}
LITERAL = {1: "5", 2: "3, 5", 3: "3, 1, 5"}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_kernel_may_be_wider_along_one_axis_than_along_another(count: int) -> None:
    """The spec of ConvLSTM with these widths beside the layer of Keras with them: values, and all gradients."""
    import jax
    import keras

    shipped, _, _ = text(f"convlstm-{count}d").text.partition("implementations:")
    widths = ", ".join("k" * count)
    cell = cg.loads(shipped.replace(f"[{widths},", f"[{LITERAL[count]},").replace("k: kernel width, ", ""))
    n, m, positions = 4, 2, (6, 7, 8)[:count]
    draw = np.random.default_rng(9)
    layer = getattr(keras.layers, f"ConvLSTM{count}D")(n, KERNELS[count], padding="same", return_state=True)
    layer.build((1, 1, *positions, m))
    weights = {v.path.split("/")[-1]: draw.uniform(-1, 1, v.shape).astype("float32") for v in layer.trainable_variables}
    names = [v.path.split("/")[-1] for v in layer.trainable_variables]
    x, h, c = (draw.normal(size=(3, *positions, size)).astype("float32") for size in (m, n, n))
    seeds = [draw.normal(size=h.shape).astype("float32") for _ in range(2)]
    frozen = [v.value for v in layer.non_trainable_variables]

    def step(arrays: list[Any], x: Any, h: Any, c: Any) -> list[Any]:
        found, _ = layer.stateless_call(arrays, frozen, x[:, None], initial_state=[h, c])
        return list(found[1:])

    theirs, back = jax.vjp(step, [weights[name] for name in names], x, h, c)
    arrays, *given = back([jax.numpy.asarray(seed) for seed in seeds])
    gates = {letter: dict(zip("ifgo", np.split(weights[name], 4, -1), strict=True)) for letter, name in NATIVE.items()}
    # Keras has the input channels of a kernel before the output channels.
    own = {
        f"{letter}_{g}": a.swapaxes(-1, -2) if a.ndim > 1 else a for letter, of in gates.items() for g, a in of.items()
    }
    values = cg.step(cell, {name: np.float64(a) for name, a in {**own, "x": x, "h[t-1]": h, "c[t-1]": c}.items()})
    for name, found in zip("hc", theirs, strict=True):
        np.testing.assert_allclose(values[name], found, rtol=0, atol=1e-5)
    ours = cg.vjp(cell, values, dict(zip("hc", map(np.float64, seeds), strict=True)))
    for name, found in zip(("x", "h[t-1]", "c[t-1]"), given, strict=True):
        np.testing.assert_allclose(ours[name], found, rtol=0, atol=1e-4 * np.abs(found).max())
    for letter, native in NATIVE.items():
        parts = np.split(np.asarray(arrays[names.index(native)]), 4, -1)
        for gate, part in zip("ifgo", parts, strict=True):
            found = part.swapaxes(-1, -2) if part.ndim > 1 else part
            np.testing.assert_allclose(ours[f"{letter}_{gate}"], found, rtol=0, atol=1e-4 * np.abs(found).max())
