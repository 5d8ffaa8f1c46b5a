"""A measured flow of gradients as tables, as JSON and as a chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import sympy as sp

from cellgraph.chart import Chart, Series, Strip
from cellgraph.derive.flows.flow import FlowResult
from cellgraph.messages import Message, listed, message
from cellgraph.report import Report, Written
from cellgraph.table import Table

LAGS = (0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 3000, 5000, 10_000)
"""Steps back that the short table shows, besides the whole length."""
NORM = Written("‖∂s_T/∂s_t‖₂", r"\left\Vert \partial s_T / \partial s_t \right\Vert_2")


def flow_report(results: Sequence[FlowResult], every: bool = False) -> Report:
    """The norms by steps back, what holds for each result as a whole, and what it means; `every` step on request."""
    steps, seeds = results[0].steps, len(results[0].runs)
    most = max(result.last for result in results)
    lags = range(most + 1) if every else [*(lag for lag in LAGS if lag < most), most]
    names = labels(results)
    columns: list[tuple[str, Sequence[float]]] = []
    for result, name in zip(results, names, strict=True):
        columns += [(name, result.log10_norm)]
        columns += [] if result.carry is None else [(f"{name} {_product(result)}", result.carry)]
        columns += [(f"{name} ≤", result.bound)] if every and result.bound is not None else []
    norms = Table(
        message("{norm}, the mean of {seeds} runs of {steps} steps", norm=NORM, seeds=seeds, steps=steps),
        ("steps back", *(name for name, _ in columns)),
        tuple((lag, *(power(log[-1 - lag]) if lag < len(log) else None for _, log in columns)) for lag in lags),
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
        for gate, values in zip(result.facts.unit_gates, result.gates, strict=True) if result.last else ():
            strips.append(Strip(message("{run}: {gate}", run=name, gate=gate.expr), group, values.tolist()))
    return Chart(
        message(
            "How much of a gradient at step {steps} is left at step t", steps=max(result.last for result in results)
        ),
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

    def label(result: FlowResult) -> str:
        start = result.start
        init = start.init if len(inits) > 1 else ""
        scale = f"×{start.scale:g}" if len(scales) > 1 else ""
        bias = "" if start.forget_bias is None else f"b={start.forget_bias:g}"
        end = "" if result.last == result.steps else f"T={result.last}"
        return " ".join(filter(None, (result.cell.name, init, scale, bias, end)))

    return [label(result) for result in results]


def power(log: float) -> str | None:
    """10^log in scientific notation, also where no float holds it; None where it is not known."""
    if not log < np.inf:
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
    steps = result.last - result.first
    sizes = ", ".join(f"{dim}={value}" for dim, value in result.sizes.items())
    bounds = result.step_bounds
    bound = message("none") if bounds is None else power(bounds.max())
    means = [
        message("{gate} {mean}", gate=gate.expr, mean=f"{values.mean():.2f}")
        for gate, values in zip(result.facts.unit_gates, result.gates, strict=True)
        if values.size and np.isfinite(values).all()
    ]
    multiplies = power(result.log10_norm[result.first] / steps) if steps else None
    return name, sizes, result.parameters, multiplies, bound, listed(means)


def _notes(results: Sequence[FlowResult], names: Iterable[str]) -> Iterator[Message]:
    for result, name in zip(results, names, strict=True):
        if result.last < result.steps:
            yield message(
                "{run}: at step {step} a state overflows, or is not a number, in one of the runs at least; T is {last}",
                run=name,
                step=result.last + 1,
                last=result.last,
            )
        if result.first:
            yield message(
                "{run}: the derivative of step {step} is not a finite number, so nothing further back is known",
                run=name,
                step=result.first,
            )
        if not result.facts.handed_on:
            yield message("{run}: no later step reads a state, so no gradient flows through time", run=name)
        elif result.vanishes:
            yield message("{run}: the bound of every step is below 1, so the gradient certainly vanishes", run=name)
        elif result.bound is None and result.last:
            yield message("{run}: no bound can be given for every step", run=name)
        if result.start.forget_bias is not None and not result.facts.carries:
            yield message("{run}: there is no gate on a carry, so the forget bias changes nothing", run=name)
    yield message("A bound below 1 makes vanishing certain; a bound above 1 says nothing.")
    yield message("Inputs are standard normal; states begin at 0 where the spec says nothing else.")
    yield message("The carry term is the largest entry of the product.")


def _document(result: FlowResult) -> dict[str, Any]:
    """Lists by t, as long as the steps that were asked for; null from where a run ends."""

    def by_step(array: Any) -> list[float | None]:
        return rounded(array) + [None] * (result.steps - result.last)

    return {
        "cell": result.cell.name,
        "sizes": dict(result.sizes),
        "parameters": result.parameters,
        "initialisation": result.start.init,
        "scale": result.start.scale,
        "forget_bias": result.start.forget_bias,
        "log10_norm": by_step(result.log10_norm),
        "log10_lowest": by_step(result.log10_norms.min(axis=0)),
        "log10_highest": by_step(result.log10_norms.max(axis=0)),
        "log10_carry": None if result.carry is None else by_step(result.carry),
        "log10_bound": None if result.bound is None else by_step(result.bound),
        "last_step": result.last,
        "vanishing_certain": result.vanishes,
        "gates": [
            {"gate": str(gate.symbol), "mean": by_step(values)}
            for gate, values in zip(result.facts.unit_gates, result.gates, strict=True)
        ],
    }


def rounded(array: Any, decimals: int = 8) -> list[float | None]:
    """The numbers of an array to so many decimals; None for what is not finite."""
    # Adding zero takes the sign off a rounded −10⁻¹⁷, which other processors compute as +10⁻¹⁷.
    return [round(float(value), decimals) + 0.0 if np.isfinite(value) else None for value in array]
