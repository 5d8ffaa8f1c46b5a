"""What somebody says about their code, and what is taken for granted where they say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellgraph.ops import Shape


@dataclass(frozen=True)
class Stated:
    """What somebody says about their code; everything may be left out.

    :make:    argument of the constructor -> an expression in sizes, or a value
    :inputs:  argument of the step, or a name in one -> shape
    :states:  likewise
    :params:  likewise, of a plain function
    :returns: what a call gives back, 'y, (h, c)'
    :method:  what is called, where it is not the usual method of the library
    """

    make: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    states: Mapping[str, Shape] = field(default_factory=dict)
    params: Mapping[str, Shape] = field(default_factory=dict)
    returns: str = ""
    method: str = ""


@dataclass(frozen=True)
class Guess:
    """What nobody said: of which argument or result, what kind of thing that is, and what it is taken for.

    kind: argument (of the constructor), input, state or result
    """

    of: str
    kind: str
    taken: str
