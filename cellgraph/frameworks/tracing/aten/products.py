"""Products of matrices and convolutions of ATen as contractions of two operands."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref, Rule, Written, apply, refs
from cellgraph.frameworks.tracing.building import TraceWriter


def contracted(program: TraceWriter, equation: str, a: int, b: int) -> int:
    """The einsum of two operands."""
    left, right = equation.partition("->")[::2]
    one, other = left.split(",")
    size = dict(zip(one + other, program.shape(a) + program.shape(b), strict=True))
    return program.add("contract", [a, b], [size[letter] for letter in right], equation=equation)


def multiplied(program: TraceWriter, a: int, b: int) -> int:
    """a @ b for any ranks, as NumPy has it: axes in front of the last two are broadcast."""
    a, b = (_core(program, node) for node in (a, b))
    ranks = len(program.shape(a)), len(program.shape(b))
    one, other = "i"[: ranks[0] == 1] or "ri", "i"[: ranks[1] == 1] or "ic"
    # The letters of the axes in front, counted from behind; one of size 1 that is broadcast loses its letter.
    ahead = string.ascii_lowercase[::-1]
    fronts = []
    for node, rank, shape, against in (
        (a, ranks[0], program.shape(a), program.shape(b)),
        (b, ranks[1], program.shape(b), program.shape(a)),
    ):
        count, others = max(rank - 2, 0), max(len(against) - 2, 0)
        kept = [
            k for k in range(count) if not (shape[k] == 1 and count - k <= others and against[others - count + k] != 1)
        ]
        letters = "".join(ahead[count - 1 - k] for k in kept)
        fronts.append((program.reshape(node, [*(shape[k] for k in kept), *shape[count:]]), letters))
    (a, front), (b, behind) = fronts
    both = "".join(sorted({*front, *behind}))
    return contracted(program, f"{front}{one},{behind}{other}->{both}{one[:-1]}{other[1:]}", a, b)


def _core(program: TraceWriter, node: int) -> int:
    """A matrix that was only repeated along axes in front, by itself."""
    made = program.nodes[node]
    alone = (
        made.op == "expand" and len(program.shape(made.args[0])) == 2 and made.shape[-2:] == program.shape(made.args[0])
    )
    return made.args[0] if alone else node


def _matmul(call: AtenCall, a: Ref, b: Ref) -> Written:
    return multiplied(call.program, a, b)


def linear(call: AtenCall, x: Ref, weight: Ref, bias: Ref | None = None) -> Written:
    """W x for each vector along the last axis of x."""
    front = string.ascii_lowercase[: len(call.program.shape(x)) - 1]
    rows = "z" if len(call.program.shape(weight)) == 2 else ""
    product = contracted(call.program, f"{front}y,{rows}y->{front}{rows}", x, weight)
    return product if bias is None else apply(call, "add", Ref(product), bias)


def _added(product: Rule) -> Rule:
    """beta a + alpha b c, as addmm and its kin have it."""

    def rule(call: AtenCall, a: Ref, b: Ref, c: Ref, beta: Any = 1, alpha: Any = 1) -> Written:
        found, first = Ref(int(product(call, b, c))), a
        if alpha != 1:
            found = Ref(apply(call, "mul", alpha, found))
        if beta == 0:
            return found
        return apply(call, "add", first if beta == 1 else Ref(apply(call, "mul", beta, first)), found)

    return rule


def _outer(call: AtenCall, a: Ref, b: Ref) -> Written:
    return contracted(call.program, "a,b->ab", a, b)


def _batched_sum(call: AtenCall, b: Ref, c: Ref) -> Written:
    return call.program.reduce("sum", multiplied(call.program, b, c), [0])


def _einsum(call: AtenCall, equation: Any, *operands: Any) -> Written:
    """Two operands at a time, from the left. An axis that only one operand has, and not the result, is summed first."""
    if len(operands) == 1 and isinstance(operands[0], tuple | list):
        operands = tuple(operands[0])
    program, nodes = call.program, [int(operand) for operand in operands]
    terms, out = spelled(equation, [len(program.shape(node)) for node in nodes])
    while len(nodes) > 1:
        wanted = {*out, *"".join(terms[2:])}
        for k in (0, 1):
            lonely = [letter for letter in terms[k] if letter not in wanted | {*terms[1 - k]}]
            nodes[k] = program.reduce("sum", nodes[k], [terms[k].index(letter) for letter in lonely])
            terms[k] = "".join(letter for letter in terms[k] if letter not in lonely)
        last = len(nodes) == 2
        made = out if last else "".join(dict.fromkeys(c for c in terms[0] + terms[1] if c in wanted))
        nodes[:2] = [contracted(program, f"{terms[0]},{terms[1]}->{made}", nodes[0], nodes[1])]
        terms[:2] = [made]
    return nodes[0]


def spelled(equation: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, those that '...' stands for written out."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    spare = [letter for letter in string.ascii_letters if letter not in equation]
    given = left.split(",")
    more = [
        rank - len(term.replace("...", "")) if "..." in term else 0 for term, rank in zip(given, ranks, strict=True)
    ]
    front = "".join(spare[: max(more)])
    terms = [term.replace("...", front[len(front) - count :]) for term, count in zip(given, more, strict=True)]
    if not arrow:
        letters = "".join(given).replace(".", "")
        right = "..." * ("..." in left) + "".join(sorted(c for c in {*letters} if letters.count(c) == 1))
    return terms, right.replace("...", front)


def speaks_for_itself(equation: Any, operands: Sequence[Any]) -> bool:
    """Whether an einsum can be written as contractions: two operands or more, no letter twice in one."""
    if not isinstance(equation, str) or len(operands) < 2:
        return False
    terms, _ = spelled(equation, [operand.ndim for operand in operands])
    sizes: dict[str, int] = {}
    return all(
        len({*term}) == len(term) == operand.ndim
        and all(sizes.setdefault(letter, n) == n for letter, n in zip(term, operand.shape, strict=True))
        for term, operand in zip(terms, operands, strict=True)
    )


def _convolution(
    call: AtenCall, x: Ref, kernel: Ref, bias: Ref | None, stride: Any, padding: Any, dilation: Any,
    transposed: bool = False, output_padding: Any = 0, groups: int = 1,
) -> Written:  # fmt: skip
    program, shape = call.program, call.shape
    count = len(shape) - 2
    strides, pads, dilations = (list(v) * (count if len(v) == 1 else 1) for v in (stride, padding, dilation))
    if transposed or set(strides) != {1}:
        return call.unknown("a convolution with a stride, or transposed: its positions are other ones; use stride 1")
    around = tuple((pad, pad) for pad in pads)
    found = program.add("conv", [x, kernel], shape, padding=around, dilation=tuple(dilations), groups=groups)
    if bias is None:
        return found
    return apply(call, "add", Ref(found), Ref(program.reshape(bias, [*program.shape(bias), *[1] * count])))


def _cosine(call: AtenCall, a: Ref, b: Ref, dim: int = 1, eps: float = 1e-8) -> Written:
    """⟨a, b⟩ / (max(‖a‖, ε) max(‖b‖, ε))."""
    lengths = []
    for one in (a, b):
        squares = call.program.reduce("sum", apply(call, "pow", one, exponent=2), [dim % len(call.program.shape(one))])
        lengths.append(apply(call, "max", Ref(apply(call, "sqrt", Ref(squares))), eps))
    product = apply(call, "mul", a, b)
    total = call.program.reduce("sum", product, [dim % len(call.program.shape(product))])
    return apply(call, "div", Ref(total), Ref(apply(call, "mul", *refs(*lengths))))


def _bilinear(call: AtenCall, a: Ref, b: Ref, weight: Ref, bias: Ref | None = None) -> Written:
    front = string.ascii_lowercase[: len(call.program.shape(a)) - 1]
    half = contracted(call.program, f"{front}x,zxy->{front}zy", a, weight)
    found = contracted(call.program, f"{front}zy,{front}y->{front}z", half, b)
    return found if bias is None else apply(call, "add", Ref(found), bias)


PRODUCTS: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(("mm", "bmm", "mv", "dot", "vdot"), _matmul),
        **dict.fromkeys(("addmm", "addmv", "baddbmm"), _added(_matmul)),
        "addr": _added(_outer),
        "addbmm": _added(_batched_sum),
        "convolution": _convolution,
    }
)
"""By name in ATen."""

FUNCTIONS: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(("matmul", "__matmul__"), _matmul),
        "__rmatmul__": lambda call, a, b: _matmul(call, b, a),
        "linear": linear,
        "bilinear": _bilinear,
        "einsum": _einsum,
        **dict.fromkeys(("outer", "ger"), _outer),
        "cosine_similarity": _cosine,
    }
)
"""By the name of a Python function that PyTorch would take apart into less that says less."""
