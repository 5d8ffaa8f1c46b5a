"""Zoneout: each unit of a state keeps its old value with some probability; in evaluation, to that share."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from cellgraph.derive.structures.structure import structure
from cellgraph.graph import Cell, Equation, before, postorder, rebuilt
from cellgraph.messages import message
from cellgraph.ops import Add, Concat, Floor, Mul, Step, Sub, operands
from cellgraph.transforms.draft import Draft, decompose, relabelled
from cellgraph.transforms.sums import WeightedSums
from cellgraph.transforms.transform import NotApplicable, Transformed, joined

SHARE = sp.Rational(1, 10)
TRAIN = "train"


def zoneout(cell: Cell, argument: sp.Rational | str) -> Transformed:
    """s := p s⁻ + (1 − p) ŝ for each state, where ŝ is what it was, and what is made of it entry by entry within the
    step; a matrix that reads it whole, as in a layer above, reads what is handed on.

    In training, k ⊙ s⁻ + (1 − k) ⊙ ŝ with a mask k of zeros and ones, which is 1 where the fractional part of noise, an
    input, lies below p: that part is uniform for uniform noise, and for standard normal noise to eight digits.

    Raises NotApplicable where no state is read.
    """
    states = [state.after for state in structure(cell).states if state.read]
    if not states:
        raise NotApplicable("no zoneout: no state is read before the step, so there is nothing to keep")
    made = decompose(cell)
    sums = WeightedSums(cell)
    share = SHARE if argument == TRAIN else argument
    for state in states:
        made = _mixed(made, sums, state, sp.Rational(share), argument == TRAIN)
    values = {"states": joined(states), "share": f"{float(share):g}"}
    if argument == TRAIN:
        return Transformed(made, message("with zoneout, in training"), message(
            "Each unit of {states} keeps its old value with probability {share} (zoneout, in training): what the step "
            "computes is dropped at random, and gradients go back unhindered where the old value stays. The noise is "
            "an input, uniform between 0 and 1, or normal.", **values))  # fmt: skip
    return Transformed(made, message("with zoneout"), message(
        "A share {share} of {states} stays as it was (zoneout, in evaluation): in training each unit keeps its old "
        "value with that probability, and here the expected state is handed on.", **values))  # fmt: skip


def _mixed(made: Draft, sums: WeightedSums, state: sp.Symbol, share: sp.Rational, train: bool) -> Draft:
    """The draft with one state made of its old and its new value."""
    name = state.name
    new, rate = sp.Symbol(made.fresh(f"{name}_new")), sp.Symbol(made.fresh(f"p_{name}"))
    equations = tuple(
        Equation(new if e.lhs == state else e.lhs, rebuilt(e.rhs, {state: new, **_whole(e.rhs, sums, state)}))
        for e in made.equations
    )
    made = replace(made, equations=equations).having(constants={rate.name: share})
    called = {"en": "{label}, before zoneout", "zh": "{label}（zoneout 之前）"}
    made = made.having(labels={new.name: relabelled(made.labels.get(name, {}), called)})
    keeps: sp.Expr = rate
    if train:
        noise, mask = made.fresh(f"u_{name}"), made.fresh(f"k_{name}")
        made = replace(made, inputs={**made.inputs, noise: made.states[name]})
        made = made.having(
            (mask, Step(Sub(rate, Sub(sp.Symbol(noise), Floor(sp.Symbol(noise)))))),
            labels={
                noise: {
                    "en": "noise, uniform between 0 and 1, or normal",
                    "zh": "噪声（0 到 1 之间均匀分布，或正态分布）",
                },
                mask: {"en": "mask: 1 where the old value stays", "zh": "掩码：保留旧值处为 1"},
            },
        )
        keeps = sp.Symbol(mask)
    return made.having((name, Add(Mul(keeps, before(name)), Mul(Sub(1, keeps), new))))


def _whole(rhs: sp.Expr, sums: WeightedSums, state: sp.Symbol) -> dict[sp.Expr, sp.Expr]:
    """The parts of an expression in which weights read a state whole, or it is put beside others; each as it is."""
    parts = [node for node in postorder(rhs) if isinstance(node, Concat) or sums.weighs(node)]
    return {node: node for node in parts if state in operands(node)}


def read_share(text: str) -> sp.Rational | str:
    """The share that is kept, or "train", as people type it. Raises ValueError."""
    if text == TRAIN:
        return text
    if not re.fullmatch(r"0?\.[0-9]{1,6}", text) or not Fraction(text):
        raise ValueError("write the share that is kept, between 0 and 1, or 'train'")
    return sp.Rational(text)
