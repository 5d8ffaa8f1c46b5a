"""JAX: steps as jaxprs, read alike whether they are functions of pytrees, objects, or modules of Flax and Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Any

import jax
import numpy
from jax.extend.core import get_opaque_trace_state, jaxpr_as_fun

from cellgraph.frameworks.jax import ONCE, differentiable, in_precision
from cellgraph.frameworks.live import Live
from cellgraph.frameworks.tracing.asked import (
    Array,
    Asked,
    LocalVariable,
    Returned,
    drawn,
    leaves,
    returned_names,
)
from cellgraph.frameworks.tracing.building import TraceWriter
from cellgraph.frameworks.tracing.failures import failing_at
from cellgraph.frameworks.tracing.jaxpr.reading import JaxValue, Site, inlined, lowest_precision
from cellgraph.frameworks.tracing.jaxpr.stepping import Stepping, of_function, of_object
from cellgraph.frameworks.tracing.places import own_files
from cellgraph.frameworks.tracing.recognised import recognised
from cellgraph.frameworks.tracing.watching import watched
from cellgraph.imports.traced import Trace, pruned

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "flax.linen.module.Module": ("flax", "of_linen"),
        "flax.nnx.module.Module": ("flax", "of_nnx"),
        "keras.src.layers.layer.Layer": ("keras", "of_keras"),
    }
)
"""By the class that modules inherit from: the module beside this one, and its function, that make steps of them."""

TOLERANCE = {"float64": 1e-9, "float32": 1e-6}
"""To which constants of an activation are told."""


def traced(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Trace:
    """One step at these sizes, for one sample where the batch is None. Raises CodeError with the user's line."""
    step, arrays, closed, returned = _jaxpr(asked, sizes, batch)
    with in_precision(step.precision):
        return _read(asked, step, closed, arrays, returned, sizes, batch)


