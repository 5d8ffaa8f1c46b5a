"""How long the way of a command is: a reader who follows it has no more than so many functions to read."""

from __future__ import annotations

from pathlib import Path

from walk import walk


def test_the_walk_of_drawing_is_short(tmp_path: Path) -> None:
    functions, files = walk(["draw", "lstm", "-o", str(tmp_path / "lstm.svg")])
    assert len(functions) <= 360
    assert len(files) <= 54


def test_counting_parameters_enters_few_functions_and_files() -> None:
    functions, files = walk(["params", "lstm"])
    assert len(functions) <= 180
    assert len(files) <= 35
