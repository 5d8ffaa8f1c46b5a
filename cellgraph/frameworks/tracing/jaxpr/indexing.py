"""Reading and writing at places that stand in the code, x[jnp.array([0, 2])] and x.at[1:3].set: slices and updates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy

from cellgraph.frameworks.tracing.building import TraceWriter
from cellgraph.frameworks.tracing.placing import replaced, taken

Array = Any

COMPUTED = "places that are computed: choose by jnp.where, or by a product with a one-hot vector"


def gathered(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    """What stands at places that are known: along each axis a range, or some entries one by one."""
    shape = eqn.outvars[0].aval.shape
    node, places = args
    if places not in program.known:
        return program.unknown(COMPUTED, args, shape)
    there = program.shape(node)
    numbers = numpy.arange(numpy.prod(there, dtype=int)).reshape(there)
    found = numpy.asarray(jax.lax.gather_p.bind(numbers, program.known[places], **eqn.params | {"fill_value": -1}))
    inside = taken(program, node, found) if (found >= 0).all() else None
    return program.unknown("places of no regular order", args, shape) if inside is None else inside


SCATTERS = {"scatter": "", "scatter-add": "add", "scatter-mul": "mul"}
"""By primitive, what becomes of an entry and what is written there."""


def scattered(program: TraceWriter, eqn: Any, args: Sequence[int]) -> int:
    """An array in which a block at known places is replaced, or has something added to it or multiplied by it."""
    node, places, part = args
    there = program.shape(node)
    if places not in program.known:
        return program.unknown(COMPUTED, args, there)
    inner = program.shape(part)
    said = eqn.params | {"update_jaxpr": None, "update_consts": ()}
    numbers = 1 + numpy.arange(numpy.prod(inner, dtype=int)).reshape(inner)
    number = numpy.asarray(jax.lax.scatter_p.bind(numpy.zeros(there, int), program.known[places], numbers, **said))
    found = replaced(program, node, part, number, SCATTERS[eqn.primitive.name])
    return program.unknown("places that are no block: write one after another", args, there) if found is None else found
