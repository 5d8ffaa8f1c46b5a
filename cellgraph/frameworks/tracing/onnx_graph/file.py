"""A file of ONNX: its graph, which of its arrays are learned, and its numbers as expressions in sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy
import onnx
import sympy as sp
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import inliner, numpy_helper

from cellgraph.errors import CodeError, Problem, Source
from cellgraph.frameworks.tracing.asked import Array
from cellgraph.graph import size

LARGEST = 2**30
"""The most bytes of a file that is read."""
MULTIPLES = (2, 3, 4, 5, 6, 8, 10, 12)
LETTERS = "pqrkdejl"
"""Names of sizes after those of the input and of the state."""


@dataclass(frozen=True)
class OnnxFile:
    """A graph with its own sizes.

    :shapes: of its inputs, in order, without the batch
    :sizes:  what each size is in this file, by the name of a dim
    :batch:  the number of samples that it is made for, 0 for any; None where there is no axis for them
    """

    path: str
    model: Any = field(repr=False, compare=False)
    shapes: Mapping[str, tuple[int, ...]]
    sizes: Mapping[str, int]
    batch: int | None

    @cached_property
    def held(self) -> dict[str, Array]:
        """Every array that the file holds, by name."""
        return arrays_of(self.model)

    @cached_property
    def learned(self) -> dict[str, Array]:
        """Arrays of several real numbers: a file does not say which of them are learned. Statistics are not."""
        found = {name: array for name, array in self.held.items() if array.dtype.kind == "f" and array.size > 1}
        return {name: array for name, array in found.items() if name not in self.statistics}

    @cached_property
    def statistics(self) -> dict[str, Array]:
        """Means and variances of batches that the file holds."""
        norms = [node for node in self.model.graph.node if node.op_type == "BatchNormalization"]
        return {name: self.held[name] for node in norms for name in node.input[3:5] if name in self.held}

    def expression(self, number: int) -> sp.Expr | int:
        """What a number of the file is in its sizes: n, 4n, m + n, m n; else the number."""
        return self._known.get(number, number)

    def at(self, number: int, sizes: Mapping[str, int]) -> int:
        """What a number of the file is at other sizes."""
        found = self.expression(abs(number))
        if isinstance(found, int) or dict(sizes) == dict(self.sizes):
            return number
        return (-1 if number < 0 else 1) * int(found.subs({size(name): n for name, n in sizes.items()}))

    @cached_property
    def _known(self) -> dict[int, sp.Expr]:
        own = [(number, size(name)) for name, number in self.sizes.items()]
        found: dict[int, sp.Expr] = {}
        for number, expression in _simple(own):
            if number > 1:
                found.setdefault(number, expression)
        return found


def _simple(own: Sequence[tuple[int, sp.Symbol]]) -> Iterator[tuple[int, sp.Expr]]:
    """Numbers that are made of sizes, the simplest first."""
    pairs = list(combinations(own, 2))
    yield from own
    yield from ((k * number, k * s) for k in MULTIPLES for number, s in own)
    yield from ((a + b, s + t) for (a, s), (b, t) in pairs)
    yield from ((k * (a + b), k * (s + t)) for k in MULTIPLES for (a, s), (b, t) in pairs)
    yield from ((a * b, s * t) for (a, s), (b, t) in pairs)


def opened(path: str, states: Sequence[str] = (), letters: str = LETTERS) -> OnnxFile:
    """A file that holds one step. Raises CodeError for what cannot be read, with what to do.

    :states:  those of its inputs that are states, whose sizes are called n
    :letters: for sizes other than m and n; what has none is a number
    """
    model = loaded(path)
    shapes = {value.name: _axes(path, value) for value in inputs_of(model)}
    if not shapes:
        raise wrong(path, "its graph has no inputs: there is no step in it")
    first = {axes[0] if axes else None for axes in shapes.values()}
    batched = len(first) == 1 and all(len(axes) > 1 for axes in shapes.values())
    own = {name: axes[batched:] for name, axes in shapes.items()}
    undecided = [name for name, axes in own.items() if any(isinstance(axis, str) for axis in axes)]
    if undecided:
        fix = "give numbers to all axes but that of the batch: python -m onnxruntime.tools.make_dynamic_shape_fixed"
        raise wrong(path, f"the sizes of {', '.join(undecided)} are open; {fix}")
    batch = next(iter(first))
    samples = (batch if isinstance(batch, int) else 0) if batched else None
    numbers = {name: tuple(int(axis) for axis in axes) for name, axes in own.items()}
    return OnnxFile(path, model, numbers, _sizes(numbers, states, letters), samples)


def inputs_of(model: Any) -> list[Any]:
    """The inputs of a graph; older files list arrays that they hold among them."""
    held = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in held]


def arrays_of(model: Any) -> dict[str, Array]:
    """Every array that a model holds, by name."""
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    constants = [node for node in model.graph.node if node.op_type == "Constant"]
    return found | {node.output[0]: _constant(node) for node in constants}


def _sizes(shapes: Mapping[str, tuple[int, ...]], states: Sequence[str], letters: str) -> dict[str, int]:
    """A letter for each number in the shapes of inputs and states: m of the first input, n of the first state."""
    named: dict[int, str] = {}
    free = iter(letters)
    fed = [shape for name, shape in shapes.items() if name not in states]
    for usual, group in (("n", [shapes[name] for name in states]), ("m", fed)):
        for number in (number for shape in group for number in shape[::-1] if number > 1):
            if number not in named and (letter := usual if usual not in named.values() else next(free, "")):
                named[number] = letter
    return dict(sorted((letter, number) for number, letter in named.items()))


def loaded(path: str) -> Any:
    """The model of a file, its functions written out. Raises CodeError for what is none."""
    place = Path(path)
    if not place.is_file():
        raise wrong(path, "there is no such file")
    if place.stat().st_size > LARGEST:
        raise wrong(path, "it is larger than a gigabyte: a step that is read holds one cell")
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model)
        return inliner.inline_local_functions(model)
    except DecodeError:
        raise wrong(path, "it is no model of ONNX, or is damaged") from None
    except FileNotFoundError as missing:
        raise wrong(
            path, f"its weights lie in another file, which is missing: {Path(missing.filename or '').name}"
        ) from None
    except onnx.checker.ValidationError as error:
        raise wrong(path, f"it is no valid model of ONNX: {str(error).strip().partition(chr(10))[0]}") from None


def _axes(path: str, value: Any) -> tuple[int | str, ...]:
    """The axes of an input: numbers, and words for those that are open."""
    if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
        raise wrong(path, f"the input {value.name} is no array with a shape")
    axes = value.type.tensor_type.shape.dim
    return tuple(axis.dim_value if axis.HasField("dim_value") else axis.dim_param or "?" for axis in axes)


def _constant(node: Any) -> Array:
    """The array of a node Constant."""
    (said,) = node.attribute
    value = onnx.helper.get_attribute_value(said)
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return numpy.asarray(value, "float32" if isinstance(value, float) or "float" in said.name else "int64")


def wrong(path: str, message: str, line: int = 0, text: str = "") -> CodeError:
    """What is wrong with a file; line: the number of a node."""
    return CodeError(Problem("E_ONNX", message, Source(path, line, 0, text)))
