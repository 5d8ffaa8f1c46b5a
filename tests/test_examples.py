"""Examples: every public name has one, and what docstrings and documents say comes out does come out."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType

import pytest

import cellgraph as cg
from cellgraph.implementations.implementation import Implementation
from cellgraph.views.pictures.draw import Picture

ROOT = Path(__file__).parent.parent
RESULTS = (Implementation, Picture)
"""What public functions give that users call methods of, beside the classes that are public themselves."""
MEMBERS = (FunctionType, staticmethod, classmethod, property, cached_property)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
LIBRARY = re.compile(r">>> import (torch|jax|keras|onnx)\b")
"""In an example: a library that it needs, which is not there everywhere."""
STATED = re.compile(r"(?P<code>.*?\S) +# (?P<value>-?[\d.]+)(?:$|:|：| )")
"""A line of Python whose comment begins with the number that comes out."""


def public() -> Iterator[tuple[str, object]]:
    """Every public name, and every public method and property of a public class."""
    named = [(name, getattr(cg, name)) for name in cg.__all__]
    for name, thing in [*named, *((kind.__name__, kind) for kind in RESULTS)]:
        yield name, thing
        for member, value in vars(thing).items() if inspect.isclass(thing) else ():
            if isinstance(value, MEMBERS) and not member.startswith("_"):
                yield f"{name}.{member}", value


def there(text: str) -> bool:
    """Whether every library that the examples in a text import is installed: tests/libraries run the others."""
    return all(find_spec(name) for name in LIBRARY.findall(text))


def documented() -> list[Path]:
    """The modules with examples in their docstrings."""
    return [path for path in sorted((ROOT / "cellgraph").rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]


def test_every_public_name_has_an_example() -> None:
    documents = {name: getattr(thing, "__doc__", None) or "" for name, thing in public()}
    assert len(documents) > 50
    assert [name for name, document in documents.items() if ">>> import cellgraph as cg" not in document] == []


@pytest.mark.parametrize("path", documented(), ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_print_what_they_say(path: Path) -> None:
    parser, runner, told = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS), list[str]()
    left = 0
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        text = ast.get_docstring(node) if isinstance(node, kinds) else None
        if text and not there(text):
            left += 1
        elif text and ">>> " in text:
            name, line = getattr(node, "name", path.stem), getattr(node, "lineno", 1)
            runner.run(parser.get_doctest(text, {**vars(module)}, name, str(path), line), out=told.append)
    assert runner.tries + left > 0
    assert "".join(told) == ""


@pytest.mark.parametrize("file", ["README.md", "README.zh.md", "docs/start.md", "docs/notebooks.md"])
def test_python_in_documents_gives_the_numbers_beside_it(file: str) -> None:
    import numpy

    text = (ROOT / file).read_text(encoding="utf-8")
    [block] = re.findall(r"```python\n(import cellgraph.*?)```", text, re.DOTALL)
    step = cg.load("lstm").step
    sizes = {"m": 3, "n": 5}
    arrays = {q.symbol.name: numpy.zeros([sizes[str(size)] for size in q.shape or ()]) for q in step.leaves}
    known = {"numpy": numpy, "arrays": arrays}
    exec(block, known)
    stated = [found for line in block.splitlines() if (found := STATED.match(line))]
    assert [eval(found["code"], known) for found in stated] == [float(found["value"]) for found in stated]
    assert len(stated) == (0 if "notebooks" in file else 2)
