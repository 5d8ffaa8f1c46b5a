"""What goes wrong while a user's code is traced, told with their own line and what to write instead."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cellgraph.errors import CodeError, Problem, Source
from cellgraph.frameworks.tracing.places import called_at
from cellgraph.imports.traced import CalledAt


@contextmanager
def failing_at(own: frozenset[str], code_and_remedy: Callable[[Exception], tuple[str, str]]) -> Iterator[None]:
    """Whatever is raised within, as a CodeError at the innermost of the user's lines.

    code_and_remedy: for an exception, the code of the problem and what is said of it
    """
    try:
        yield
    except CodeError:
        raise
    except Exception as error:
        frames = [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]
        place = called_at(frames[::-1], own)
        code, said = code_and_remedy(error)
        raise CodeError(Problem(code, said, source_of(place))) from error


def source_of(place: CalledAt | None) -> Source:
    """A place of a trace as that of a problem."""
    return Source("", 0, 0) if place is None else Source(place.file, place.line, 0, place.text)
