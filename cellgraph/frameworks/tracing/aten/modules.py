"""Modules of PyTorch as they are asked for: made at given sizes, in evaluation and float64."""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch
from torch.func import functional_call
from torch.nn.utils.stateless import _reparametrize_module

from cellgraph.errors import CodeError, Problem
from cellgraph.frameworks.tracing.asked import Asked, constructor
from cellgraph.frameworks.tracing.aten.recording import DoubleMode, ProcessorMode, run
from cellgraph.frameworks.tracing.failures import source_of
from cellgraph.frameworks.tracing.places import own_files
from cellgraph.imports.traced import CalledAt

Tensor = Any

PYTORCH = str(Path(torch.__file__).parent)


@dataclass(frozen=True)
class Made:
    """A step of the user's code that can be called.

    :called: what is called
    :module: the module that it belongs to; None for a function
    :kept:   arrays that it keeps and does not learn, by native name
    :own:    the files that define it
    """

    called: Callable[..., Any]
    module: Any
    kept: Mapping[str, Tensor]
    own: frozenset[str]

    @property
    def learned(self) -> dict[str, Tensor]:
        """Its parameters by native name; one that stands in two places has the first name."""
        named = self.module.named_parameters() if self.module is not None else ()
        return {name: tensor for name, tensor in named if tensor.requires_grad}


def unwrapped(target: Any) -> Any:
    """What is within torch.compile and DataParallel."""
    for name in ("_orig_mod", "_torchdynamo_orig_callable"):
        target = getattr(target, name, target)
    parallel = isinstance(target, torch.nn.DataParallel | torch.nn.parallel.DistributedDataParallel)
    return unwrapped(target.module) if parallel else target


def remade(module: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What an object would be made with: its attributes that have the names of the parameters of its constructor.

    given: what is known of them, which goes first. Raises CodeError where one is missing.
    """
    found, missing = dict(given), []
    for name, parameter in inspect.signature(type(module)).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if name in given:
            continue
        if hasattr(module, name) and not isinstance(getattr(module, name), torch.nn.Module | torch.Tensor):
            found[name] = getattr(module, name)
        elif parameter.default is parameter.empty:
            missing.append(name)
    if "bias" in found and not isinstance(found["bias"], bool):
        found["bias"] = found["bias"] is not None
    if missing:
        words = (
            "an object cannot be made again at other sizes, since it does not keep what it was made with"
            f" ({', '.join(missing)}): give its class, and these with --make"
        )
        raise problem("E_OBJECT", words, type(module))
    return found


def files_of(target: Any) -> frozenset[str]:
    """The files that define the user's code: of PyTorch only that of the class itself."""
    made = type(target) if isinstance(target, torch.nn.Module) else target
    files = own_files(made)
    others = frozenset(file for file in files if not file.startswith(PYTORCH))
    return others or (
        files & {sys.modules[made.__module__].__file__ or ""} if made.__module__ in sys.modules else files
    )


def problem(code: str, message: str, target: Any) -> CodeError:
    """What is wrong with the user's code as a whole, at its first line."""
    try:
        file, line = inspect.getsourcefile(target), inspect.getsourcelines(target)[1]
    except (OSError, TypeError):
        file, line = str(target), 0
    text = linecache.getline(file or "", line).strip()
    return CodeError(Problem(code, message, source_of(CalledAt(file or "", line, text))))


def made(asked: Asked, sizes: Mapping[str, int]) -> Made:
    """The user's code at these sizes. Raises CodeError."""
    target = unwrapped(asked.target)
    arguments = constructor(asked, sizes)
    if isinstance(target, torch.nn.Module):
        arguments, target = remade(target, arguments), type(target)
    if not inspect.isclass(target):
        return Made(target, None, {}, files_of(target))
    with in_double(), seeded():
        try:
            module = run(target, (), arguments, files_of(target))
        except CodeError as error:
            if error.problems[0].source.file:
                raise
            raise problem(error.problems[0].code, error.problems[0].message, target) from error
        module = unwrapped(module)
        module.train(False).double()
    for owner, _, name, tensor in _plain(module):
        if tensor.is_floating_point():
            setattr(owner, name, tensor.double())
    kept = dict(module.named_buffers())
    kept |= {name: tensor for name, tensor in module.named_parameters() if not tensor.requires_grad}
    kept |= {path: tensor for _, path, _, tensor in _plain(module)}
    if asked.method:
        module.forward = getattr(module, asked.method)
    return Made(module, module, kept, files_of(module))


@contextmanager
def seeded() -> Iterator[None]:
    """What a constructor draws, such as a reservoir, is the same each time; other random numbers go on as before."""
    before = numpy.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        numpy.random.seed(0)
        try:
            yield
        finally:
            numpy.random.set_state(before)


def with_weights(step: Made, weights: Mapping[str, Tensor], args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """What a call gives back with these arrays in the places of its parameters, through which gradients pass."""
    if step.module is None:
        return step.called(*args, **keywords)
    if not isinstance(step.module, torch.jit.ScriptModule):
        return functional_call(step.module, dict(weights), args, dict(keywords))
    if not hasattr(step.module, "_c"):  # TorchScript is switched off, and what it would compile still has its class
        with _reparametrize_module(step.module, dict(weights), tie_weights=True):
            return step.called(*args, **keywords)
    for name, tensor in weights.items():
        owner, _, inner = name.rpartition(".")
        step.module.get_submodule(owner)._c.setattr(inner, tensor)
    return step.called(*args, **keywords)


@contextmanager
def in_double() -> Iterator[None]:
    """Floats that the code makes are float64, and modules take the way that can be followed.

    On one thread, since several wait for each other longer than they compute.
    """
    before, fast = torch.get_default_dtype(), torch.backends.mha.get_fastpath_enabled()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with DoubleMode(), ProcessorMode():
            yield
    finally:
        torch.set_default_dtype(before)
        torch.set_num_threads(threads)
        torch.backends.mha.set_fastpath_enabled(fast)


def _plain(module: Any) -> Iterator[tuple[Any, str, str, Tensor]]:
    """Tensors that are attributes of modules and nothing else: whose, native name, name, tensor."""
    for path, owner in module.named_modules():
        for name, value in vars(owner).items():
            if isinstance(value, torch.Tensor):
                yield owner, f"{path}.{name}".lstrip("."), name, value
