"""What operations of other languages and libraries are here, for those who type them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from cellgraph.errors import nearest
from cellgraph.ops import FUNCTIONS, Head

_WRITTEN = {
    # Products
    "A @ b": "matmul mm bmm mv tensordot", "W @ x + b": "linear dense affine addmv", "C + A @ B": "addmm baddbmm",
    "dot(a, b)": "inner vdot innerproduct dotproduct", "outer(a, b)": "kron ger tensorproduct",
    "transpose(A)": "permute swapaxes t mt matrixtranspose permutedims", "a * b": "multiply mul hadamard logicaland",
    "a + b * c": "addcmul fma",
    # Arithmetic
    "a + b": "add", "a - b": "subtract sub", "a / b": "divide div truedivide", "-a": "neg negative",
    "1 / a": "reciprocal", "1 / sqrt(a)": "rsqrt", "a ** 2": "pow power", "a + s * (b - a)": "lerp mix interpolate",
    "max(a, b)": "maximum fmax logicalor", "min(a, b)": "minimum fmin", "clip(a, low, high)": "clamp clipbyvalue",
    "abs(a)": "absolute fabs", "sign(a)": "sgn signum", "sqrt(a ** 2 + b ** 2)": "hypot",
    "floor(a + 1/2)": "round rint", "-floor(-a)": "ceil ceiling", "sign(a) * floor(abs(a))": "trunc fix",
    "a - b * floor(a / b)": "mod fmod remainder", "exp(a) - 1": "expm1", "log(1 + a)": "log1p",
    "exp(a * log(2))": "exp2", "log(a) / log(2)": "log2", "log(a) / log(10)": "log10", "sin(a) / cos(a)": "tan",
    "(exp(a) - exp(-a)) / 2": "sinh", "(exp(a) + exp(-a)) / 2": "cosh", "2 / (exp(a) + exp(-a))": "sech",
    # Conditions
    "where(c, a, b)": "cond select ifelse iif maskedfill", "step(a)": "heaviside",
    "step(a - b)": "greater gt greaterequal ge", "step(b - a)": "less lt lessequal le",
    "1 - a": "logicalnot",
    # Activations and norms
    "silu(a)": "swish", "sigmoid(a)": "logistic expit sigma", "a * hard_sigmoid(a)": "hardswish hardsilu",
    "a * sigmoid(b)": "glu", "silu(a) * b": "swiglu", "gelu(a) * b": "geglu",
    "relu(a) ** 2": "relu2 squaredrelu relusquared", "max(a, 0) + s * min(a, 0)": "prelu rrelu",
    "1.0507 * elu(a, 1.67326)": "selu", "max(a, 0) + s * (exp(min(a, 0) / s) - 1)": "celu",
    "log(softmax(a))": "logsoftmax", "softmax(-a)": "softmin", "layer_norm(a, gain, bias)": "ln",
    "layer_norm(split(r, j), gain, bias)": "groupnorm", "l2norm(a)": "normalize l2normalize unitnorm",
    "l2norm(a) @ l2norm(b)": "cosinesimilarity", "norm(a)": "vectornorm", "sqrt(mean(a * a))": "rms",
    "mean(square(a - mean(a)))": "var variance", "sqrt(mean(square(a - mean(a))))": "std stddev",
    # Totals
    "sum(a)": "reducesum", "mean(a)": "average reducemean", "max(a)": "amax reducemax", "min(a)": "amin reducemin",
    "max(a) + log(sum(exp(a - max(a))))": "logsumexp reducelogsumexp",
    # Vectors and axes
    "concat(a, b)": "cat concatenate stack hstack vstack append", "concat(a, a)": "tile",
    "concat(fill(0, 2), a)": "pad", "slice(v, start, stop)": "chunk narrow unbind unstack dynamicslice",
    "repeat(a, 2)": "repeatinterleave", "shift(a, 1) + shift(a, 1 - n)": "roll", "fill(1, n)": "ones oneslike",
    "fill(0, n)": "zeros zeroslike", "fill(s, n)": "full fulllike", "cumsum(fill(1, n)) - 1": "arange iota",
    "(cumsum(fill(1, n)) - 1) / (n - 1)": "linspace", "split(r, j)": "splitheads unflatten",
    "flatten(u, j)": "mergeheads combineheads", "scale(a, A)": "diagmatmul rowscale",
    "conv(x, K)": "conv1d conv2d conv3d convolve convolution depthwiseconv",
    "stop(a)": "stopgradient stopgrad detach nograd",
}  # fmt: skip

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {name: written for written, names in _WRITTEN.items() for name in names.split()}
)
"""By the name in small letters without underscores: how it is written here."""

_ADVICE = {
    "what it adds up is written A @ b, outer(a, b), dot(a, b) or sum(a * b)": "einsum",
    "axes stay as they are declared: split(v, j) cuts a vector into members of a lifted axis, flatten(a, j) joins"
    " them, and parts are slice(v, start, stop)":
        "view reshape ravel squeeze unsqueeze expanddims rearrange moveaxis newaxis unfold",
    "what lacks an axis is shared along it; a number everywhere is fill(s, n)": "expand broadcast broadcastto",
    "diag(a) A is scale(a, A)": "diag",
    "declare it under 'constants', as an array that is given: a mask M * A, a permutation P @ a":
        "eye tril triu diagonal trace flip reverse mask",
    "declare it as an input: what is drawn anew at each step comes from outside":
        "random randn rand normal uniform bernoulli noise gumbel gumbelsoftmax",
    "declare the mask as an input, m * a": "dropout",
    "write the operand alone": "identity astype cast float double int contiguous clone copy asarray",
    "it takes its numbers from a batch, which a step does not see; declare them under 'constants'":
        "batchnorm instancenorm",
    "declare a vector with a one and zeros as an input: W @ x is then a column of W":
        "gather take indexselect embedding onehot scatter lookup",
    "1 - step(max(a) - a) is 1 where the largest entry stands, else 0": "argmax topk hardmax",
    "entries are not sorted; there are max(a), min(a) and mean(a)": "sort argsort median quantile sparsemax entmax",
    "of positive entries it is exp(sum(log(a)))": "prod product cumprod",
    "there are products of matrices and no more; a matrix that never changes is declared under 'constants'":
        "det inv inverse pinv solve eig eigh svd qr cholesky matrixpower expm",
    "there is no inverse of sin, cos or tan": "asin acos atan arcsin arccos arctan atan2 arctan2 angle",
    "declare the axis under 'each'; an equation then holds for every member": "vmap map pmap",
    "a spec holds one step; 'unroll' and the states repeat it": "scan loop whileloop foriloop",
    "a complex number is a pair of real quantities": "complex real imag conj fft ifft rfft",
    "cut the vector into members with split(v, j); then take mean(a) or max(a)": "avgpool maxpool pool",
    "its weights are softmax(K @ q / sqrt(d), over=l), where the keys K are a family over places l":
        "attention scaleddotproductattention multiheadattention",
}  # fmt: skip

ADVICE: Mapping[str, str] = MappingProxyType(
    {name: advice for advice, names in _ADVICE.items() for name in names.split()}
)
"""By the same: what to do where one expression does not say it."""

_TIME = re.compile(r"\s*t\s*(-\s*\d+\s*)?")


def spelled_here(name: str, functions: Collection[str], given: str = "") -> str:
    """What is meant by a call of a name that is not known here: '; here it is written ...', or what there is.

    `given` is what stands between its parentheses.

    >>> spelled_here("swish", ()), spelled_here("Tanh", ()), spelled_here("nonsense", ())[:36]
    ('; here it is written silu(a)', "; did you mean 'tanh'?", '; the operations are sum, transpose,')
    >>> spelled_here("h", (), "t-1")
    '; the step before is written h[t-1]'
    """
    if _TIME.fullmatch(given):
        return f"; the step before is written {name[:64]}[t-1]"
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


def example_of(name: str, head: type[Head]) -> str:
    """How a call looks, with as few arguments as it takes.

    >>> [example_of(name, FUNCTIONS[name]) for name in ("outer", "flatten", "softmax")]
    ['outer(a, b)', 'flatten(a, j)', 'softmax(a), or softmax(a, over=j) along a lifted axis j']
    """
    op, function = head.op, getattr(head, "function", None)
    along = op.crossing is not None and op.crossing.along
    letters = "aj" if op.crossing and not along and op.operands == 1 else "abcdefgh"
    called = f"{name}({', '.join(map(str, (function.parameters if function else letters)[: op.arity[0]]))})"
    return f"{called}, or {called[:-1]}, over=j) along a lifted axis j" if along else called
