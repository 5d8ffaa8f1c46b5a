"""Path data written short: every segment is where it was, to a hundredth, and nothing is written that says nothing."""

from __future__ import annotations

import re
from itertools import pairwise

import drawn
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cellgraph.views.pictures.paths import shortened
from cellgraph.views.pictures.typeset import typeset

# Few different ones as well, so that segments continue each other smoothly, go straight or stand still.
NUMBER = (st.integers(-40_00, 40_00) | st.sampled_from((0, 1, 100, 200))).map(lambda n: f"{n / 100:g}")
SEGMENT = st.sampled_from("LLQQC").flatmap(
    lambda command: st.lists(NUMBER, min_size=(n := {"L": 2, "Q": 4, "C": 6}[command]), max_size=n).map(
        lambda numbers: f"{command} {' '.join(numbers)}"
    )
)
PATHS = st.lists(
    st.tuples(NUMBER, NUMBER, st.lists(SEGMENT, max_size=6)).map(lambda p: f"M {p[0]} {p[1]} {' '.join(p[2])} Z"),
    min_size=1, max_size=3,
).map(" ".join)  # fmt: skip


def same(path: str) -> None:
    """The outline is the same to a hundredth, segment by segment."""
    before, after = drawn.outline(path), drawn.outline(shortened(path))
    assert [len(segment) for segment in after] == [len(segment) for segment in before]
    for a, b in zip(before, after, strict=True):
        assert all(
            abs(p - q) < 0.0101 for one, other in zip(a, b, strict=True) for p, q in zip(one, other, strict=True)
        )


@given(PATHS)
@example("M 0 0 Q 0 0.01 0 0 Z")
@settings(max_examples=60)
def test_any_outline_stays_what_it_is(path: str) -> None:
    same(path)


@pytest.mark.parametrize("latex", ["h", r"W_{f}\, x_{t}", r"\frac{\partial L}{\partial U_{g}}", r"\sqrt{\sigma}"])
def test_formulas_stay_what_they_are_in_half_the_room(latex: str) -> None:
    path = typeset(latex, 16).path
    same(path)
    assert len(shortened(path)) < len(path) / 2


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 0 0 L 0 1 Q 0 2 1 2", "m0 0v1q0 1 1 1"),
        ("M 1 2 L 1 2 L 4.5 2 L 4.5 0 L 1 2 Z", "m1 2h3.5v-2l-3.5 2z"),
        ("M -0.5 0.25 L 0 0.5 L 0.1 0.9 Z M 1 1 L 2 1.5 Z", "m-.5.25l.5.25.1.4zm1.5.75l1 .5z"),
        ("M 0 0 Q 1 1 2 0 Q 3 -1 4 0 Q 5 2 6 0", "m0 0q1 1 2 0t2 0q1 2 2 0"),
        ("M 0 0 C 1 0 2 -0.05 3 0 Z", "m0 0c1 0 2-.05 3 0z"),
    ],
)
def test_what_is_written(path: str, short: str) -> None:
    assert shortened(path) == short
    assert not re.search(r"0\.|\.0\b| -|  ", short)
    assert all(a != b or a in "mz" for a, b in pairwise(re.findall("[a-z]", short)))
