"""Whose code is meant by FILE.py:NAME, package.module:NAME or FILE.py: the module is run, and the name looked up."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from cellgraph.errors import CellgraphError, CodeError, Problem, Source, listed, nearest
from cellgraph.frameworks.importing.arguments import signature
from cellgraph.frameworks.importing.libraries import BASES
from cellgraph.frameworks.importing.usual_names import is_state
from cellgraph.frameworks.tracing.failures import failing_at


def target_of(named: str) -> tuple[Any, str]:
    """What is meant by a target, and the method of it that is named behind a class: FILE.py:NAME.step.

    A file is run as it is when it is imported, in its own folder. Raises CellgraphError.
    """
    place, _, name = named.partition(":")
    module = module_of(place)
    if not name:
        return getattr(module, _only(module, place)), ""
    found: Any = module
    for count, part in enumerate(name.split("."), 1):
        inner = getattr(found, part, None)
        if inner is None:
            hint = nearest(part, vars(found)) or f"; there are {listed(candidates(module)) or 'none'}"
            raise CellgraphError(f"{place}: there is no '{'.'.join(name.split('.')[:count])}'{hint}")
        if isinstance(found, type) and inspect.isroutine(inner):
            return found, part
        found = inner
    return found, ""


def module_of(place: str) -> ModuleType:
    """The module of a file or of a dotted name, run."""
    # PyTorch asks for this when it is loaded: what TorchScript would compile stays Python, with lines and variables.
    os.environ.setdefault("PYTORCH_JIT", "0")
    if not place.endswith(".py"):
        sys.path.insert(0, os.getcwd())
        with failing_at(frozenset(), _loading):
            return importlib.import_module(place)
    path = Path(place).resolve()
    if not path.is_file():
        raise CellgraphError(f"{place}: there is no such file")
    dotted = _dotted(path)
    # A file finds those beside it, and data relative to itself.
    sys.path.insert(0, str(path.parents[dotted.count(".")]))
    os.chdir(path.parent)
    with failing_at(frozenset({str(path)}), _loading):
        if "." in dotted:
            return importlib.import_module(dotted)
        spec = importlib.util.spec_from_file_location(dotted, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[dotted] = module
        spec.loader.exec_module(module)
        return module


def _dotted(path: Path) -> str:
    """The name under which a file is imported: with its packages where it imports from them by dots."""
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        place = Source(str(path), error.lineno or 1, error.offset or 0, (error.text or "").rstrip("\n"))
        raise CodeError(Problem("E_SYNTAX", f"this is no Python: {error.msg}", place)) from None
    except ValueError:
        raise CellgraphError(f"{path}: this is no Python") from None
    levels = [node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    packages = path.parts[-1 - max(levels, default=0) : -1]
    return ".".join([*packages, path.stem])


def candidates(module: ModuleType) -> list[str]:
    """What a module defines that may be a cell: classes of a known library, else functions that take a state."""
    own = [(name, value) for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    classes = [name for name, value in own if isinstance(value, type) and BASES.keys() & set(_bases(value))]
    return classes or [name for name, value in own if inspect.isfunction(value) and _takes_state(value)]


def _bases(kind: type) -> Iterator[str]:
    yield from (f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)


def _takes_state(function: Any) -> bool:
    return any(is_state(parameter.name) for parameter in signature(function))


def _only(module: ModuleType, place: str) -> str:
    found = candidates(module)
    if len(found) == 1:
        return found[0]
    if not found:
        raise CellgraphError(f"{place}: no class here is one of a known library, and no function takes a state")
    raise CellgraphError(f"{place}: which of {listed(found)}? Say {place}:{found[0]}")


def _loading(error: Exception) -> tuple[str, str]:
    """What is told of an exception while a file is run."""
    if isinstance(error, ModuleNotFoundError):
        name = (error.name or "").partition(".")[0]
        return "E_MISSING", f"it imports {name}, which is not installed: pip install {name}"
    return "E_RUNNING", f"{type(error).__name__} while the file is run: {error}"
