"""One run of code in PyTorch, recorded operation by operation as a program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from cellgraph.errors import CodeError, Problem
from cellgraph.frameworks.tracing.aten.aliases import Aliases
from cellgraph.frameworks.tracing.aten.calls import AtenCall, Ref
from cellgraph.frameworks.tracing.aten.made import RANDOM
from cellgraph.frameworks.tracing.aten.products import speaks_for_itself
from cellgraph.frameworks.tracing.aten.table import FUNCTIONS, decomposition, name_of, written
from cellgraph.frameworks.tracing.building import TraceWriter
from cellgraph.frameworks.tracing.failures import failing_at, source_of
from cellgraph.frameworks.tracing.places import called_at
from cellgraph.imports.traced import CalledAt

Tensor = Any

DECIDES = "a value of the data decides what is computed, and one set of equations cannot say it: use torch.where"
TAKEN_OUT = "a value of the data is taken out of PyTorch, where it cannot be followed: keep it a tensor"
LEAVING = {
    "__bool__": DECIDES,
    **dict.fromkeys(("item", "__float__", "__int__", "__index__", "tolist", "numpy", "__array__"), TAKEN_OUT),
}
"""What turns a tensor into something that is none, and why that cannot be."""

VALUES = ("_local_scalar_dense", "equal")
"""Operations of ATen that give back no tensor."""

SHOWN = {"__repr__", "__format__", "__str__"}
NARROW = (torch.float16, torch.bfloat16, torch.float32)


@dataclass
class Recording:
    """A program as it grows.

    :named:   identity of a tensor that the module keeps and does not learn -> its native name
    :buffers: those that were used -> node
    :moving:  nodes that depend on inputs, states or parameters
    :own:     files of the user's code, also where they are of a library
    :quiet:   whether what runs is not to be written
    :origin:  the operation that is being taken apart
    """

    program: TraceWriter = field(default_factory=TraceWriter)
    named: Mapping[int, str] = field(default_factory=dict)
    buffers: dict[str, int] = field(default_factory=dict)
    moving: set[int] = field(default_factory=set)
    own: frozenset[str] = frozenset()
    quiet: bool = False
    origin: str = ""

    def __post_init__(self) -> None:
        self.aliases = Aliases(self.program)

    def leaf(self, tensor: Tensor, moving: bool = True) -> int:
        """The node of an array that is given."""
        kept, (self.program.native, self.program.place) = (self.program.native, self.program.place), ("", None)
        node = self.program.add("leaf", (), tensor.shape)
        self.program.native, self.program.place = kept
        self.aliases.enter(tensor, node)
        if moving:
            self.moving.add(node)
        return node

    def node(self, tensor: Tensor) -> int:
        """What a tensor holds: also one that the module keeps, or that stands in the code."""
        found = self.aliases.read(tensor)
        if found is not None:
            return found
        if id(tensor) in self.named:
            node = self.buffers[self.named[id(tensor)]] = self.leaf(tensor, False)
            if not tensor.is_floating_point():
                self.program.known[node] = tensor
            return node
        twin = self.aliases.twin(tensor)
        if twin is None:
            node = self.program.constant(tensor.detach().numpy())
        else:
            start = len(self.program.nodes)
            node = self.program.elementwise("stop", self.node(twin))
            self.spread(start)
        self.aliases.enter(tensor, node)
        return node

    def refs(self, tree: Any) -> Any:
        """Arguments with the nodes of tensors in their places."""
        if isinstance(tree, torch.Tensor):
            ref = Ref(self.node(tree))
            ref.truth = tree.dtype == torch.bool
            return ref
        return type(tree)(self.refs(part) for part in tree) if isinstance(tree, tuple | list) else tree

    def operation(self, operation: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """Run an operation of ATen and write what it computes, and what it writes in place."""
        given, said = self.arguments(str(operation), args, keywords)
        if name_of(operation) in VALUES and int(given[0]) in self.moving:
            raise refusal(TAKEN_OUT, self.program.place)
        others = decomposition(operation)
        if others is not None:
            self.origin = self.program.native
            with AtenMode(self):
                out = others(*args, **keywords)
            self.origin = ""
            return out
        start = len(self.program.nodes)
        out = operation(*args, **{key: _wide(value) for key, value in keywords.items()})
        into = keywords.get("out", args[0] if name_of(operation).endswith("_") else None)
        said.pop("out", None)
        self.settle(start, written(operation, AtenCall(self.program, given, tuple(args), out), said), out, into)
        return out

    def function(self, function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """The same for a Python function that PyTorch would take apart."""
        given, said = self.arguments(function.__name__, args, keywords)
        start = len(self.program.nodes)
        with self.paused():
            out = function(*args, **keywords)
        call = AtenCall(self.program, given, tuple(args), out)
        self.settle(start, FUNCTIONS[function.__name__](call, *given, **said), out, None)
        return out

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What runs within is not written."""
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before

    def arguments(
        self, native: str, args: Sequence[Any], keywords: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The nodes of what is passed, and from here on where it is."""
        self.program.native, self.program.place = self.origin or native, self.here()
        return self.refs(tuple(args)), {key: self.refs(value) for key, value in keywords.items()}

    def here(self) -> CalledAt | None:
        """The user's line that is running."""
        return called_at(_frames(), self.own)

    def settle(self, start: int, found: Any, out: Any, into: Any) -> None:
        """Tell of each tensor that came back which node it is, or of what was written into, that it is another now."""
        self.spread(start)
        tensors, nodes = [_listed(tree) for tree in ((out if into is None else into), found)]
        for tensor, node in zip(tensors, nodes, strict=False):
            if node is None or not isinstance(tensor, torch.Tensor):
                continue
            made = self.program.nodes[node]
            if (
                made.op == "unknown"
                and made.attributes["reason"] != RANDOM
                and self.program.known.keys() >= {*made.args}
            ):
                node = self.program.constant(tensor.detach().numpy())
            if not torch.is_grad_enabled() and node in self.moving:
                node = self.program.elementwise("stop", node)
            start = len(self.program.nodes) - 1
            if into is None:
                self.aliases.enter(tensor, node)
            else:
                self.aliases.write(tensor, node)
            self.spread(start)

    def spread(self, start: int) -> None:
        """Which nodes from `start` on move, and which follow from numbers that stand in the code."""
        for number, node in enumerate(self.program.nodes[start:], start):
            if self.moving.intersection(node.args):
                self.moving.add(number)
            if node.op not in ("leaf", "unknown") and self.program.known.keys() >= {*node.args}:
                self.program.known.setdefault(number, None)


class DoubleMode(TorchDispatchMode):
    """Whatever code asks for, floats are float64."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """To be told to skip this, PyTorch would first import its compiler, which takes three seconds."""
        return False

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return operation(*args, **{key: _wide(value) for key, value in (kwargs or {}).items()})


class ProcessorMode(TorchFunctionMode):
    """Whatever code asks for, arrays are where all others are."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, kwargs = getattr(function, "__name__", ""), kwargs or {}
        if name == "cuda":
            return args[0]
        if name == "to":
            args = tuple(_here(value) for value in args)
        return function(*args, **{key: _here(value) if key == "device" else value for key, value in kwargs.items()})


class AtenMode(DoubleMode):
    """Every operation of ATen that runs is recorded."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.recording = recording

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self.recording.quiet:
            return super().__torch_dispatch__(operation, types, args, kwargs)
        return self.recording.operation(operation, args, kwargs or {})


class FunctionMode(TorchFunctionMode):
    """Functions that say more than the operations that they are made of are recorded as they are."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.recording = recording

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, kwargs = getattr(function, "__name__", ""), kwargs or {}
        if name in SHOWN:
            with self.recording.paused():
                return function(*args, **kwargs)
        if (
            name in LEAVING
            and isinstance(args[0], torch.Tensor)
            and self.recording.node(args[0]) in self.recording.moving
        ):
            raise refusal(LEAVING[name], self.recording.here())
        # Within torch.vmap a tensor has an axis that is not seen here.
        here = name in FUNCTIONS and torch._C._functorch.maybe_current_level() is None
        if here and (name != "einsum" or speaks_for_itself(args[0], args[1:])):
            return self.recording.function(function, args, kwargs)
        return function(*args, **kwargs)


def run(function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any], own: frozenset[str]) -> Any:
    """What the user's code gives back. Raises CodeError with the line of an error in it."""
    with failing_at(own, _remedy):
        return function(*args, **keywords)


def refusal(why: str, place: CalledAt | None) -> CodeError:
    """That code cannot be followed beyond a line of it."""
    return CodeError(Problem("E_VALUE", why, source_of(place)))


STEP = "if this takes a sequence, give the step alone"
HINTS = (
    ("required positional argument", "name each with --make, or give its shape with --input or --state"),
    ("not enough values to unpack", STEP),
    ("Dimension out of range", STEP),
    ("too many indices", STEP),
)
"""Words of an error, and what to do."""


def _remedy(error: Exception) -> tuple[str, str]:
    said = " ".join(str(error).split())
    hint = next((f"; {hint}" for words, hint in HINTS if words in said), "")
    return "E_RAISED", f"{type(error).__name__}: {said}{hint}"


def _frames() -> Iterator[tuple[str, int]]:
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code is not run.__code__:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _here(value: Any) -> Any:
    """The processor in the place of an accelerator."""
    return "cpu" if isinstance(value, str | torch.device) and str(value).startswith(("cuda", "mps")) else value


def _wide(value: Any) -> Any:
    return torch.float64 if value in NARROW else value


def _listed(tree: Any) -> list[Any]:
    return list(tree) if isinstance(tree, tuple | list) else [tree]
