"""Running a graph on arrays: one step forward, and its cotangents, under NumPy, JAX, PyTorch or CuPy.

Arrays say how large the sizes are, and the reader where no array does; then the graph is compiled and run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy as sp

from cellgraph.derive.counts.sizes import Sizes, checked_sizes
from cellgraph.derive.gradients.compiled import compiled, counts_of, number_of
from cellgraph.derive.gradients.gradient import adjoint
from cellgraph.graph import Cell, Graph, Quantity
from cellgraph.implementations.implementation import namespace

Array = Any


def step(cell: Cell, values: Mapping[str, Any], xp: Any = None, **sizes: int) -> dict[str, Any]:
    """Every quantity of one step by name, from arrays for the inputs, states before and parameters.

    States that are not given are what they are before the first step. `xp` is the array namespace (default numpy).
    Inputs and states may carry leading batch axes, parameters do not. Lifted axes come behind these and before all
    others, in the order of `each`. `sizes` are numbers for dims (k=8), needed where no array tells them. Raises
    KeyError for a missing array and ValueError for one of the wrong shape.

    >>> import cellgraph as cg, numpy as np
    >>> arrays = {"x": np.ones((7, 3)), "W": np.ones((5, 3)), "U": np.ones((5, 5)), "b": np.zeros(5)}
    >>> values = cg.step(cg.load("linear-rnn"), arrays)
    >>> values["h"].shape, float(values["h"][0, 0])
    ((7, 5), 3.0)
    """
    if not all(before.name in values for before in cell.carries):
        values = {**initial_states(cell, values, xp, **sizes), **values}
    return _evaluated(cell.step, values, xp, checked_sizes(cell, sizes))


def initial_states(cell: Cell, values: Mapping[str, Any], xp: Any = None, **sizes: int) -> dict[str, Any]:
    """Every state before the first step by name, from arrays for the inputs and parameters: zeros where the spec says
    no more.

    They have the batch axes of the inputs. `sizes` as for `step`. Raises KeyError for a missing array and ValueError
    where neither the arrays nor `sizes` tell a shape.

    >>> import cellgraph as cg, numpy as np
    >>> arrays = {"x": np.ones((7, 3)), "W": np.ones((5, 3)), "U": np.ones((5, 5)), "b": np.zeros(5)}
    >>> cg.initial_states(cg.load("rnn"), arrays)["h[t-1]"].shape
    (7, 5)
    """
    given = [q for q in cell.step.leaves if q.symbol not in cell.carries and q.value is None]
    missing = [q.symbol.name for q in given if q.symbol.name not in values]
    if missing:
        raise KeyError(f"no array for {', '.join(missing)}")
    shapes = {q: tuple(getattr(values[q.symbol.name], "shape", ())) for q in cell.step.having("input")}
    batch = max((shape[: len(shape) - len(q.shape or ())] for q, shape in shapes.items()), key=len, default=())
    known = [q for q in cell.step.leaves if q.symbol.name in values]
    numbers = sizes_of(known, values, checked_sizes(cell, sizes))
    return initial_arrays(cell, numbers, values, namespace(xp), batch, _dtype(values))


def initial_arrays(
    cell: Cell,
    sizes: Mapping[sp.Symbol, sp.Integer],
    values: Mapping[str, Array],
    xp: Any,
    batch: tuple[int, ...] = (),
    dtype: Any = None,
) -> dict[str, Array]:
    """Every state before the first step by name, for sizes that are known, with the axes of `batch` before its own.

    `values` are those of the parameters that states begin as. Raises KeyError where such a parameter is missing,
    ValueError where a size is.
    """
    found: dict[str, Array] = {}
    for before in cell.carries:
        zeros = xp.zeros((*batch, *counts_of(cell.step.shape(before), sizes)), dtype=dtype)
        start = cell.initial.get(before, sp.S.Zero)
        found[before.name] = zeros + (values[start.name] if isinstance(start, sp.Symbol) else float(start))
    return found


def vjp(
    cell: Cell, values: Mapping[str, Any], cotangents: Mapping[str, Any], xp: Any = None, **sizes: int
) -> dict[str, Any]:
    """The cotangent of every leaf by name, from the arrays of `step` and cotangents of some of its quantities.

    Each has the shape of its leaf's array; a parameter's is summed over the batch. `sizes` as for `step`. Raises
    KeyError and ValueError.

    >>> import cellgraph as cg, numpy as np
    >>> arrays = {"x": np.ones(3), "W": np.ones((5, 3)), "U": np.ones((5, 5)), "b": np.zeros(5)}
    >>> cell = cg.load("linear-rnn")
    >>> cotangents = cg.vjp(cell, cg.step(cell, arrays), {"h": np.ones(5)})
    >>> cotangents["W"].shape, cotangents["x"].tolist()
    ((5, 3), [5.0, 5.0, 5.0])
    """
    unknown = [name for name in cotangents if name not in {s.name for s in cell.step.definitions}]
    if unknown:
        raise KeyError(f"no computed quantity {unknown[0]!r}; there are {', '.join(map(str, cell.step.definitions))}")
    graph = adjoint(cell.step, of=tuple(cotangents))
    seeds = {q.symbol.name: cotangents[q.of.name] for q in graph.having("seed") if q.of is not None}
    xp = namespace(xp)
    found = _evaluated(graph, {**values, **seeds}, xp, checked_sizes(cell, sizes))
    leaves = {s.name: graph.quantities[s].of for s in graph.outputs}
    return {of.name: _as_shaped(found[name], values[of.name], xp) for name, of in leaves.items() if of is not None}


def evaluate(graph: Graph, values: Mapping[str, Any], xp: Any = None, **sizes: int) -> dict[str, Any]:
    """Every quantity of a graph by name; quantities that `values` already holds are not computed again.

    Constants are the numbers that they are, unless `values` says otherwise. `sizes` as for `step`. Raises KeyError for
    a missing array and ValueError for one of the wrong shape.

    >>> import cellgraph as cg, numpy as np
    >>> arrays = {"W": np.ones((5, 3)), "U": np.eye(5), "b": np.zeros(5), "h[0]": np.ones(5)}
    >>> graph = cg.unroll(cg.load("linear-rnn"), 2)
    >>> cg.evaluate(graph, {**arrays, "x[1]": np.ones(3), "x[2]": np.zeros(3)})["h[2]"].tolist()
    [4.0, 4.0, 4.0, 4.0, 4.0]
    """
    return _evaluated(graph, values, xp, checked_sizes(graph, sizes))


def _evaluated(graph: Graph, values: Mapping[str, Any], xp: Any, given: Sizes) -> dict[str, Any]:
    xp = namespace(xp)
    dtype = _dtype(values)
    constants = {q.symbol.name: number_of(q.value, {}) for q in graph.leaves if q.value is not None}
    if dtype is not None:
        constants = {name: xp.asarray(number, dtype=dtype) for name, number in constants.items()}
    values = {**constants, **values}
    missing = [q.symbol.name for q in graph.leaves if q.symbol.name not in values]
    if missing:
        raise KeyError(f"no array for {', '.join(missing)}")
    sizes = sizes_of(graph.leaves, values, given)
    left = [equation for equation in graph.equations if equation.lhs.name not in values]
    work = compiled(left, graph.quantities, [equation.lhs for equation in left], sizes).typed(dtype, xp)
    return {**values, **{e.lhs.name: array for e, array in zip(left, work.run(values, xp), strict=True)}}


def sizes_of(leaves: Iterable[Quantity], values: Mapping[str, Any], given: Sizes) -> dict[sp.Expr, sp.Integer]:
    """The sizes given and those of the arrays of leaves: n from an array of size n, and then d from one of size d*n.

    Raises ValueError where an array disagrees with its shape, with a size given or with another array.
    """
    sizes: dict[sp.Expr, sp.Integer] = {**given}
    expected: list[tuple[str, tuple[Any, ...], sp.Expr, int]] = []
    for quantity in leaves:
        name, shape = quantity.symbol.name, quantity.shape or ()
        actual = tuple(getattr(values[name], "shape", ()))
        if len(actual) < len(shape) or (quantity.role == "param" and len(actual) != len(shape)):
            raise ValueError(f"{name} has shape {actual}; expected ({', '.join(['...', *map(str, shape)])})")
        own = actual[len(actual) - len(shape) :]
        for size, count in zip(shape, own, strict=True):
            if isinstance(size, sp.Symbol):
                sizes.setdefault(size, sp.Integer(int(count)))
            expected.append((name, actual, size, int(count)))
    # A size such as d*n tells d once n is known.
    for _, _, size, count in expected:
        rest = size.xreplace(sizes)
        if len(rest.free_symbols) == 1 and (told := _solved(rest, count)) is not None:
            sizes[next(iter(rest.free_symbols))] = told
    for name, actual, size, count in expected:
        known = size.xreplace(sizes)
        if known.is_Integer and int(known) != count:
            raise ValueError(f"{name} has shape {actual}, so that {size} is {count}; elsewhere it is {known}")
        if known.free_symbols:
            # Nothing tells p and q, but p*q is told as a whole.
            sizes[known] = sp.Integer(count)
    return sizes


def _solved(size: sp.Expr, count: int) -> sp.Integer | None:
    """The whole number for the one unknown at which a size is `count`; None where it is not linear, or not whole."""
    unknown = next(iter(size.free_symbols))
    rest = sp.expand(size).as_independent(unknown)[0] if size.is_Add else sp.S.Zero
    factor = (size - rest) / unknown
    value = (count - rest) / factor
    return value if factor.is_number and value.is_Integer and value > 0 else None


def _dtype(arrays: Mapping[str, Any]) -> Any:
    """The type of the numbers in the arrays; None where all are Python numbers."""
    return next((array.dtype for array in arrays.values() if hasattr(array, "dtype")), None)


def _as_shaped(cotangent: Any, value: Any, xp: Any) -> Any:
    """Summed over the leading axes that the leaf does not have, repeated over those that only the leaf has."""
    extra = getattr(cotangent, "ndim", 0) - getattr(value, "ndim", 0)
    if extra > 0:
        return cotangent.sum(axis=tuple(range(extra)))
    return xp.zeros_like(value) + cotangent if extra < 0 else cotangent
