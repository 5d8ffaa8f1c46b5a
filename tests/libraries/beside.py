"""The values of a trace beside the code that it was made from, on the same random numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from imports.traced_values import values

from cellgraph.frameworks.tracing.asked import Asked
from cellgraph.imports.traced import Trace

TOLERANCE = {"float64": 1e-12, "float32": 2e-6}


def agrees(tracer: Any, asked: Asked, sizes: Mapping[str, int], batch: int | None) -> Trace:
    """Asserts that the trace knows everything and computes what the code gives back; the trace."""
    trace = tracer.traced(asked, sizes, batch)
    assert [(node.native, node.attributes, node.place) for node in trace.nodes if node.op == "unknown"] == []
    arrays = tracer.given(asked, sizes, batch)
    real = tracer.live(asked, sizes, batch)
    assert set(trace.parameters) == set(real.shapes) != set()
    named = {**trace.inputs, **trace.states, **trace.parameters, **trace.buffers}
    found = values(trace, {node: arrays[name] for name, node in named.items()})
    inputs, states = [arrays[name] for name in asked.inputs], [arrays[name] for name in asked.states]
    back = real.step({name: arrays[name] for name in real.shapes}, inputs, states)
    ours = dict(trace.after)
    for name, theirs in zip(real.returns, back, strict=True):
        mine = found[ours.get(name, trace.output)]
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, rtol=TOLERANCE[real.precision], atol=TOLERANCE[real.precision])
    return trace
