"""Options about a user's code, and the request that they make; import and verify have them alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from cellgraph.cli.options import MOST_SECONDS, bundled

SECONDS = 120.0
"""How long a user's code may take unless told otherwise: some libraries need many seconds to start."""

PAIR = re.compile(r"\s*([^\W\d][\w.]*)\s*=(.*)", re.DOTALL)


class Pair(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """NAME=TEXT, where the text says a size, a shape or a value."""

    def __init__(self, says: str, example: str) -> None:
        self.name = f"NAME={says.upper()}"
        self.says, self.example = says, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The name and the text, if it can be read."""
        if isinstance(value, tuple):
            return value
        found = PAIR.fullmatch(value)
        if not found:
            self.fail(f"{value!r} is no {self.name}; write for example {self.example}", param, ctx)
        from cellgraph.errors import CellgraphError
        from cellgraph.frameworks.importing import saying

        try:
            getattr(saying, f"{self.says}_of")(found[2])
        except CellgraphError as error:
            self.fail(f"{value!r}: {error}", param, ctx)
        return found[1], found[2]


@dataclass(frozen=True)
class Coded:
    """What options say about a user's code; texts are read where the code is run."""

    make: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    params: tuple[tuple[str, str], ...]
    returns: str
    library: str
    seconds: float

    @property
    def says_something(self) -> bool:
        """Whether anything is said about the code."""
        return bool(self.make or self.inputs or self.states or self.params or self.returns or self.library)

    def request(self, target: str, name: str = "", unchecked: bool = False) -> dict[str, Any]:
        """What the process is asked that runs the code. name: of the cell; unchecked: also if it cannot be run."""
        given = {name: dict(getattr(self, name)) for name in ("make", "inputs", "states", "params")}
        said = {"target": target, **given, "returns": self.returns, "library": self.library}
        return {**said, "name": name, "unchecked": unchecked}


def _pairs(option: str, name: str, says: str, example: str, told: str) -> Callable[[Any], Any]:
    return click.option(option, name, type=Pair(says, example), multiple=True, help=f"{told}; repeatable.")


coded = bundled(
    "code",
    Coded,
    {
        "make": _pairs(
            "--make", "make", "value", "hidden_size=n", "An argument of the constructor: a size, or a value"
        ),
        "inputs": _pairs("--input", "inputs", "shape", "x=m", "An input of the step and its shape: m, or j,d"),
        "states": _pairs("--state", "states", "shape", "h=n", "A state of the step and its shape"),
        "params": _pairs("--param", "params", "shape", "W=n,m", "A parameter of a plain function and its shape"),
        "returns": click.option(
            "--returns", default="", metavar="NAMES", help="What the step gives back: 'y, (h, c)'; _ is left out."
        ),
        "library": click.option("--library", default="", metavar="LIB", help="torch, jax, flax, keras or onnx."),
        "seconds": click.option(
            "--limit-seconds", "--time-limit", "seconds", type=click.FloatRange(0, MOST_SECONDS), default=SECONDS,
            show_default=True, metavar="N", help="End the code after N seconds; 0: never.",
        ),
    },
)  # fmt: skip
