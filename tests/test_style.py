"""Style and types are held like any other property: ruff and mypy find nothing, and every test can fail."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join)
def test_nothing_to_find(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function in the folder of tests, with its place."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def called(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a function by the last part of what is called: raises for pytest.raises."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            yield getattr(inner.func, "attr", getattr(inner.func, "id", "")), inner


def test_what_is_raised_is_matched() -> None:
    wrong = [
        place
        for place, function in functions()
        for name, call in called(function)
        if name in ("raises", "warns") and "match" not in {keyword.arg for keyword in call.keywords}
    ]
    assert wrong == []


def test_no_test_asserts_nothing() -> None:
    """A test asserts by itself, compares with a golden file, expects an error, or calls a function that asserts."""
    known = dict(functions())
    asserting = {"golden", "raises", "check_schema"}
    while True:
        more = {function.name for function in known.values() if asserts(function, asserting)}
        if more <= asserting:
            break
        asserting |= more
    tests = [(place, function) for place, function in known.items() if function.name.startswith("test_")]
    assert [place for place, function in tests if not asserts(function, asserting)] == []


def asserts(function: ast.FunctionDef, asserting: set[str]) -> bool:
    """Whether a function has an `assert`, or calls one of these or one of those of NumPy."""
    calls = {name for name, _ in called(function)}
    return (
        any(isinstance(node, ast.Assert) for node in ast.walk(function))
        or any(name.startswith("assert_") for name in calls)
        or bool(calls & asserting)
    )
