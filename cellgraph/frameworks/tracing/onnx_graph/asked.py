"""What to ask about a file of ONNX: which of its inputs are states, and which of its outputs these become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cellgraph.errors import CodeError
from cellgraph.frameworks.importing.usual_names import is_state, short
from cellgraph.frameworks.tracing.asked import Asked
from cellgraph.frameworks.tracing.onnx import traced
from cellgraph.frameworks.tracing.onnx_graph.file import OnnxFile, inputs_of, loaded, opened, wrong


@dataclass(frozen=True)
class OnnxQuestion:
    """What is asked about a file, and at which sizes it runs.

    :sizes: by the name of a dim
    :batch: the number of samples, 0 for any; None where there is no axis for them
    """

    asked: Asked
    sizes: Mapping[str, int]
    batch: int | None


def asked_of(path: str, becomes: Mapping[str, str] | None = None) -> OnnxQuestion:
    """The question about a file of one step. becomes: input that is a state -> output that it becomes, if not guessed.

    Raises CodeError for a file that cannot be read, and where no output is a state after the step.
    """
    model = loaded(path)
    after = dict(becomes) if becomes is not None else _becomes(inputs_of(model), model.graph.output)
    if not after:
        raise wrong(path, "no output has the shape of an input: a cell hands a state on")
    first = _question(opened(path, tuple(after)), after)
    # That a file can be read at no other sizes is often because a number in it is a size only by chance.
    fewer = _question(opened(path, tuple(after), ""), after)
    return first if _elsewhere(first) or not _elsewhere(fewer) else fewer


def _question(file: OnnxFile, after: Mapping[str, str]) -> OnnxQuestion:
    outputs = [output.name for output in file.model.graph.output]
    names = _names([*file.shapes])
    shapes = {names[name]: tuple(file.expression(k) for k in shape) for name, shape in file.shapes.items()}
    states = {names[name]: shapes[names[name]] for name in file.shapes if name in after}
    fed = {name: shape for name, shape in shapes.items() if name not in states}
    made = {output: names[state] for state, output in after.items()}
    shown = next((name for name in outputs if name not in made), "")
    returns = ", ".join(made.get(name, "y" if name == shown else "_") for name in outputs)
    return OnnxQuestion(Asked(file, {}, fed, states, returns, call=tuple(names.values())), file.sizes, file.batch)


def _elsewhere(question: OnnxQuestion) -> bool:
    """Whether a file can be read at sizes that are not its own, with states of the same shapes after as before."""
    asked = question.asked
    sizes = {name: 2 * number + 6 for name, number in question.sizes.items()}
    try:
        trace = traced(asked, sizes, None if question.batch is None else question.batch + 3)
    except (ValueError, IndexError, KeyError, CodeError):
        return False
    return all(trace.nodes[node].shape == trace.nodes[trace.states[name]].shape for name, node in trace.after.items())


def _names(inputs: list[str]) -> dict[str, str]:
    """A name that a spec can have for each input, each once."""
    found: dict[str, str] = {}
    for name in inputs:
        own = short(name.rpartition("/")[2].replace(".", "_").replace(":", "_"))
        own = own if own.isidentifier() and own != "y" else "x"
        numbered = (own if k == 1 else f"{own}_{k}" for k in range(1, len(inputs) + 2))
        found[name] = next(other for other in numbered if other not in found.values())
    return found


def _becomes(inputs: Sequence[Any], outputs: Sequence[Any]) -> dict[str, str]:
    """States and what they become: by alike names, then those that sound like states, else all but the first."""
    shape = {value.name: _shape(value) for value in (*inputs, *outputs)}
    named = [value.name for value in inputs]
    found: dict[str, str] = {}

    def pair(states: Iterable[str], alike: Callable[[str, str], bool]) -> None:
        for state in states:
            free = [o.name for o in outputs if o.name not in found.values() and _fits(shape[o.name], shape[state])]
            match = next((output for output in free if alike(state, output)), None)
            if match is not None and state not in found:
                found[state] = match

    pair(named, lambda state, output: short(state) == short(output))
    pair(filter(is_state, named), lambda state, output: True)
    if not found:
        pair(named[1:], lambda state, output: True)
    return {name: found[name] for name in named if name in found}


def _fits(output: Sequence[int], state: Sequence[int]) -> bool:
    """Whether two shapes can be the same; 0 is what is not told."""
    return len(output) == len(state) and all(a == b or 0 in (a, b) for a, b in zip(output, state, strict=True))


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim)
