"""How members of families are printed: with an index where they meet what they share, and without one elsewhere."""

from __future__ import annotations

import re

from laws import over
from lifted import LIFTED, lifted
from zoo import EVERY, cell_of

import cellgraph as cg
from cellgraph.derive.counts.params import params_report
from cellgraph.derive.listing import gradient_report, listing
from cellgraph.graph import symbols_of
from cellgraph.ops import axes_of
from cellgraph.report import Formulas
from cellgraph.views import html, values
from cellgraph.views import shown as written
from cellgraph.views.mathml import mathml

NAMES = (*LIFTED, *(name for name in EVERY if cell_of(name).each))


def lines(name: str) -> dict[str, tuple[str, str]]:
    """Each equation of a cell in Unicode and in LaTeX, by what it defines."""
    found = next(block for block in listing(lifted(name)).blocks if isinstance(block, Formulas))
    return {
        str(line.left): (
            " = ".join(values.sides(line, found.graph, values.text)),
            " = ".join(values.sides(line, found.graph, values.latex)),
        )
        for line in found.lines
    }


def test_members_are_told_from_what_they_share() -> None:
    delta, experts, nested = map(lines, ("delta", "experts", "nested"))
    assert delta["q"] == ("q^(j) = W_q^(j) x", r"q^{(j)}_{t} = W^{(j)}_{q} x_{t}")
    assert delta["S"] == (
        "S = S[t−1] + (β·(v − S[t−1] k)) kᵀ",
        r"S_{t} = S_{t-1} + (\beta_{t}\,(v_{t} - S_{t-1} k_{t})) k_{t}^{\top}",
    )
    assert delta["beta"] == ("β^(j) = σ(w_b^(j)ᵀ x)", r"\beta^{(j)}_{t} = \sigma((w^{(j)}_{b})^{\top} x_{t})")
    flat = r"y_{t} = W_{o} \operatorname{flatten}_{j}(S^{(j)}_{t} q^{(j)}_{t})"
    assert delta["y"] == ("y = W_o flatten_j(S^(j) q^(j))", flat)
    assert experts["h"] == ("h = Σ_e(g^(e)·a^(e))", r"h_{t} = \textstyle\sum_{e}(g^{(e)}_{t}\,a^{(e)}_{t})")
    assert nested["c"][0] == "c^(j) = f^(j) ⊙ c^(j)[t−1] + (1 − f^(j)) ⊙ k"
    assert nested["f"][0] == "f^(g,j) = σ(W^(g,j) x + r)"


def test_what_a_convolution_runs_over_has_no_index() -> None:
    assert all("^(" not in text for text, _ in lines("convlstm-2d").values())


@over(NAMES)
def test_an_index_stands_where_some_have_an_axis_and_others_lack_it(name: str) -> None:
    cell = lifted(name)
    for equation in cell.step.written.equations:
        text, latex = lines(name)[str(equation.lhs)]
        used = [s for s in (equation.lhs, *symbols_of(equation.rhs)) if s in cell.step.quantities]
        own = [axes_of(cell.step.quantities[s].shape or ()) for s in used]
        if len(set(own)) == 1:
            assert "^(" not in text
            assert "^{(" not in latex
        assert not re.search(r"\^\{[^{}]*\}(_\{[^{}]*\})?\^", latex), "two things on high"


@over(NAMES)
def test_every_formula_with_members_is_latex_that_can_be_read(name: str) -> None:
    for report in (listing(lifted(name)), gradient_report(lifted(name))):
        for block in report.blocks:
            for line in block.lines if isinstance(block, Formulas) else ():
                for side in values.sides(line, block.graph, values.latex):
                    assert side.count("{") == side.count("}")
                    assert mathml(side).startswith("<math")


def test_views_say_once_for_which_members_equations_hold() -> None:
    for lang, said in (("en", "= 1, …, heads; where members meet"), ("zh", "= 1, …, 个头都成立")):
        for report in (listing(lifted("delta")), gradient_report(lifted("delta"))):
            for told in (written(report, "text", lang), written(report, "markdown", lang), html.report(report, lang)):
                assert told.count(said) == 1
    assert "= 1, …" not in written(listing(cell_of("lstm")), "text")


def test_counts_are_told_in_total_and_of_one_member() -> None:
    delta, shared = lifted("delta"), lifted("shared")
    text = written(params_report(delta), "text")
    assert "weight matrices: 4, vectors: 1, scalars: 0" in text
    assert "one for each j: a member has m*(3*d + 1), all of them j*m*(3*d + 1)" in text
    assert "shared by all members: d*j*m" in text
    one, every, rest = 2 * 4 * 3 + 4 * 5 + 4, 7, 5 * 7 * 4 + 5 * 3 + 5
    assert cg.params(shared, m=3, n=5, d=4, j=every).total == every * one + rest
    assert "each" not in written(params_report(cell_of("lstm")), "text")
