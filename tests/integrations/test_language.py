"""The page about the language of specs: its tables are true, and everything that it shows loads and runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tables

import cellgraph as cg
from cellgraph.ops import FUNCTIONS, HEADS, OPERATORS, Head
from cellgraph.spec import problems_of_text
from cellgraph.spec.functions import standard
from cellgraph.spec.implementations import KEYS
from cellgraph.spec.sections import SECTIONS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "spec.md"
TEXT = PAGE.read_text(encoding="utf-8")
SHOWN = {text.split()[1]: text for text in re.findall(r"```yaml\n(name: .*?)```", TEXT, re.DOTALL)}
RECIPES = re.search(r"## Recipes\n.*?```yaml\n(?P<names>.*?)```(?P<table>.*?)\n\n(?!\|)A masked", TEXT, re.DOTALL)
assert RECIPES
NAMES = RECIPES["names"].rstrip()
SIZES = {"m": 4, "n": 5, "d": 3, "j": 2, "g": 2, "k": 6, "l": 7, "p": 6, "q": 8}
TABLES: dict[str, Callable[[], str]] = {
    "operations": tables.operations, "functions": tables.functions, "refused": tables.refused(NAMES),
}  # fmt: skip


def run(text: str, seed: int = 0) -> dict[str, Any]:
    """A step from random arrays, which stand beside what comes out."""
    cell, draw = cg.loads(text), np.random.default_rng(seed)
    numbers = {size: SIZES[str(size)] for size in cell.step.sizes}
    own = {q.symbol.name: [int(s.subs(numbers)) for s in q.shape or ()] for q in cell.step.leaves}
    arrays = {name: draw.normal(size=shape) for name, shape in own.items()}
    return {**arrays, **cg.step(cell, arrays, **{str(size): number for size, number in numbers.items()})}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_up_to_date(name: str, request: pytest.FixtureRequest) -> None:
    made = f"<!-- {name} -->\n{TABLES[name]()}\n<!-- /{name} -->"
    block = re.compile(f"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    if request.config.getoption("--overwrite"):
        now = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(block.sub(lambda _: made, now), encoding="utf-8")
    assert block.findall(PAGE.read_text(encoding="utf-8")) == [made]


def test_the_table_has_every_operation_and_every_function() -> None:
    shown = [row[:2] for rows in tables.EXAMPLES.values() for row in rows]
    assert len(set(shown)) == len(shown)
    heads = {type(tables.example(*row)[1].rhs) for row in shown}
    assert heads == {head for head in HEADS.values() if head.op.public}
    assert set(OPERATORS.values()) | set(FUNCTIONS.values()) < heads
    assert all(issubclass(head, Head) for head in heads)
    assert [name for name in standard() if f"| `{name}(" not in TEXT] == []


def test_the_reference_has_every_section_and_every_key_of_a_layout() -> None:
    assert [name for name in SECTIONS if f"`{name}`" not in TEXT.partition("## Names")[0]] == []
    layouts = (DOCS / "implementations.md").read_text(encoding="utf-8")
    assert [key for key in KEYS if f"`{key}`" not in layouts] == []


@pytest.mark.parametrize("name", SHOWN)
def test_every_spec_that_is_shown_is_in_order_and_runs(name: str) -> None:
    assert [problem.message for problem in problems_of_text(SHOWN[name])] == []
    assert all(np.isfinite(value).all() for value in run(SHOWN[name]).values())
    assert cg.gradient(cg.loads(SHOWN[name])).equations


def test_cells_that_are_named_as_examples_are_there() -> None:
    named = {name for line in re.findall("written so: (.*)", TEXT) for name in re.findall("`(.*?)`", line)}
    assert len(named) > 2
    assert named <= set(cg.cells())


def test_many_heads_are_one_head_each() -> None:
    made = run(SHOWN["delta-of-many"])
    one = cg.loads(SHOWN["delta"])
    outputs = []
    for j in range(SIZES["j"]):
        own = {name: made[name][j] for name in ("W_q", "W_k", "W_v", "w_b", "S[t-1]")}
        columns = made["W_o"][:, j * SIZES["n"] : (j + 1) * SIZES["n"]]
        member = cg.step(one, {**own, "x": made["x"], "W_o": columns})
        np.testing.assert_allclose(member["S"], made["S"][j], rtol=1e-12)
        outputs.append(member["y"])
    np.testing.assert_allclose(sum(outputs), made["y"], rtol=1e-12)


def test_what_is_forgotten_of_the_cache_is_the_oldest() -> None:
    text = SHOWN["cache"]
    cell, sizes = cg.loads(text), {"m": 4, "d": 3, "l": 3}
    draw = np.random.default_rng(1)
    fixed = {"W_q": draw.normal(size=(3, 4)), "W_k": draw.normal(size=(3, 4)), "W_v": draw.normal(size=(3, 4))}
    state, past = {"K[t-1]": np.zeros((3, 3)), "V[t-1]": np.zeros((3, 3)), "c[t-1]": np.zeros(3)}, []
    for _ in range(5):
        x = draw.normal(size=4)
        past = [x, *past][:3]
        made = cg.step(cell, {**fixed, **state, "x": x}, **sizes)
        state = {f"{name}[t-1]": made[name] for name in ("K", "V", "c")}
        scores = np.array([(fixed["W_k"] @ p) @ (fixed["W_q"] @ x) / np.sqrt(3) for p in past])
        weights = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(made["y"], sum(w * (fixed["W_v"] @ p) for w, p in zip(weights, past, strict=True)))


def softmax(x: Any, axis: int = -1) -> Any:
    powers = np.exp(x)
    return powers / powers.sum(axis, keepdims=True)


def heads(v: dict[str, Any]) -> Any:
    return v["r"].reshape(2, 3)


TRUE: dict[str, list[Callable[[dict[str, Any]], Any]]] = {
    "straight-through sign": [lambda v: np.sign(v["a"])],
    "log of the sum of exponentials": [lambda v: np.log(np.exp(v["a"]).sum())],
    "1 for the largest entry, else 0": [lambda v: v["a"] == v["a"].max()],
    "the largest entry of the softmax alone": [lambda v: np.where(v["a"] == v["a"].max(), softmax(v["a"]), 0)],
    "norm, variance": [lambda v: np.linalg.norm(v["a"]), lambda v: v["a"].var()],
    "cosine of two vectors": [lambda v: v["a"] @ v["b"] / np.linalg.norm(v["a"]) / np.linalg.norm(v["b"])],
    "quadratic form": [lambda v: np.einsum("i,ik,k", v["a"], v["A"], v["a"])],
    "numbers of the units: 0, 1, 2, ...": [lambda v: np.arange(5)],
    "entries in a circle: the last comes first": [lambda v: np.roll(v["a"], 1)],
    "members in a circle": [lambda v: np.roll(v["u"], 1, axis=0)],
    "the first two entries, else 0": [lambda v: v["a"] * [1, 1, 0, 0, 0]],
    "sums of rows, of columns": [lambda v: v["B"].sum(1), lambda v: v["B"].sum(0)],
    "$a_i + x_k$ for all pairs": [lambda v: v["a"][:, None] + v["x"]],
    "identity matrix": [lambda v: np.eye(5)],
    "lower triangle of a matrix": [lambda v: np.tril(v["A"])],
    "antisymmetric matrix times a": [lambda v: (v["A"] - v["A"].T) @ v["a"]],
    "diagonal matrix times a, times a matrix": [lambda v: v["b"] * v["a"], lambda v: np.diag(v["b"]) @ v["A"]],
    "low rank, tied weights": [lambda v: v["B"] @ v["B"].T @ v["a"]],
    "block-diagonal matrix, grouped projection": [lambda v: (v["G"] @ heads(v)[..., None]).ravel()],
    "a number for each group, times its part of a vector": [lambda v: np.repeat(v["g"], 3) * v["r"]],
    "softmax of each row of a family": [lambda v: softmax(v["u"])],
    "softmax of each column": [lambda v: softmax(v["u"], 0)],
}  # fmt: skip
"""What recipes are to compute, in NumPy."""


def test_recipes_compute_what_they_say() -> None:
    rows = re.findall(r"(?m)^\| (?!wanted|---)(.+?) \| (`.*`) \|$", RECIPES["table"])
    assert {wanted for wanted, _ in rows} == set(TRUE)
    for wanted, written in rows:
        codes = re.findall("`(.*?)`", written)
        for code, true in zip(codes, TRUE[wanted], strict=True):
            made = run(tables.SPEC.format(declared=NAMES, written=code))
            expected = np.broadcast_to(true(made), np.shape(made["y"]))
            np.testing.assert_allclose(made["y"], expected, rtol=1e-7, atol=1e-9)
