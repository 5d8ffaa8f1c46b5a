"""Which library a class or a function is written in, and how one step of it is called there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any

from cellgraph.errors import CellgraphError, listed, nearest
from cellgraph.frameworks.tracing.asked import Tracer


@dataclass(frozen=True)
class Library:
    """A library that cells are written in.

    :tracer:      the module of `frameworks.tracing` that reads its code
    :step:        what its classes call one step
    :packages:    what is installed for it, as pip is told
    :carry_first: its cells hand back states before what is shown
    """

    tracer: str
    step: str
    packages: str
    carry_first: bool = False


LIBRARIES: Mapping[str, Library] = MappingProxyType(
    {
        "torch": Library("torch", "forward", "torch"),
        "jax": Library("jax", "__call__", "jax"),
        "flax": Library("jax", "__call__", "flax", carry_first=True),
        "keras": Library("jax", "call", "keras jax"),
        "onnx": Library("onnx", "", "onnx onnxruntime"),
    }
)
"""By the name that `--library` takes."""

BASES: Mapping[str, str] = MappingProxyType(
    {
        "torch.nn.modules.module.Module": "torch",
        "flax.linen.module.Module": "flax",
        "flax.nnx.module.Module": "flax",
        "keras.src.layers.layer.Layer": "keras",
        "equinox._module.Module": "jax",
        "equinox._module._module.Module": "jax",
    }
)
"""The library of a class, by a class that it inherits from."""

STEPS = ("forward", "__call__", "call", "step")
"""What classes call one step that inherit from none of these."""


def library_of(target: Any, asked_for: str = "") -> str:
    """The name of the library that a class, an object or a function is written in.

    Raises CellgraphError for a name that is none, and where it is not to be told.
    """
    if asked_for:
        if asked_for not in LIBRARIES:
            raise CellgraphError(f"no library '{asked_for}' is known{nearest(asked_for, LIBRARIES)}")
        return asked_for
    kind = target if isinstance(target, type) else type(target)
    for base in kind.__mro__:
        if (found := BASES.get(f"{base.__module__}.{base.__qualname__}")) is not None:
            return found
    used = set(_used(target))
    if len(used) != 1:
        why = "uses both PyTorch and JAX" if used else "uses no library that is known here"
        raise CellgraphError(f"{_called(target)} {why}; say --library with one of {listed(LIBRARIES)}")
    return used.pop()


def _used(target: Any) -> Iterator[str]:
    """The libraries that a function, or the file of a class, uses by name."""
    functions = [target] if inspect.isroutine(target) else []
    for function in functions:
        code = getattr(inspect.unwrap(function), "__code__", None)
        names = [*code.co_names, *code.co_freevars] if code is not None else []
        known = getattr(inspect.unwrap(function), "__globals__", {})
        found = [*_tops(known[name] for name in names if name in known)]
        yield from found
        if found:
            return
    module = inspect.getmodule(target if inspect.isroutine(target) or isinstance(target, type) else type(target))
    if module is not None:
        yield from _tops(vars(module).values())


def _tops(values: Any) -> Iterator[str]:
    """The libraries that these modules, classes and functions come from."""
    for value in list(values):
        name = value.__name__ if isinstance(value, ModuleType) else str(getattr(value, "__module__", "") or "")
        top = name.partition(".")[0].replace("jaxlib", "jax")
        if top in LIBRARIES:
            yield "jax" if top == "flax" else top


def step_of(target: Any, library: str, method: str = "") -> Callable[..., Any]:
    """The function that is one step: the target itself, or the method of its class. Raises CellgraphError."""
    if isinstance(target, FunctionType) or (not isinstance(target, type) and hasattr(target, "__wrapped__")):
        own: Callable[..., Any] = inspect.unwrap(target)  # of one that JAX compiles, the function itself
        return own
    kind = target if isinstance(target, type) else type(target)
    names = (method,) if method else (LIBRARIES[library].step, *STEPS)
    # What a class does not have, its own class may: every class is called by one.
    held = [name for name in names if any(name in vars(base) for base in kind.__mro__)]
    found = next((made for made in (getattr(kind, name, None) for name in held) if inspect.isroutine(made)), None)
    if found is None:
        raise CellgraphError(f"{_called(target)} has no method {' or '.join(dict.fromkeys(names))}")
    step: Callable[..., Any] = inspect.unwrap(found)
    return step


def tracer_of(library: str) -> Tracer:
    """The tracer of a library. Raises CellgraphError that says how to install what is missing."""
    own = LIBRARIES[library]
    try:
        found: Any = import_module(f"cellgraph.frameworks.tracing.{own.tracer}")
    except ImportError as missing:
        name = (missing.name or str(missing)).partition(".")[0]
        raise CellgraphError(f"this needs {name}, which is not installed: pip install {own.packages}") from None
    tracer: Tracer = found
    return tracer


def _called(target: Any) -> str:
    return str(getattr(target, "__qualname__", type(target).__qualname__))
