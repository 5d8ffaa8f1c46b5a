"""A measured flow of gradients as tables, as JSON and as a chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.chart import Chart, Series, Strip
from cellgraph.derive.flows.flow import FlowResult
from cellgraph.derive.flows.initialise import Initialisation
from cellgraph.graph import Cell
from cellgraph.messages import Message, listed, message
from cellgraph.report import Report, Written
from cellgraph.table import Table

LAGS = (0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 3000, 5000, 10_000)
"""Steps back that the short table shows, besides the whole length."""
NORM = Written("‖∂s_T/∂s_t‖₂", r"\left\Vert \partial s_T / \partial s_t \right\Vert_2")


def flow_report(results: Sequence[FlowResult], every: bool = False) -> Report:
    """The norms by steps back, what holds for each result as a whole, and what it means; `every` step on request."""
    steps, seeds = len(results[0].log10_norm) - 1, len(results[0].runs)
    lags = range(steps + 1) if every else [*(lag for lag in LAGS if lag < steps), steps]
    names = labels(results)
    columns: list[tuple[str, Sequence[float]]] = []
    for result, name in zip(results, names, strict=True):
        columns += [(name, result.log10_norm)]
        columns += [] if result.carry is None else [(f"{name} {_product(result)}", result.carry)]
        columns += [(f"{name} ≤", result.bound)] if every and result.bound is not None else []
    norms = Table(
        message("{norm}, the mean of {seeds} runs of {steps} steps", norm=NORM, seeds=seeds, steps=steps),
        ("steps back", *(name for name, _ in columns)),
        tuple((lag, *(power(log[steps - lag]) for _, log in columns)) for lag in lags),
    )
    summary = Table(
        message("what each run is"),
        ("run", "sizes", "parameters", "a step multiplies by", "bound of a step", "gates on average"),
        tuple(_summary(result, name) for result, name in zip(results, names, strict=True)),
        tuple(_notes(results, names)),
    )
    data = {"steps": steps, "seeds": seeds, "courses": [_document(result) for result in results]}
    return Report(message("gradients through time"), (norms, summary), data)


def one_report(result: FlowResult) -> Report:
    """The same of one result alone."""
    return flow_report([result])


def chart(results: Sequence[FlowResult]) -> Chart:
    """Norm, carry term and, where vanishing is certain, the bound, against t; the openness of every gate below."""
    names = labels(results)
    curves: list[Series] = []
    strips: list[Strip] = []
    for group, (result, name) in enumerate(zip(results, names, strict=True)):
        low, high = result.log10_norms.min(axis=0).tolist(), result.log10_norms.max(axis=0).tolist()
        curves.append(Series(message("{run}", run=name), group, "norm", result.log10_norm.tolist(), low, high))
        if result.carry is not None:
            alone = message("{run}: {product} alone", run=name, product=_product(result))
            curves.append(Series(alone, group, "carry", result.carry.tolist()))
        if result.vanishes and result.bound is not None:
            curves.append(Series(message("{run}: bound", run=name), group, "bound", result.bound.tolist()))
        for gate, values in zip(result.facts.unit_gates, result.gates, strict=True):
            strips.append(Strip(message("{run}: {gate}", run=name, gate=gate.expr), group, values.tolist()))
    return Chart(
        message("How much of a gradient at step {steps} is left at step t", steps=len(results[0].log10_norm) - 1),
        message("time step t"),
        NORM,
        tuple(curves),
        message("openness of the gates"),
        tuple(strips),
    )


def labels(results: Sequence[FlowResult]) -> list[str]:
    """A short name for every result: its cell, and whatever else tells it from the others."""
    starts = [result.start for result in results]
    inits, scales = ({getattr(start, name) for start in starts} for name in ("init", "scale"))

    def label(cell: Cell, start: Initialisation) -> str:
        init = start.init if len(inits) > 1 else ""
        scale = f"×{start.scale:g}" if len(scales) > 1 else ""
        bias = "" if start.forget_bias is None else f"b={start.forget_bias:g}"
        return " ".join(filter(None, (cell.name, init, scale, bias)))

    return [label(result.cell, result.start) for result in results]


def power(log: float) -> str | None:
    """10^log in scientific notation, also where no float holds it; None where it is not known."""
    if np.isnan(log):
        return None
    if log == -np.inf:
        return "0"
    if -3 <= log < 4:
        return f"{10**log:.4g}"
    exponent = int(np.floor(log))
    mantissa = f"{10 ** (log - exponent):.2f}"
    return f"{mantissa}e{exponent:+d}" if mantissa != "10.00" else f"1.00e{exponent + 1:+d}"


def _product(result: FlowResult) -> str:
    coefficients = dict.fromkeys(carry.coefficient for carry in result.facts.carries)
    return "∏ " + ", ".join(str(c) if isinstance(c, (sp.Symbol, sp.Number)) else "a" for c in coefficients)


def _summary(result: FlowResult, name: str) -> tuple[Any, ...]:
    steps = len(result.log10_norm) - 1
    sizes = ", ".join(f"{dim}={value}" for dim, value in result.sizes.items())
    bounds = result.step_bounds
    bound = message("none") if bounds is None else power(bounds.max())
    means = [
        message("{gate} {mean}", gate=gate.expr, mean=f"{value:.2f}")
        for gate, value in zip(result.facts.unit_gates, result.gates.mean(1), strict=True)
    ]
    return name, sizes, result.parameters, power(result.log10_norm[0] / steps), bound, listed(means)


def _notes(results: Sequence[FlowResult], names: Iterable[str]) -> Iterator[Message]:
    for result, name in zip(results, names, strict=True):
        if result.vanishes:
            yield message("{run}: the bound of every step is below 1, so the gradient certainly vanishes", run=name)
        elif result.bound is None:
            yield message("{run}: no bound can be given for every step", run=name)
        if result.start.forget_bias is not None and not result.facts.carries:
            yield message("{run}: there is no gate on a carry, so the forget bias changes nothing", run=name)
    yield message("A bound below 1 makes vanishing certain; a bound above 1 says nothing.")
    yield message("Inputs are standard normal; states begin at 0 where the spec says nothing else.")
    yield message("The carry term is the largest entry of the product.")


def _document(result: FlowResult) -> dict[str, Any]:
    return {
        "cell": result.cell.name,
        "sizes": dict(result.sizes),
        "parameters": result.parameters,
        "initialisation": result.start.init,
        "scale": result.start.scale,
        "forget_bias": result.start.forget_bias,
        "log10_norm": rounded(result.log10_norm),
        "log10_lowest": rounded(result.log10_norms.min(axis=0)),
        "log10_highest": rounded(result.log10_norms.max(axis=0)),
        "log10_carry": None if result.carry is None else rounded(result.carry),
        "log10_bound": None if result.bound is None else rounded(result.bound),
        "vanishing_certain": result.vanishes,
        "gates": [
            {"gate": str(gate.symbol), "mean": rounded(values)}
            for gate, values in zip(result.facts.unit_gates, result.gates, strict=True)
        ],
    }


def rounded(array: Any, decimals: int = 8) -> list[float | None]:
    """The numbers of an array to so many decimals; None for what is not finite."""
    # Adding zero takes the sign off a rounded −10⁻¹⁷, which other processors compute as +10⁻¹⁷.
    return [round(float(value), decimals) + 0.0 if np.isfinite(value) else None for value in array]
