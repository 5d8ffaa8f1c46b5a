"""Steps as graphs of ONNX: written by hand, and exported by PyTorch from modules."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper, parser
from torch import nn
from torch.nn import functional as F

HEAD = '<ir_version: 9, opset_import: ["" : 20]>\n'

GRAPHS = {
    "double": (
        """double (double[batch, 4] x, double[batch, 6] h) => (double[batch, 6] h_next) {
            a = Gemm <alpha = 0.5, beta = 2.0> (x, W, b)
            r = MatMul (h, U)
            s = Add (a, r)
            last = Constant <value = int64[1] {-1}> ()
            mean = ReduceMean (s, last)
            d = Sub (s, mean)
            h_next = Tanh (d)
        }""",
        {"W": (4, 6), "b": (6,), "U": (6, 6)},
    ),
    "minimal": (
        """minimal (float[batch, 4] x, float[batch, 6] h) => (float[batch, 6] h_next) {
            z_in = Gemm <transB = 1> (x, W_z, b_z)
            z = Sigmoid (z_in)
            one = Constant <value = float {1}> ()
            keep = Sub (one, z)
            g = MatMul (x, W_h)
            old = Mul (keep, h)
            new = Mul (z, g)
            h_next = Add (old, new)
        }""",
        {"W_z": (6, 4), "b_z": (6,), "W_h": (4, 6)},
    ),
    "single": (
        """single (float[4] x, float[6] h) => (float[3] y, float[6] h_next) {
            xh = Concat <axis = 0> (x, h)
            a = MatMul (W, xh)
            n = LayerNormalization <epsilon = 0.001> (a, gain, bias)
            h_next = Gelu <approximate = "tanh"> (n)
            q = MatMul (V, h_next)
            y = Softmax (q)
        }""",
        {"W": (6, 10), "gain": (6,), "bias": (6,), "V": (3, 6)},
    ),
    "chains": (
        """chains (float[batch, 4] x, float[batch, 6] h) => (float[batch, 6] h_next) {
            p = MatMul (x, W)
            there = Shape (h)
            zero = Constant <value = int64 {0}> ()
            count = Gather <axis = 0> (there, zero)
            front = Constant <value = int64[1] {0}> ()
            column = Unsqueeze (count, front)
            rest = Constant <value = int64[2] {3, 6}> ()
            shape = Concat <axis = 0> (column, rest)
            gates = Reshape (p, shape)
            axis = Constant <value = int64[1] {1}> ()
            from = Constant <value = int64[1] {0}> ()
            to = Constant <value = int64[1] {1}> ()
            one = Slice (gates, from, to, axis)
            first = Squeeze (one, axis)
            second = Gather <axis = 1> (gates, where)
            last = Constant <value = int64[1] {-1}> ()
            end = Constant <value = int64[1] {9223372036854775807}> ()
            third = Slice (gates, last, end, axis)
            flat = Squeeze (third, axis)
            f = HardSigmoid (first)
            g = Clip (second, low, high)
            e = Elu <alpha = 0.5> (flat)
            k = Mul (f, h)
            s = Sum (k, g, e)
            mask = ConstantOfShape <value = float[1] {2}> (there)
            h_next = Div (s, mask)
        }""",
        {"W": (4, 18)},
    ),
    "reductions": (
        """reductions (float[batch, 4] x, float[batch, 6] h) => (float[batch, 6] h_next) {
            a = Einsum <equation = "bm,nm->bn"> (x, W)
            last = Constant <value = int64[1] {-1}> ()
            mean = ReduceMean (a, last)
            d = Sub (a, mean)
            two = Constant <value = float {2}> ()
            square = Pow (d, two)
            variance = ReduceMean (square, last)
            eps = Constant <value = float {0.00001}> ()
            v = Add (variance, eps)
            s = Sqrt (v)
            n = Div (d, s)
            top = ReduceMax (h, last)
            length = ReduceL2 (h, last)
            total = ReduceLogSumExp <keepdims = 0> (h, last)
            t = Unsqueeze (total, last)
            p = Sub (n, top)
            q = Mul (p, length)
            r = Add (q, t)
            c = Greater (r, h)
            erf = Erf (r)
            h_next = Where (c, erf, h)
        }""",
        {"W": (6, 4)},
    ),
    "activations": (
        """activations (float[4] x, float[6] h) => (float[6] h_next) {
            a = MatMul (U, h)
            r1 = Softplus (a)
            r2 = Softsign (a)
            r3 = Selu (a)
            r4 = Celu (a)
            r5 = LeakyRelu <alpha = 0.2> (a)
            r6 = PRelu (a, slope)
            r7 = ThresholdedRelu <alpha = 0.3> (a)
            r8 = Mish (a)
            r9 = HardSwish (a)
            r10 = LogSoftmax (a)
            r11 = Reciprocal (r1)
            r12 = Ceil (a)
            r13 = Tan (a)
            r14 = Neg (a)
            lower = Constant <value_int = -1> ()
            T = Trilu <upper = 0> (U, lower)
            r15 = MatMul (T, h)
            I = EyeLike (U)
            r16 = MatMul (I, a)
            ends = Constant <value = int64[2] {1, 0}> ()
            padded = Pad (a, ends)
            begin = Constant <value = int64[1] {0}> ()
            less = Constant <value = int64[1] {-1}> ()
            r17 = Slice (padded, begin, less)
            r18 = CumSum (a, begin0)
            back = Constant <value = int64[1] {-1}> ()
            far = Constant <value = int64[1] {-9223372036854775807}> ()
            axis = Constant <value = int64[1] {0}> ()
            r19 = Slice (a, back, far, axis, back)
            h_next = Sum (r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r16, r17, r18, r19)
        }""",
        {"U": (6, 6), "slope": (6,)},
    ),
}

NUMBERS = {
    "where": np.array(1), "low": np.array(-0.5, "float32"), "high": np.array(0.4, "float32"), "begin0": np.array(0),
}  # fmt: skip


def written(name: str, folder: Path) -> str:
    """The file of a graph, with random numbers for what it learns."""
    text, shapes = GRAPHS[name]
    model = parser.parse_model(HEAD + text)
    kind = "float64" if "double" in text else "float32"
    draw = np.random.default_rng(0)
    arrays = {key: draw.uniform(-1, 1, shape).astype(kind) for key, shape in shapes.items()}
    used = {key for node in model.graph.node for key in node.input}
    arrays |= {key: array for key, array in NUMBERS.items() if key in used}
    model.graph.initializer.extend(numpy_helper.from_array(array, key) for key, array in arrays.items())
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    return str(path)


class Lstm(nn.Module):
    def __init__(self, m, n):
        super().__init__()
        self.cell, self.norm, self.out = nn.LSTMCell(m, n), nn.LayerNorm(n), nn.Linear(n, n)

    def forward(self, x, h, c):
        h, c = self.cell(x, (h, c))
        return F.gelu(self.out(self.norm(h))), h, c


class Gru(nn.Module):
    def __init__(self, m, n):
        super().__init__()
        self.cell = nn.GRUCell(m, n)

    def forward(self, x, h):
        return self.cell(x, h)


class Rnn(nn.Module):
    def __init__(self, m, n):
        super().__init__()
        self.cell = nn.RNNCell(m, n, nonlinearity="relu")

    def forward(self, x, h):
        return self.cell(x, h)


class Chunked(nn.Module):
    """One matrix for x and h side by side, chunks, a hand-made norm, softplus."""

    def __init__(self, m, n):
        super().__init__()
        self.lin = nn.Linear(m + n, 3 * n)
        self.scale = nn.Parameter(torch.rand(n))

    def forward(self, x, h):
        a, b, c = self.lin(torch.cat([x, h], -1)).chunk(3, -1)
        r = a / torch.sqrt(a.pow(2).mean(-1, keepdim=True) + 1e-6) * self.scale
        return torch.sigmoid(b) * h + F.softplus(c) * F.silu(r)


class Heads(nn.Module):
    """Heads by views, an outer product into a matrix state, a read-out by a softmax."""

    def __init__(self, m, n):
        super().__init__()
        self.qkv = nn.Linear(m, 3 * n, bias=False)
        self.decay = nn.Parameter(torch.rand(2))
        self.n = n

    def forward(self, x, S):
        q, k, v = self.qkv(x).view(-1, 3, 2, self.n // 2).unbind(1)
        S = torch.sigmoid(self.decay).view(1, 2, 1, 1) * S + k.unsqueeze(-1) * v.unsqueeze(-2)
        y = torch.matmul(torch.softmax(q, -1).unsqueeze(-2), S).squeeze(-2).reshape(-1, self.n)
        return S, y


class Conv(nn.Module):
    def __init__(self, m, n):
        super().__init__()
        self.x, self.h = nn.Conv1d(m, 2 * n, 3, padding=1), nn.Conv1d(n, 2 * n, 3, padding=1, bias=False)

    def forward(self, x, h):
        z, g = torch.chunk(self.x(x) + self.h(h), 2, 1)
        return torch.lerp(h, torch.tanh(g), torch.sigmoid(z))


class Normed(nn.Module):
    """Batch statistics of evaluation, dropout, in-place slices, a clamp."""

    def __init__(self, m, n):
        super().__init__()
        self.lin, self.norm, self.drop = nn.Linear(m, n), nn.BatchNorm1d(n), nn.Dropout(0.2)
        # The exporter makes one array of several that are equal.
        for k, array in enumerate((*self.norm.parameters(), *self.norm.buffers())):
            array.data = array.data + (k + 1) / 7 if array.is_floating_point() else array

    def forward(self, x, h):
        g = self.drop(self.norm(self.lin(x)))
        out = h.clone()
        out[:, 1:] = 0.5 * h[:, 1:] + g[:, 1:].clamp(-0.3, 0.3)
        return F.leaky_relu(out, 0.1)


EXPORTED = {
    "lstm": (Lstm, [(4,), (6,), (6,)], "x h c", "y h_next c_next"),
    "gru": (Gru, [(4,), (6,)], "x h", "h_next"),
    "rnn": (Rnn, [(4,), (6,)], "x h", "h_next"),
    "chunked": (Chunked, [(4,), (6,)], "x h", "h_next"),
    "heads": (Heads, [(4,), (2, 5, 5)], "x S", "S_next y"),
    "conv": (Conv, [(4, 5), (6, 5)], "x h", "h_next"),
    "normed": (Normed, [(4,), (6,)], "x h", "h_next"),
}


def exported(name: str, folder: Path, opset: int = 17) -> str:
    """The file that PyTorch makes of a module, open in the batch."""
    kind, shapes, inputs, outputs = EXPORTED[name]
    path = folder / f"{name}.onnx"
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            kind(4, 10 if name == "heads" else 6).eval(), tuple(torch.zeros(2, *shape) for shape in shapes), path,
            dynamo=False,
            input_names=inputs.split(), output_names=outputs.split(), opset_version=opset,
            dynamic_axes={key: {0: "batch"} for key in (inputs + " " + outputs).split()},
        )  # fmt: skip
    return str(path)
