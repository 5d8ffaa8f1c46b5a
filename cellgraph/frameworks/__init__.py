"""Real cells of real libraries, run beside a spec for one step; each library is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

import sympy as sp

from cellgraph.graph import Cell, size
from cellgraph.spec.layout import Implementation, formula

from .live import Array, Live

ADAPTERS: Mapping[str, str] = MappingProxyType(
    {
        "torch.nn": "torch",
        "torchrecurrent": "torch",
        "keras.layers": "keras",
        "flax.linen": "flax",
        "flax.nnx": "flax",
        "onnx": "onnx",
    }
)
"""The module beside this one that runs the classes of each home. No other home is ever imported."""


@dataclass(frozen=True)
class Comparison:
    """A spec beside the real thing: numbers stored there and by our layout, and the largest relative errors.

    An error is the largest difference over the largest value there; `gradient_error` is None where the library cannot
    differentiate.
    """

    version: str
    precision: str
    gradient_precision: str
    count: int
    expected: int
    forward_error: float
    gradient_error: float | None


def live(cell: Cell, implementation: Implementation, sizes: Mapping[str, int]) -> Live:
    """The real class, made with these sizes.

    Raises ImportError where the library is not installed, KeyError for a class outside `ADAPTERS`.
    """
    home = implementation.name.rpartition(".")[0]
    if home not in ADAPTERS:
        raise KeyError(f"{implementation.name} cannot be run here; classes can of {', '.join(ADAPTERS)}")
    made: Live = import_module(f"{__name__}.{ADAPTERS[home]}").live(cell, implementation, sizes)
    return made


def comparison(
    cell: Cell, implementation: Implementation, sizes: Mapping[str, int], batch: int = 4, seed: int = 0
) -> Comparison:
    """One step of the real class and of the spec on the same random numbers, forward and back.

    sizes: a number for each dim. The spec is computed in float64. Raises as `live` does.
    """
    import numpy

    from cellgraph.derive.evaluate import step, vjp

    real = live(cell, implementation, sizes)
    draw = numpy.random.default_rng(seed)

    def drawn(symbol: sp.Symbol) -> Array:
        shape = [int(s.subs({size(k): v for k, v in sizes.items()})) for s in cell.step.quantities[symbol].shape or ()]
        return draw.uniform(-1, 1, (batch, *shape)).astype(real.precision)

    def wide(array: Array) -> Array:
        return numpy.asarray(array, "float64")

    arrays = {name: draw.uniform(-1, 1, shape).astype(real.precision) for name, shape in real.shapes.items()}
    inputs = [q.symbol for q in cell.step.having("input")]
    before = [sp.Symbol(f"{name}[t-1]") for name in implementation.states]
    fed = {symbol.name: drawn(symbol) for symbol in (*inputs, *before)}
    bars = {name: drawn(sp.Symbol(name)) for name in real.returns}
    given = [fed[symbol.name] for symbol in inputs], [fed[symbol.name] for symbol in before]

    weights = implementation.unpack({name: wide(array) for name, array in arrays.items()})
    values = step(cell, {**weights, **{name: wide(array) for name, array in fed.items()}})
    forward = _error(zip((values[name] for name in real.returns), real.step(arrays, *given), strict=True))
    back = None
    if real.vjp is not None:
        ours = vjp(cell, values, {name: wide(array) for name, array in bars.items()})
        native, bar_inputs, bar_states = real.vjp(arrays, *given, list(bars.values()))
        packed = implementation.pack(ours)
        pairs = [(packed[name], native[name]) for name in real.shapes]
        pairs += zip((ours[s.name] for s in (*inputs, *before)), (*bar_inputs, *bar_states), strict=True)
        back = _error(pairs)
    return Comparison(
        version=real.version,
        precision=real.precision,
        gradient_precision=implementation.gradient or real.precision,
        count=sum(array.size for array in arrays.values()),
        expected=int(formula(implementation).subs({size(k): v for k, v in sizes.items()})),
        forward_error=forward,
        gradient_error=back,
    )


def _error(pairs: Iterable[tuple[Array, Array]]) -> float:
    """The largest difference over the largest value of what it is compared with, if that is not 0, over all pairs."""
    import numpy

    return max(float(numpy.abs(ours - theirs).max() / (numpy.abs(theirs).max() or 1)) for ours, theirs in pairs)
