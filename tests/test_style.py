"""Style and types are held like any other property: ruff and mypy find nothing, and every test can fail."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from laws import over

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join)
def test_nothing_to_find(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@cache
def functions() -> Mapping[str, ast.FunctionDef]:
    """Every function in the folder of tests, by its place."""
    return {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": node
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def calls(function: ast.FunctionDef) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a function by the last part of what is called: raises for pytest.raises."""
    for inner in ast.walk(function):
        if isinstance(inner, ast.Call):
            yield getattr(inner.func, "attr", getattr(inner.func, "id", "")), inner


def test_what_is_raised_is_matched() -> None:
    wrong = [
        place
        for place, function in functions().items()
        for name, call in calls(function)
        if name in ("raises", "warns") and "match" not in {keyword.arg for keyword in call.keywords}
    ]
    assert wrong == []


def test_no_test_asserts_nothing() -> None:
    """A test asserts by itself, compares with a golden file, expects an error, or calls a function that asserts."""
    called = {place: {name for name, _ in calls(function)} for place, function in functions().items()}
    own = {place for place, function in functions().items() if asserts(function, called[place])}
    asserting = {"golden", "raises", "check_schema"}
    while True:
        found = own | {place for place, names in called.items() if names & asserting}
        more = {functions()[place].name for place in found}
        if more <= asserting:
            break
        asserting |= more
    tests = {place for place, function in functions().items() if function.name.startswith("test_")}
    assert sorted(tests - found) == []


def asserts(function: ast.FunctionDef, called: Collection[str]) -> bool:
    """Whether a function has an `assert`, or calls one of those of NumPy."""
    return any(isinstance(node, ast.Assert) for node in ast.walk(function)) or any(
        name.startswith("assert_") for name in called
    )


def test_a_law_over_cases_is_broken_by_one_of_them() -> None:
    tried = []

    @over([(1, 2), (3, 4), (5, 6)])
    def law(first: int, second: int) -> None:
        tried.append(first)
        assert second != 4

    with pytest.raises(AssertionError, match="assert 4 != 4") as caught:
        law()
    assert caught.value.__notes__ == ["law, case (3, 4)"]
    assert tried == [1, 3]
    with pytest.raises(AssertionError, match="there is no case"):
        over([])(law)()
