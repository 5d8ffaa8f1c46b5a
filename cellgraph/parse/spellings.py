"""What operations of other languages and libraries are here, for those who type them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from cellgraph.errors import nearest
from cellgraph.ops import FUNCTIONS

_AXES = "axes stay as they are declared: parts of a vector are slice(v, start, stop), joined they are concat(a, b)"

SPELLINGS: Mapping[str, str] = MappingProxyType({
    "layernorm": "layer_norm(a, gain, bias)", "ln": "layer_norm(a, gain, bias)", "rmsnorm": "rms_norm(a, gain)",
    "swish": "silu(a)", "logistic": "sigmoid(a)", "expit": "sigmoid(a)", "sigma": "sigmoid(a)", "lerp":
    "a + w * (b - a)", "addmm": "C + A @ B", "addmv": "c + A @ b", "baddbmm": "C + A @ B", "matmul": "A @ b",
    "mm": "A @ b", "bmm": "A @ b", "mv": "A @ b", "linear": "W @ x + b", "dense": "W @ x + b",
    "tensordot": "A @ b or dot(a, b)",
    "inner": "dot(a, b)", "vdot": "dot(a, b)", "kron": "outer(a, b)", "ger": "outer(a, b)", "permute": "transpose(A)",
    "swapaxes": "transpose(A)", "t": "transpose(A)", "cat": "concat(a, b)", "concatenate": "concat(a, b)",
    "stack": "concat(a, b)", "hstack": "concat(a, b)", "chunk": "slice(v, start, stop)",
    "narrow": "slice(v, start, stop)",
    "normalize": "l2norm(a)", "l2normalize": "l2norm(a)", "clamp": "clip(a, low, high)", "hardtanh": "hard_tanh(a)",
    "hardswish": "a * hard_sigmoid(a)", "hardsigmoid": "hard_sigmoid(a)", "logsigmoid": "log_sigmoid(a)",
    "leakyrelu": "leaky_relu(a)", "cond": "where(c, a, b)",
    "select": "where(c, a, b)", "ifelse": "where(c, a, b)", "vectornorm": "norm(a)",
    "maximum": "max(a, b)", "minimum": "min(a, b)", "heaviside": "step(a)", "pow": "a ** 2", "power": "a ** 2",
    "multiply": "a * b", "mul": "a * b", "add": "a + b", "subtract": "a - b", "sub": "a - b", "divide": "a / b",
    "div": "a / b", "neg": "-a", "negative": "-a", "reciprocal": "1 / a", "rsqrt": "1 / sqrt(a)",
    "ln1p": "log(1 + a)", "log1p": "log(1 + a)", "expm1": "exp(a) - 1", "logsumexp": "log(sum(exp(a)))",
    "ones": "fill(1, n)", "zeros": "fill(0, n)", "arange": "cumsum(fill(1, n)) - 1",
    "roll": "shift(v, k)", "hadamard": "a * b", "diag": "scale(a, S) for diag(a) S", "average": "mean(a)",
    "tan": "sin(a) / cos(a)", "prelu": "max(a, 0) + s * min(a, 0)",
    "sech": "2 / (exp(a) + exp(-a))", "cosh": "(exp(a) + exp(-a)) / 2",
    "sinh": "(exp(a) - exp(-a)) / 2", "rms": "sqrt(mean(a * a))", "var": "mean(square(a - mean(a)))",
    "std": "sqrt(mean(square(a - mean(a))))", "variance": "mean(square(a - mean(a)))",
})  # fmt: skip
"""By the name in small letters without underscores: how it is written here."""

ADVICE: Mapping[str, str] = MappingProxyType({
    "einsum": "what it adds up is written A @ b, outer(a, b), dot(a, b) or sum(a * b)", "view": _AXES,
    "reshape": _AXES, "ravel": _AXES, "squeeze": _AXES, "unsqueeze": _AXES, "expanddims": _AXES,
    "eye": "declare it under 'constants', as an array that is given", "dropout": "declare the mask as an input, m * a",
    "identity": "write the operand alone",
})  # fmt: skip
"""What to do where one expression does not say it."""


def spelled_here(name: str, functions: Collection[str]) -> str:
    """What is meant by a name that is not known here: '; here it is written ...', or what there is.

    >>> spelled_here("LayerNorm", ()), spelled_here("Tanh", ()), spelled_here("nonsense", ())[:36]
    ('; here it is written layer_norm(a, gain, bias)', "; did you mean 'tanh'?", '; the operations are sum, transpose,')
    """
    plain = name[:64].lower().replace("_", "")
    alike = next((known for known in (*functions, *FUNCTIONS) if known.replace("_", "") == plain), None)
    if alike:
        return f"; did you mean '{alike}'?"
    if plain in SPELLINGS:
        return f"; here it is written {SPELLINGS[plain]}"
    if plain in ADVICE:
        return f"; {ADVICE[plain]}"
    known = f"; the operations are {', '.join(FUNCTIONS)}, and a product is written a @ (...) or a * (...)"
    return nearest(name, [*FUNCTIONS, *functions]) or known
