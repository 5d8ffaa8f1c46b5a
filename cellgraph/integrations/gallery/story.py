"""The story of the three cells that everyone knows, with the numbers and formulas that are derived for it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from cellgraph.chart import Chart
from cellgraph.graph import Cell
from cellgraph.integrations.gallery.comparison import SIZES, top
from cellgraph.integrations.gallery.contents import LANGS, STORIES, SUFFIX, Contents
from cellgraph.integrations.gallery.markdown import body, described, image, page
from cellgraph.report import Formulas, Line, Report
from cellgraph.spec import load
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.markdown import HOSTED
from cellgraph.views.pictures.scene import Scene
from cellgraph.views.pictures.svg import svg
from cellgraph.words import Lang, Message, listed, message

PLACE = re.compile(r"\{\{(?P<fact>\w+)(?P<words>(?:[^{}]|\{[^{}]*\})*)\}\}")
"""Where a text wants a fact: {{total lstm}}. In {{math ...}} stands LaTeX, which may have braces of its own."""
BIASES = (0, 1, 2, 3)
STEPS = 30
LONG, RUNS = 60, 3
"""Steps and runs of the measured curves."""


@dataclass(frozen=True)
class Told:
    """A cell that a story tells of."""

    cell: Cell

    @property
    def sizes(self) -> dict[str, int]:
        """The sizes of the story, so far as the cell has them."""
        return {name: value for name, value in SIZES.items() if name in self.cell.dims}

    @cached_property
    def counted(self) -> Any:
        """Its parameters at these sizes."""
        from cellgraph.derive.counts.params import params

        return params(self.cell, None, 1, False, **self.sizes)

    @cached_property
    def jacobian(self) -> Any:
        """How a step depends on the one before."""
        from cellgraph.derive.jacobians.jacobian import jacobian

        return jacobian(self.cell)


Cells = Mapping[str, Told]


def story_files(contents: Contents, key: str) -> dict[str, bytes]:
    """The story in both languages, and its pictures in each."""
    cells = {name: Told(load(contents.entry(name).spec)) for name in STORIES[key]}
    found: dict[str, bytes] = {}
    for lang in LANGS:
        text = (files(__package__) / f"{key}{SUFFIX[lang]}").read_text(encoding="utf-8")
        found[f"compare/{key}{SUFFIX[lang]}"] = page(top(key, lang), filled(text, key, cells, lang).rstrip())
        for bias in map(int, re.findall(r"\{\{curves (\d+)\}\}", text)):
            found[_curves_path(key, bias, lang)] = svg(_measured(cells, bias, lang)).encode("utf-8")
        for name, told in cells.items():
            found[_picture_path(key, name, lang)] = _drawn(told.cell, lang).svg.encode("utf-8")
    return found | {f"compare/{key}.html": _together(cells)}


def _together(cells: Cells) -> bytes:
    """The interactive page of all cells side by side; each has one of its own beside its page."""
    from cellgraph.pages import page as interactive

    return interactive(*(told.cell for told in cells.values())).encode("utf-8")


def filled(text: str, key: str, cells: Cells, lang: Lang) -> str:
    """The text with every fact in its place. Raises KeyError for a fact that there is not."""

    def fact(found: re.Match[str]) -> str:
        return FACTS[found["fact"]](cells, lang, key, *_arguments(found))

    return PLACE.sub(fact, text)


def _arguments(found: re.Match[str]) -> list[str]:
    return [found["words"].strip()] if found["fact"] == "math" else found["words"].split()


def _drawn(cell: Cell, lang: Lang) -> Any:
    from cellgraph.drawing import draw

    return draw(cell, detail="operations", lang=lang)


def _picture_path(key: str, name: str, lang: Lang) -> str:
    return f"compare/{key}/{name}{'' if lang == 'en' else '.zh'}.svg"


def _written(value: Any, lang: Lang) -> str:
    return values.written(value, HOSTED.style, lang)


def _shown(block: Formulas | Table | Message, lang: Lang) -> str:
    return body(Report(message(""), (block,)), lang)


def _math(cells: Cells, lang: Lang, key: str, latex: str) -> str:
    return HOSTED.style.math(latex)


def _picture(cells: Cells, lang: Lang, key: str, name: str) -> str:
    target = _picture_path(key, name, lang).removeprefix("compare/")
    return image(target, described(_drawn(cells[name].cell, lang)))


def _equations(cells: Cells, lang: Lang, key: str, name: str) -> str:
    step = cells[name].cell.step
    return _shown(Formulas(tuple(Line(e.lhs, e.rhs) for e in step.equations), step), lang)


def _jacobian(cells: Cells, lang: Lang, key: str, name: str, of: str, wrt: str) -> str:
    from cellgraph.ops import Derivative

    found = cells[name].jacobian
    block = next(b for b in found.blocks if b.of.name == of and b.wrt.name == f"{wrt}[t-1]")
    return _shown(Formulas((Line(Derivative(block.of, block.wrt), block.sum),), found.cell.step), lang)


def _bounds(cells: Cells, lang: Lang, key: str, name: str) -> str:
    from cellgraph.derive.jacobians.jacobian_report import jacobian_report

    blocks = jacobian_report(cells[name].jacobian).blocks
    titled = (b for b in blocks if isinstance(b, Formulas) and b.title is not None)
    bounds = next(b for b in titled if b.title is not None and b.title.template == "norm bounds of one step")
    return _shown(Formulas(tuple(Line(k.left, k.right, relation=k.relation) for k in bounds.lines), bounds.graph), lang)


def _carry(cells: Cells, lang: Lang, key: str, name: str, how: str = "display") -> str:
    from cellgraph.ops import Diag, StepProduct

    found = cells[name].jacobian
    products = [StepProduct(Diag(coefficient)) for _, coefficient in found.carry]
    if how == "inline":
        return _written(listed(products), lang)
    before, after = HOSTED.display
    return "\n".join([before, *(values.latex(product, found.cell.step) for product in products), after])


def _paths(cells: Cells, lang: Lang, key: str, name: str) -> str:
    return str(sum(block.count for block in cells[name].jacobian.blocks))


def _matrices(cells: Cells, lang: Lang, key: str, name: str) -> str:
    return str(cells[name].counted.data["matrices"])


def _formula(cells: Cells, lang: Lang, key: str, name: str) -> str:
    return _written(cells[name].counted.formula, lang)


def _total(cells: Cells, lang: Lang, key: str, name: str) -> str:
    return _written(cells[name].counted.total, lang)


def _ratio(cells: Cells, lang: Lang, key: str, name: str, other: str) -> str:
    return f"{cells[name].counted.total / cells[other].counted.total:g}"


def _fewer(cells: Cells, lang: Lang, key: str, name: str, other: str) -> str:
    return f"{100 * (1 - cells[name].counted.total / cells[other].counted.total):g} %"


def _states(cells: Cells, lang: Lang, key: str, name: str) -> str:
    return _written(listed(cells[name].cell.carries.values()), lang)


def _retention(cells: Cells, lang: Lang, key: str) -> str:
    """What the carry keeps of a note, for a forget gate that stands at σ(bias)."""
    rows = []
    for bias in BIASES:
        kept = 1 / (1 + math.exp(-bias))
        rows.append((bias, f"{kept:.4f}", f"{kept**STEPS:.2e}", f"{-math.log(2) / math.log(kept):.2f}"))
    columns = ("bias of the gate", "gate", "left after 30 steps", "half of it is left after (steps)")
    return _shown(Table(message(""), columns, tuple(rows)), lang)


@cache
def _chart(names: tuple[str, ...], bias: int) -> Chart:
    """Measured gradients through time, the carry's gate with this bias."""
    from cellgraph.derive.flows.flow import flow
    from cellgraph.derive.flows.flow_report import chart
    from cellgraph.derive.flows.initialise import Start

    cells = [load(name) for name in names]
    return chart(flow(cells, [{} for _ in cells], [Start("torch", 1.0, float(bias))], LONG, RUNS))


