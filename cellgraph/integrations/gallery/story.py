"""The story of the three cells that everyone knows, with the numbers and formulas that are derived for it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from cellgraph.derive.counts.params import Parameters, params
from cellgraph.derive.jacobians.jacobian import jacobian
from cellgraph.derive.jacobians.jacobian_report import jacobian_report
from cellgraph.drawing import draw
from cellgraph.graph import Cell
from cellgraph.integrations.gallery.comparison import compared, counted, sizes_of
from cellgraph.integrations.gallery.contents import LANGS, STORIES, SUFFIX, Contents, picture
from cellgraph.integrations.gallery.markdown import blocks, body, image, links_above, page
from cellgraph.integrations.gallery.measured import (
    PARTS,
    carried,
    forgetting,
    left,
    measured_chart,
    opening,
    orders,
    through,
)
from cellgraph.messages import Lang, listed, message
from cellgraph.ops import Derivative, Diag, StepProduct
from cellgraph.pages import page as interactive
from cellgraph.report import Formulas, Line
from cellgraph.spec import load
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.curves import curves
from cellgraph.views.markdown import HOSTED
from cellgraph.views.pictures.draw import Picture
from cellgraph.views.pictures.scene import Scene
from cellgraph.views.pictures.svg import svg

PLACE = re.compile(r"\{\{(?P<fact>\w+)(?P<words>(?:[^{}]|\{[^{}]*\})*)\}\}")
"""Where a text wants a fact: {{total lstm}}. In {{math ...}} stands LaTeX, which may have braces of its own."""
BIASES = (0, 1, 2, 3)
STEPS = 30


@dataclass(frozen=True)
class Story:
    """A story in one language: its name, and the cells that it tells of."""

    key: str
    lang: Lang
    cells: Mapping[str, Cell]

    def file(self, name: str) -> str:
        """Where a picture of the story is, seen from its page."""
        return f"{self.key}/{picture(name, self.lang)}"

    def picture(self, name: str) -> Picture:
        """One step of a cell."""
        return draw(self.cells[name], detail="operations", lang=self.lang)

    def curves(self, bias: int) -> Scene:
        """Measured gradients through time, the carry's gate with this bias."""
        return curves(replace(measured_chart(tuple(self.cells), bias), strips=()), self.lang)

    def written(self, value: Any) -> str:
        """A value within a sentence."""
        return values.written(value, HOSTED.style, self.lang)


def story_files(contents: Contents, key: str) -> dict[str, bytes]:
    """The story in both languages, its pictures in each, and an interactive page of all cells side by side."""
    cells = {name: load(contents.entry(name).spec) for name in STORIES[key]}
    found = {f"{key}.html": interactive(*cells.values()).encode("utf-8")}
    for lang in LANGS:
        story = Story(key, lang, cells)
        text = (files(__package__) / f"{key}{SUFFIX[lang]}").read_text(encoding="utf-8")
        found[f"{key}{SUFFIX[lang]}"] = page(links_above(lang, key, "../"), filled(text, story).rstrip())
        for bias in map(int, re.findall(r"\{\{curves (\d+)\}\}", text)):
            found[story.file(f"curves-{bias}")] = svg(story.curves(bias)).encode("utf-8")
        for name in cells:
            found[story.file(name)] = story.picture(name).svg.encode("utf-8")
    return {f"compare/{file}": data for file, data in found.items()}


def filled(text: str, story: Story) -> str:
    """The text with every fact in its place. Raises KeyError for a fact that there is not."""

    def fact(found: re.Match[str]) -> str:
        words = found["words"].strip()
        return FACTS[found["fact"]](story, *([words] if found["fact"] == "math" else words.split()))

    return PLACE.sub(fact, text)


@cache
def _params(name: str) -> Parameters:
    cell = load(name)
    return params(cell, None, 1, False, **sizes_of(cell))


def _total(name: str) -> int:
    total = _params(name).total
    assert total is not None, f"the story gives every size of {name}"
    return total


