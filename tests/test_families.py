"""Cells once for each head: what is derived of one holds of each, what can be done to one can be done to all."""

from __future__ import annotations

import re

import numpy as np
import pytest
import sympy as sp
from families import AXIS, TEXTS, family_of, lifted
from lifted_cells import NUMBERS, lifted_cell
from zoo import DEEP, FEW, cell_of, seeds

import cellgraph as cg
from cellgraph.derive.counts.cost import costs
from cellgraph.derive.gradients.compiled import counts_of
from cellgraph.derive.prose.explain import explanation
from cellgraph.graph import Cell, size
from cellgraph.spec import problems_of_text
from cellgraph.transforms.table import TABLE, transformed
from cellgraph.transforms.transform import NotApplicable
from cellgraph.views import shown
from cellgraph.views.spec import spec

HEADS = size(AXIS)
CELLS = FEW if DEEP else FEW[::4]
OF_FAMILIES = r"numbers|kept once for each|Seen as one matrix|^Members along|parameters( in all)?\.$"
"""Sentences on how many there are, and on what members have to do with each other."""


@pytest.mark.parametrize("name", CELLS)
def test_as_many_parameters_and_as_much_work_for_each_head(name: str) -> None:
    one, many = cell_of(name), lifted(cell_of(name))
    before, after = cg.params(one), cg.params(many)
    assert sp.expand(after.formula - HEADS * before.formula) == 0
    assert (after.matrices, after.vectors) == (before.matrices, before.vectors)
    single, every = costs(one), costs(many)
    pairs = zip((*vars(single.total).values(), single.backward), (*vars(every.total).values(), every.backward),
                strict=True)  # fmt: skip
    for alone, together in pairs:
        if isinstance(alone, sp.Expr):
            # What all heads share, as 1 - p for a constant p, is computed once.
            shared = sp.expand(together).subs(HEADS, 0)
            assert sp.expand(together - HEADS * (alone - shared) - shared) == 0


@pytest.mark.parametrize("name", CELLS)
def test_what_is_said_of_a_cell_is_said_of_its_heads(name: str) -> None:
    def told(cell: Cell) -> list[str]:
        text = shown(explanation(cell), "text", "en")
        return [s for s in re.split(r"(?<=\.)\s", text) if not re.search(OF_FAMILIES, s)]

    assert told(lifted(cell_of(name))) == told(cell_of(name))


@pytest.mark.parametrize("row", TABLE)
def test_a_transform_of_heads_is_heads_of_the_transform(row: str) -> None:
    named = f"{row}=2" if row == "stack" else row
    taken = 0
    for name in dict.fromkeys(("lstm", *FEW[list(TABLE).index(row) :: 1 if DEEP else 9])):
        one = cell_of(name)
        try:
            made = transformed(one, named)
        except NotApplicable as refused:
            with pytest.raises(NotApplicable, match=re.escape(str(refused))):
                transformed(lifted(one), named)
            continue
        taken += 1
        assert spec(transformed(lifted(one), named)) == spec(lifted(made)), name
    assert taken


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("row", TABLE)
def test_a_family_takes_a_transform_or_says_why_not(name: str, row: str) -> None:
    try:
        made = transformed(family_of(name), f"{row}=2" if row == "stack" else row)
    except NotApplicable as refused:
        said = str(refused)
        assert re.match(r"no |nothing |the size of \w+ cannot change", said)
        return
    assert [p for p in problems_of_text(spec(made)) if p.severity == "error"] == []
    assert spec(cg.loads(spec(made))) == spec(made)


def test_layers_and_directions_of_a_family() -> None:
    """What reads positions is stacked by channels; heads of one input for all are not."""
    image = family_of("image-gru")
    assert cg.params(image, layers=3).formula.has(size("n"))
    m, n = size("m"), size("n")
    above = sp.expand(cg.params(image).formula.subs(m, n))
    assert sp.expand(cg.params(image, layers=2).formula - cg.params(image).formula - above) == 0
    assert sp.expand(cg.params(transformed(image, "stack=2")).formula - cg.params(image, layers=2).formula) == 0
    with pytest.raises(ValueError, match="its input and its output do not have the same axes"):
        cg.params(lifted(cell_of("gru"), inputs=False), layers=2)


def test_heads_have_weights_of_their_own_and_positions_do_not() -> None:
    """A projection, a peephole and a gain: one for each head, one for all positions."""
    shapes = {q.symbol.name: str(q.shape) for q in cg.loads(spec(
        transformed(family_of("image-gru"), "layer-norm"))).step.having("param")}  # fmt: skip
    assert shapes["gamma_z"] == "(n,)"
    heads = transformed(lifted(cell_of("lstm")), "peephole", "projection")
    found = {q.symbol.name: str(q.shape) for q in heads.step.having("param")}
    assert (found["p_f"], found["P"]) == (f"({AXIS}, n)", f"({AXIS}, p, n)")


@pytest.mark.parametrize("seed", seeds(40))
def test_second_order_of_families(seed: int) -> None:
    """∇(∇L · v), by the adjoint of the gradient, is the slope of ∇L along v."""
    cell = lifted_cell(seed)
    numbers = {str(s): NUMBERS[str(s)] for s in cell.step.sizes}
    sizes = {size(name): sp.Integer(count) for name, count in numbers.items()}
    draw = np.random.default_rng(seed)
    leaves = {q.symbol.name: 0.5 * draw.normal(size=counts_of(q.shape, sizes)) for q in cell.step.leaves}
    along = {name: draw.normal(size=array.shape) for name, array in leaves.items()}
    values = cg.step(cell, leaves, **numbers)
    bars = {s.name: draw.normal(size=np.shape(values[s.name])) for s in cell.step.outputs}

    def gradient(by: float) -> dict[str, np.ndarray]:
        moved = {name: array + by * along[name] for name, array in leaves.items()}
        return cg.vjp(cell, cg.step(cell, moved, **numbers), bars, **numbers)

    first = cg.gradient(cell)
    names = {first.quantities[s].of.name: s for s in first.outputs}
    second = cg.adjoint(first, of=list(names.values()))
    known = {**bars, **{name.name: along[leaf] for leaf, name in names.items()}}
    seeds_of = [q for graph in (first, second) for q in graph.having("seed")]
    given = {**leaves, **{q.symbol.name: known[q.of.name] for q in seeds_of}}
    found = cg.evaluate(second, given, **numbers)
    of = {second.quantities[s].of.name: s.name for s in second.outputs}
    far = {name: (8 * (a - b)) for (name, a), b in zip(gradient(1e-4).items(), gradient(-1e-4).values(), strict=True)}
    near = {n: (a - b) for (n, a), b in zip(gradient(2e-4).items(), gradient(-2e-4).values(), strict=True)}
    for leaf in leaves:
        expected = (far[leaf] - near[leaf]) / 12e-4
        if leaf in of:
            np.testing.assert_allclose(found[of[leaf]], expected, rtol=1e-5, atol=1e-6, err_msg=leaf)
