"""A tracer for cells that are written in NumPy: what a call gives back; guesses are tried without a library."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from cellgraph.errors import CellgraphError
from cellgraph.frameworks.importing.asking import Question, question
from cellgraph.frameworks.importing.stated import Stated
from cellgraph.frameworks.tracing.asked import Asked, Returned, arguments, constructor, drawn, leaves


class NumpyTracer:
    """What `question` needs of a tracer."""

    def structure(self, asked: Asked, sizes: Mapping[str, int], batch: int | None) -> tuple[Returned, ...]:
        arrays = drawn(asked, sizes, batch)
        target = asked.target(**constructor(asked, sizes)) if inspect.isclass(asked.target) else asked.target
        args, keywords = arguments(asked, arrays)
        try:
            back = (target.forward if inspect.isclass(asked.target) else target)(*args, **keywords)
        except Exception as error:
            raise CellgraphError(f"{type(error).__name__}: {error}") from error
        found = [(path, leaf) for path, leaf in leaves(back) if isinstance(leaf, np.ndarray)]
        same = [next((j for j in range(k) if found[j][1] is leaf), None) for k, (_, leaf) in enumerate(found)]
        return tuple(Returned(path, leaf.shape, other) for (path, leaf), other in zip(found, same, strict=True))


def asked_about(target: Any, carry_first: bool = False, **stated: Any) -> Question:
    """The question about a class whose step is `forward`, or about a function."""
    step = target.forward if inspect.isclass(target) else target
    tracer: Any = NumpyTracer()
    return question(target, tracer, step, Stated(**stated), carry_first)