def _equations(story: Story, name: str) -> str:
    step = story.cells[name].step
    return blocks(story.lang, Formulas(tuple(Line(e.lhs, e.rhs) for e in step.equations), step))


def _block(story: Story, name: str, of: str, wrt: str) -> str:
    """One block of the one-step Jacobian."""
    found = jacobian(story.cells[name])
    block = next(b for b in found.blocks if b.of.name == of and b.wrt.name == f"{wrt}[t-1]")
    return blocks(story.lang, Formulas((Line(Derivative(block.of, block.wrt), block.sum),), found.cell.step))


def _bounds(story: Story, name: str) -> str:
    """The bounds on the norms of one step, without their reasons."""
    found = jacobian_report(jacobian(story.cells[name])).blocks
    formulas = (b for b in found if isinstance(b, Formulas) and b.title is not None)
    bounds = next(b for b in formulas if b.title is not None and b.title.template == "norm bounds of one step")
    lines = tuple(Line(k.left, k.right, relation=k.relation) for k in bounds.lines)
    return blocks(story.lang, Formulas(lines, bounds.graph))


def _carry(story: Story, name: str, how: str = "display") -> str:
    """The product of the carry's coefficients through T steps, for every carry of a cell."""
    found = jacobian(story.cells[name])
    products = [StepProduct(Diag(coefficient)) for _, coefficient in found.carry]
    if how == "inline":
        return story.written(listed(products))
    before, after = HOSTED.display
    return "\n".join([before, *(values.latex(product, found.cell.step) for product in products), after])


def _retention(story: Story) -> str:
    """What the carry keeps of a note, for a forget gate that stands at σ(bias)."""
    rows = []
    for bias in BIASES:
        kept = opening(bias)
        rows.append((bias, f"{kept:.4f}", f"{kept**STEPS:.2e}", f"{-math.log(2) / math.log(kept):.2f}"))
    columns = ("bias of the gate", "gate", "left after 30 steps", "half of it is left after (steps)")
    return blocks(story.lang, Table(message(""), columns, tuple(rows)))


def _forgetting(story: Story, bias: str) -> str:
    """What reaches the first step in each cell, with this bias of the gate on its carry."""
    found = {name: left(name, int(bias)) for name in story.cells}
    return story.written(forgetting(int(bias), found))


def _through(story: Story, name: str, bias: str) -> str:
    """Through what a gradient comes back that the carry alone does not bring."""
    start = int(bias)
    without = {part: left(name, start, part) for part in PARTS}
    return story.written(through(name, start, left(name, start), carried(name, start), without))


FACTS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "math": lambda story, latex: HOSTED.style.math(latex),
        "picture": lambda story, name: image(story.file(name), story.picture(name).diagram.description),
        "curves": lambda story, bias: image(story.file(f"curves-{bias}"), story.curves(int(bias)).description),
        "equations": _equations,
        "jacobian": _block,
        "bounds": _bounds,
        "carry": _carry,
        "paths": lambda story, name: str(sum(block.count for block in jacobian(story.cells[name]).blocks)),
        "matrices": lambda story, name: str(_params(name).matrices),
        "formula": lambda story, name: story.written(_params(name).formula),
        "total": lambda story, name: story.written(_total(name)),
        "ratio": lambda story, name, other: f"{_total(name) / _total(other):g}",
        "fewer": lambda story, name, other: f"{100 * (1 - _total(name) / _total(other)):g} %",
        "states": lambda story, name: story.written(listed(story.cells[name].carries.values())),
        "retention": _retention,
        "kept": lambda story, bias: f"{opening(int(bias)) ** STEPS:.1e}",
        "forgetting": _forgetting,
        "through": _through,
        "orders": lambda story, more, less, bias: str(orders(left(more, int(bias)), left(less, int(bias)))),
        "comparison": lambda story: body(compared(list(story.cells.values())), story.lang),
        "libraries": lambda story: body(counted(list(story.cells.values())), story.lang),
    }
)
"""What a text may ask for, by the word that it asks with."""