def structure(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[Returned, ...]:
    """What a call gives back: arrays alone, each with its place and shape. Raises CodeError with the user's line."""
    _, _, closed, returned = _jaxpr(asked, sizes, batch)
    paths = [path for path, leaf in returned if hasattr(leaf, "dtype")]
    variables = closed.jaxpr.outvars
    first = [next(k for k, other in enumerate(variables) if other is var) for var in variables]
    return tuple(
        Returned(path, tuple(var.aval.shape), None if first[k] == k else first[k])
        for k, (path, var) in enumerate(zip(paths, variables, strict=True))
    )


def _jaxpr(
    asked: Asked, sizes: Mapping[str, int], batch: int | None
) -> tuple[Stepping, tuple[dict[str, Array], dict[str, Array]], Any, list[tuple[str, Any]]]:
    """The step, the arrays with which it is called, its jaxpr of them, and what it gives back with the places."""
    returned: list[tuple[str, Any]] = []
    with _failing(asked):
        step = stepping(asked, sizes, batch)
        arrays = _arrays(asked, step, sizes, batch)
        with in_precision(step.precision):
            return step, arrays, jax.make_jaxpr(partial(_flat, step, returned))(*arrays), returned


def given(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Mapping[str, Array]:
    """The arrays that `locals_of` runs with: inputs, states, and parameters and other arrays by native name."""
    step, (weights, fed), closed, _ = _jaxpr(asked, sizes, batch)
    return {**weights, **fed, **dict(_set_arrays(step, closed, sizes).values())}


def locals_of(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[LocalVariable, ...]:
    """What the local variables of the user's code held, in order.

    They are watched while the step is traced, each is an output of the trace, and all are computed at once: JAX would
    compile operation by operation what is not traced.
    """
    held: list[LocalVariable] = []
    with _failing(asked):
        step = stepping(asked, sizes, batch)
        arrays = _arrays(asked, step, sizes, batch)

        def run(weights: Mapping[str, Array], fed: Mapping[str, Array]) -> list[Array]:
            here = get_opaque_trace_state("flax")

            def real(value: Any) -> Array | None:
                """An array of real numbers of this trace: none of a function that is mapped or differentiated."""
                kind = getattr(getattr(value, "dtype", None), "kind", "")
                own = isinstance(value, jax.Array) and kind in ("f", "i", "u", "b")
                return value if own and get_opaque_trace_state("flax") == here else None

            held[:] = watched(lambda: step.call(weights, fed), own_files(asked.target), real)
            return [variable.array for variable in held]

        with in_precision(step.precision):
            with jax.disable_jit():
                closed = jax.make_jaxpr(run)(*arrays)
            found = jax.jit(jaxpr_as_fun(closed), compiler_options=dict(ONCE))(*jax.tree.leaves(arrays))
    return tuple(replace(v, array=numpy.asarray(array)) for v, array in zip(held, found, strict=True))


def live(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Live:
    """The user's code, to be run beside a spec; its states and what it gives back in the order of `asked`."""
    step, _, closed, _ = _jaxpr(asked, sizes, batch)
    names = returned_names(asked.returns)

    def run(arrays: Mapping[str, Array], inputs: Sequence[Array], states: Sequence[Array]) -> list[Array]:
        fed = {**dict(zip(asked.inputs, inputs, strict=True)), **dict(zip(asked.states, states, strict=True))}
        found = [leaf for _, leaf in leaves(step.call({**step.held, **arrays}, fed))]
        # Keras gives some of them back in a lower precision.
        return [leaf.astype(step.precision) for name, leaf in zip(names, found, strict=False) if name != "_"]

    shapes = {name: tuple(numpy.shape(array)) for name, array in step.learned.items()}
    returns = tuple(name for name in names if name != "_")
    return differentiable(step.version, shapes, lowest_precision(closed), returns, run, step.precision)


def stepping(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Stepping:
    """The user's step at these sizes as a function of arrays; the last few are kept, as some take long to make."""
    key = (repr(replace(asked, target=None, returns="")), id(asked.target), tuple(sorted(sizes.items())), batch)
    if key not in KEPT:
        while len(KEPT) >= MOST:
            del KEPT[next(iter(KEPT))]
        with jax.enable_x64(True):
            KEPT[key] = asked, _stepping(asked, sizes, batch)
    return KEPT[key][1]


KEPT: dict[Any, tuple[Asked, Stepping]] = {}
MOST = 8


def _stepping(asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Stepping:
    kind = asked.target if isinstance(asked.target, type) else type(asked.target)
    homes = (KINDS.get(f"{base.__module__}.{base.__qualname__}") for base in kind.__mro__)
    home = next((found for found in homes if found), None)
    if home:
        make: Callable[..., Stepping] = getattr(import_module(f"cellgraph.frameworks.tracing.{home[0]}"), home[1])
        return make(asked, sizes, batch)
    if isinstance(asked.target, type) or asked.method or not hasattr(asked.target, "__name__"):
        return of_object(asked, sizes)
    return of_function(asked, sizes)


def _arrays(
    asked: Asked, step: Stepping, sizes: Mapping[str, int], batch: int | None
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Random numbers for what is learned, and for what comes in, in the step's precision; what is held as it is."""
    fed = drawn(asked, sizes, batch)
    draw = numpy.random.default_rng(1)
    weights = {
        name: fed[name] if name in fed else draw.uniform(-1, 1, numpy.shape(array))
        for name, array in step.learned.items()
    }
    named = {name: fed[name].astype(step.precision) for name in (*asked.inputs, *asked.states)}
    held = {name: numpy.asarray(array) for name, array in step.held.items()}
    return {name: array.astype(step.precision) for name, array in weights.items()} | held, named


def _flat(step: Stepping, returned: list[Any], weights: Mapping[str, Array], fed: Mapping[str, Array]) -> list[Array]:
    """What a call gives back, without its nesting, which is kept in `returned`."""
    returned[:] = leaves(step.call(weights, fed))
    return [leaf for _, leaf in returned if hasattr(leaf, "dtype")]


def _read(
    asked: Asked,
    step: Stepping,
    closed: Any,
    arrays: tuple[Mapping[str, Array], Mapping[str, Array]],
    returned: Sequence[tuple[str, Any]],
    sizes: Mapping[str, int],
    batch: int | None,
) -> Trace:
    """A jaxpr as a trace."""
    writer = TraceWriter()
    # JAX takes mappings apart in the order of their keys.
    weights, fed = ({name: writer.add("leaf", (), a.shape) for name, a in sorted(part.items())} for part in arrays)
    writer.data |= set(fed.values())
    set_arrays = _set_arrays(step, closed, sizes)
    constants = {k: JaxValue(writer.add("leaf", (), array.shape)) for k, (_, array) in set_arrays.items()}
    operands = [JaxValue(node) for node in (*weights.values(), *fed.values())]
    found = iter(inlined(Site(writer, own_files(asked.target)), closed, operands, constants))
    names = returned_names(asked.returns) or tuple(asked.states)
    named = {}
    for name, (_, leaf) in zip(names, returned, strict=False):
        if hasattr(leaf, "dtype"):
            named[name] = next(found).node
    shown = [node for name, node in named.items() if name not in asked.states and name != "_"]
    trace = Trace(
        nodes=tuple(writer.nodes),
        inputs={name: fed[name] for name in asked.inputs},
        states={name: fed[name] for name in asked.states},
        parameters={name: weights[name] for name in step.learned},
        after={name: node for name, node in named.items() if name in asked.states},
        buffers={name: weights[name] for name in step.held}
        | {set_arrays[k][0]: value.node for k, value in constants.items()},
        output=shown[0] if shown else None,
        batch=batch,
    )
    return recognised(pruned(trace), TOLERANCE[step.precision])


def _set_arrays(step: Stepping, closed: Any, sizes: Mapping[str, int]) -> dict[int, tuple[str, Array]]:
    """Those constants of a jaxpr that have a size of the cell: arrays that the code makes, and that a spec is given.

    By their numbers, each with its name in the code, if it has one.
    """
    arrays = {k: numpy.asarray(const) for k, const in enumerate(closed.consts) if hasattr(const, "dtype")}
    return {
        k: (next((n for n, own in step.known.items() if numpy.array_equal(own, array)), f"constant_{k}"), array)
        for k, array in arrays.items()
        if array.dtype.kind == "f" and not {*array.shape}.isdisjoint(sizes.values()) and numpy.ptp(array) > 0
    }


CONCRETE = (
    "this value decides what is computed, or leaves JAX as a number; one set of equations cannot say it:"
    " write jnp.where, and keep it an array"
)


def _failing(asked: Asked) -> Any:
    return failing_at(own_files(asked.target), _said)


def _said(error: Exception) -> tuple[str, str]:
    """The code and the sentence for what JAX, or the user's code, raises."""
    if isinstance(error, jax.errors.ConcretizationTypeError | jax.errors.TracerArrayConversionError):
        return "E_CODE_VALUE", CONCRETE
    return "E_CODE_RAISES", f"it raises {type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
