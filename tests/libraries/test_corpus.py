"""Cells as people write them, each imported and held against what is expected of its architecture."""

from __future__ import annotations

import ast
import importlib
import sys
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from libraries.corpus_table import CORPUS, REFUSED, Sample

import cellgraph as cg
from cellgraph.errors import CellgraphError, CodeError
from cellgraph.frameworks.importing.agreeing import agreement_of
from cellgraph.frameworks.importing.asking import Question
from cellgraph.frameworks.importing.entry import assembled, read_trace, traced_program
from cellgraph.frameworks.importing.imported import Agreement
from cellgraph.frameworks.tracing import torch as tracer
from cellgraph.frameworks.tracing.asked import Asked
from cellgraph.graph import Cell, Quantity, size
from cellgraph.ops import axes_of, core

SIZES = {name: size(name) for name in "mnjkldpqr"}
FOLDER = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Result:
    """A cell of the corpus as it was imported."""

    cell: Cell
    agreement: Agreement


def module(name: str) -> Any:
    """A file of the corpus, as a user has it: a module of its own, in no package."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch.jit, which people still write
        return importlib.import_module(name)


def expression(text: str) -> sp.Expr:
    return sp.sympify(text, locals=dict(SIZES))


def shapes(text: str) -> dict[str, tuple[sp.Expr, ...]]:
    named = (part.partition(":") for part in text.split(",") if part)
    return {name.strip(): tuple(map(expression, sizes.split())) for name, _, sizes in named}


def value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except ValueError:
        return expression(text)


def asked(sample: Sample) -> Asked:
    file, _, name = sample.code.partition(":")
    code = module(file)
    make = {key: value(text) for key, _, text in (word.partition("=") for word in sample.make.split())}
    inputs, states, given = shapes(sample.inputs), shapes(sample.states), shapes(sample.given)
    names = {name: name for name in (*inputs, *states, *given)}
    call = eval(f"({sample.call},)", {**vars(code), **names})  # the table is ours
    return Asked(getattr(code, name), make, inputs, states, sample.returns, given, call, method=sample.method)


def question(own: Asked) -> Question:
    """With a batch where the code can have one."""
    every = [
        *own.make.values(),
        *(s for g in (own.inputs, own.states, own.params) for shape in g.values() for s in shape),
    ]
    dims = sorted({str(s) for e in every if isinstance(e, sp.Expr) for s in e.free_symbols})
    try:
        tracer.structure(own, {dim: 5 + 2 * k for k, dim in enumerate(dims)}, 23)
        batch = True
    except CodeError:
        batch = False
    return Question(own, {dim: dim for dim in dims}, (), batch, ())


@cache
def imported(sample: Sample) -> Result:
    own = question(asked(sample))
    trace, numbers = traced_program(own, tracer)
    read = read_trace(own, trace, numbers)
    sizes = {dim: numbers[dim] for dim in own.dims}
    batch = numbers["batch"] if own.batch else None
    made = assembled(own, tracer, read, sizes, batch, sample.code.replace(":", "."), "")
    return Result(made.cell, agreement_of(made, read, own, tracer))


def entries(quantity: Quantity) -> sp.Expr:
    shape = quantity.shape or ()
    return sp.Mul(*(axis.size for axis in axes_of(shape)), *core(shape))


@pytest.mark.parametrize("sample", CORPUS, ids=lambda sample: sample.name)
def test_a_cell_is_what_its_architecture_says(sample: Sample) -> None:
    """Forward and gradient at sizes that no trace has, parameters, states, lifted axes, and no more to read."""
    found = imported(sample)
    cell = found.cell
    assert found.agreement.passed, found.agreement
    assert found.agreement.forward <= 1e-12
    assert found.agreement.gradient is not None
    assert found.agreement.gradient <= 1e-12
    assert sp.expand(sum(map(entries, cell.step.having("param"))) - expression(sample.params)) == 0
    states = sum(entries(cell.step.quantities[before]) for before in cell.carries)
    assert sp.expand(states - sum(sp.Mul(*shape) for shape in shapes(sample.states).values())) == 0
    assert {*cell.each} == {*sample.each.split()}
    assert len(cell.step.equations) <= sample.equations


@pytest.mark.parametrize("sample", [s for s in CORPUS if s.shipped], ids=lambda sample: sample.name)
def test_a_cell_that_ships_is_recognised(sample: Sample) -> None:
    """What turns the one that ships into the one that was read is nothing, and this is proved."""
    found = cg.diff(cg.load(sample.shipped), imported(sample).cell)
    assert found.steps == ()
    assert found.proved


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_said_is_told_with_its_line(name: str) -> None:
    line, told = REFUSED[name]
    with pytest.raises(CellgraphError, match=rf"(?s)refused\.py:{line}: .*{told}"):
        cg.from_torch(getattr(module("refused"), name))


def test_half_of_the_corpus_is_no_cell_that_ships() -> None:
    assert len(CORPUS) >= 100
    assert sum(not sample.shipped for sample in CORPUS) >= 55
