"""Jaxprs as traces: calls are inlined, short loops unrolled, and what numbers in the code give is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import jax
import numpy
from jax.extend.core import Literal

from cellgraph.frameworks.tracing.building import Array, TraceWriter
from cellgraph.frameworks.tracing.jaxpr.folding import folded
from cellgraph.frameworks.tracing.jaxpr.primitives import PRIMITIVES
from cellgraph.frameworks.tracing.places import called_at, of_user

LONGEST = 16
"""The longest loop that is unrolled."""

LOOP = "a loop over time inside: give one step of it"
DECIDES = "a value decides what is computed: write jnp.where"
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "while": LOOP,
        "scan": LOOP,
        "cond": DECIDES,
        "argmax": "the place of the largest entry has no gradient",
        "argmin": "the place of the smallest entry has no gradient",
        "sort": "sorting depends on values",
        "top_k": "sorting depends on values",
        **dict.fromkeys(
            ("random_bits", "random_seed", "random_wrap", "random_unwrap", "random_fold_in", "threefry2x32"),
            "random numbers: switch off dropout and noise",
        ),
        **dict.fromkeys(("complex", "real", "imag", "conj"), "complex numbers: write the real and the imaginary part"),
        **dict.fromkeys(
            ("triangular_solve", "cholesky", "lu", "qr", "eigh", "svd", "eig", "schur"),
            "linear systems and decompositions are outside the language",
        ),
        **dict.fromkeys(("pure_callback", "io_callback"), "a call out of JAX"),
    }
)
"""Why some primitives have no equation here."""


@dataclass(frozen=True)
class JaxValue:
    """A variable of a jaxpr: its node, and its value where that follows from numbers in the code."""

    node: int
    value: Array | None = None


@dataclass(frozen=True)
class Site:
    """Where a program is being written, and which files are the user's own.

    :inside: lines of what is read now count; else it is a library's, and the line that called it counts
    """

    program: TraceWriter
    own: frozenset[str]
    inside: bool = True


NONE: Mapping[int, JaxValue] = MappingProxyType({})


def inlined(site: Site, closed: Any, args: Sequence[JaxValue], given: Mapping[int, JaxValue] = NONE) -> list[JaxValue]:
    """What a jaxpr, closed or not, computes of these operands. given: those of its constants that are no numbers."""
    jaxpr = getattr(closed, "jaxpr", closed)
    found = dict(zip(jaxpr.invars, args, strict=True))
    for number, (var, const) in enumerate(zip(jaxpr.constvars, getattr(closed, "consts", ()), strict=True)):
        found[var] = given.get(number) or _constant(site.program, numpy.asarray(const))

    def operand(var: Any) -> JaxValue:
        return (
            _constant(site.program, numpy.asarray(var.val, var.aval.dtype)) if isinstance(var, Literal) else found[var]
        )

    for eqn in jaxpr.eqns:
        if site.inside:
            frames = eqn.source_info.traceback.frames if eqn.source_info.traceback else ()
            site.program.place = called_at(((f.file_name, f.line_num) for f in frames), site.own) or site.program.place
        operands = [operand(var) for var in eqn.invars]
        site.program.native = eqn.primitive.name
        found |= zip(eqn.outvars, _results(site, eqn, operands), strict=True)
    return [operand(var) for var in jaxpr.outvars]


def lowest_precision(closed: Any) -> str:
    """float32 where anything is computed in that or in less, else float64."""
    for eqn in getattr(closed, "jaxpr", closed).eqns:
        kinds = {str(getattr(var.aval, "dtype", "")) for var in eqn.outvars}
        bodies = [part for part in jax.tree.leaves(eqn.params) if hasattr(getattr(part, "jaxpr", part), "eqns")]
        if kinds & {"float32", "float16", "bfloat16"} or "float32" in map(lowest_precision, bodies):
            return "float32"
    return "float64"


def _constant(program: TraceWriter, value: Array) -> JaxValue:
    return JaxValue(program.constant(value), value)


def _results(site: Site, eqn: Any, args: Sequence[JaxValue]) -> list[JaxValue]:
    """What one equation gives."""
    name = eqn.primitive.name
    special = STRUCTURED.get(name)
    found = special(site, eqn, args) if special else _call(site, eqn, args)
    if found is not None:
        return found
    values = [arg.value for arg in args]
    known = folded(eqn, values) if all(value is not None for value in values) else [None] * len(eqn.outvars)
    return [
        _constant(site.program, value) if value is not None and _uniform(value) else JaxValue(node, value)
        for node, value in zip(_nodes(site.program, eqn, [arg.node for arg in args], known), known, strict=True)
    ]


def _nodes(program: TraceWriter, eqn: Any, args: Sequence[int], known: Sequence[Array | None]) -> list[int]:
    write = PRIMITIVES.get(eqn.primitive.name)
    if write is None:
        reason = REASONS.get(eqn.primitive.name, "")
        nodes = [program.unknown(reason, args, getattr(var.aval, "shape", ())) for var in eqn.outvars]
    else:
        written = write(program, eqn, args)
        nodes = written if isinstance(written, list) else [written]
    for k, value in enumerate(known):
        if value is not None:
            # What has no operation, as whole numbers divided, is no worse than a number where its value is known.
            nodes[k] = program.constant(value) if program.nodes[nodes[k]].op == "unknown" else nodes[k]
            program.known[nodes[k]] = value
    return nodes


def _uniform(value: Array) -> bool:
    return bool(value.size and (value == value.flat[0]).all())


def _call(site: Site, eqn: Any, args: Sequence[JaxValue]) -> list[JaxValue] | None:
    """A call of another jaxpr, as `jit` and `custom_jvp` make them; None for what is none."""
    bodies = (eqn.params.get(key) for key in ("call_jaxpr", "fun_jaxpr", "jaxpr"))
    body = next((body for body in bodies if hasattr(getattr(body, "jaxpr", body), "eqns")), None)
    if body is None or len(getattr(body, "jaxpr", body).invars) != len(args):
        return None
    function, file = _source(body)
    if function in CALLS and not of_user(file):
        return [JaxValue(CALLS[function](site.program, [arg.node for arg in args]))]
    return inlined(_inner(site, body), body, args)


def _source(body: Any) -> tuple[str, str]:
    """The name and the file of the function that a jaxpr was made from."""
    said = str(getattr(getattr(body, "jaxpr", body).debug_info, "func_src_info", None) or "")
    function, _, place = said.partition(" at ")
    return function, place.rpartition(":")[0]


def _inner(site: Site, body: Any) -> Site:
    """Lines in a library's function that is compiled once are those of whoever called it first."""
    _, file = _source(body)
    return replace(site, inside=site.inside and (file in site.own or of_user(file)))