def _measured(cells: Cells, bias: int, lang: Lang) -> Scene:
    from cellgraph.views.charts.curves import curves

    return curves(_chart(tuple(cells), bias), lang)


def _curves_path(key: str, bias: int, lang: Lang) -> str:
    return f"compare/{key}/curves-{bias}{'' if lang == 'en' else '.zh'}.svg"


def _curves(cells: Cells, lang: Lang, key: str, bias: str) -> str:
    alt = _measured(cells, int(bias), lang).description
    return image(_curves_path(key, int(bias), lang).removeprefix("compare/"), alt)


def _comparison(cells: Cells, lang: Lang, key: str) -> str:
    from cellgraph.derive.counts.compare import comparison

    return body(comparison([told.cell for told in cells.values()], [told.sizes for told in cells.values()]), lang)


def _libraries(cells: Cells, lang: Lang, key: str) -> str:
    from cellgraph.derive.counts.params import every_count, report
    from cellgraph.derive.counts.stacks import ONE

    tables = [table for told in cells.values() for table in every_count(told.cell, ONE, **told.sizes)]
    return body(report(tables), lang)


FACTS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "math": _math,
        "picture": _picture,
        "equations": _equations,
        "jacobian": _jacobian,
        "bounds": _bounds,
        "carry": _carry,
        "paths": _paths,
        "matrices": _matrices,
        "formula": _formula,
        "total": _total,
        "ratio": _ratio,
        "fewer": _fewer,
        "states": _states,
        "retention": _retention,
        "curves": _curves,
        "comparison": _comparison,
        "libraries": _libraries,
    }
)
"""What a text may ask for."""