def _logaddexp(program: TraceWriter, args: Sequence[int]) -> int:
    """Of which the second is 0 in softplus."""
    a, b = args
    if b in program.known and not program.known[b].any():
        return program.expand(program.elementwise("softplus", a), program.shape(a))
    return program.elementwise("add", b, program.elementwise("softplus", program.elementwise("sub", a, b)))


CALLS: Mapping[str, Callable[[TraceWriter, Sequence[int]], int]] = MappingProxyType({"logaddexp": _logaddexp})
"""Functions of JAX that are written for floating point, and what they are for numbers."""


def _scan(site: Site, eqn: Any, args: Sequence[JaxValue]) -> list[JaxValue] | None:
    """Unrolled, if short and if it does not run along what comes anew at each step."""
    said = eqn.params
    first, carries = said["num_consts"], said["num_carry"]
    consts, carry, rows = args[:first], list(args[first : first + carries]), args[first + carries :]
    if said["length"] > LONGEST or any(_of_data(site.program, row.node) for row in rows):
        return None
    program, shown = site.program, []
    for step in range(said["length"])[:: -1 if said["reverse"] else 1]:
        found = inlined(
            _inner(site, said["jaxpr"]), said["jaxpr"], [*consts, *carry, *(_row(program, r, step) for r in rows)]
        )
        carry = found[:carries]
        shown.append([arg.node for arg in found[carries:]])
    shown = shown[::-1] if said["reverse"] else shown
    stacked = [[program.reshape(a, (1, *program.shape(a))) for a in column] for column in zip(*shown, strict=True)]
    return [*carry, *(JaxValue(program.concat(column, 0)) for column in stacked)]


def _row(program: TraceWriter, rows: JaxValue, number: int) -> JaxValue:
    node = program.reshape(program.slice(rows.node, 0, number, number + 1), program.shape(rows.node)[1:])
    return JaxValue(node, None if rows.value is None else rows.value[number])


def _of_data(program: TraceWriter, node: int) -> bool:
    """Whether a node depends on an input or a state."""
    seen, stack = set(), [node]
    while stack:
        number = stack.pop()
        if number not in seen:
            seen.add(number)
            stack += program.nodes[number].args
    return not seen.isdisjoint(program.data)


def _while(site: Site, eqn: Any, args: Sequence[JaxValue]) -> list[JaxValue] | None:
    """Unrolled, if how often it runs follows from numbers in the code."""
    said = eqn.params
    first, second = said["cond_nconsts"], said["cond_nconsts"] + said["body_nconsts"]
    carry = list(args[second:])
    for _ in range(LONGEST + 1):
        [more] = inlined(_inner(site, said["cond_jaxpr"]), said["cond_jaxpr"], [*args[:first], *carry])
        if more.value is None:
            return None
        if not more.value:
            return carry
        carry = inlined(_inner(site, said["body_jaxpr"]), said["body_jaxpr"], [*args[first:second], *carry])
    return None


def _cond(site: Site, eqn: Any, args: Sequence[JaxValue]) -> list[JaxValue] | None:
    """The branch that is taken; of two, where that is computed, both, and a choice between what they give."""
    which, *given = args
    branches = eqn.params["branches"]
    if which.value is not None:
        branch = branches[min(max(int(which.value), 0), len(branches) - 1)]
        return inlined(_inner(site, branch), branch, given)
    if len(branches) != 2:
        return None
    no, yes = (inlined(_inner(site, branch), branch, given) for branch in branches)
    program = site.program
    return [
        JaxValue(program.expand(program.elementwise("where", which.node, a.node, b.node), program.shape(a.node)))
        for a, b in zip(yes, no, strict=True)
    ]


STRUCTURED: Mapping[str, Callable[[Site, Any, Sequence[JaxValue]], list[JaxValue] | None]] = MappingProxyType(
    {"scan": _scan, "while": _while, "cond": _cond}
)
"""Primitives that hold programs and are no calls; None from them for what cannot be unrolled."""
