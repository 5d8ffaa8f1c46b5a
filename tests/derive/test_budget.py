"""The hidden size for a number of parameters, against the published sizes and against trying every size."""

from __future__ import annotations

import pytest
from derive.variants import CELLS, variant
from hypothesis import given
from hypothesis import strategies as st
from zoo import cell_of

from cellgraph.derive.counts.budget import Fit, budget, fits
from cellgraph.derive.counts.params import params


@pytest.mark.parametrize(
    ("name", "m", "target", "floor", "nearest"),
    [
        ("gru", 128, 394240, (303, 392688), (304, 394896)),
        ("mgu", 128, 394240, (384, 393984), (384, 393984)),
        ("rnn", 128, 394240, (566, 393370), (567, 394632)),
        ("gru", 512, 2099200, (618, 2096874), (618, 2096874)),
        ("rnn", 512, 2099200, (1214, 2096578), (1215, 2099520)),
        ("mgu", 512, 2099200, (799, 2096576), (800, 2100800)),
    ],
)
def test_published_sizes(name: str, m: int, target: int, floor: tuple[int, int], nearest: tuple[int, int]) -> None:
    found = budget(CELLS[name], params=target, m=m)
    assert (found.floor, found.nearest) == (Fit(*floor), Fit(*nearest))


@given(st.integers(0, 9), st.integers(0, 50), st.integers(1, 50), st.integers(1, 40_000))
def test_against_trying_every_size(a: int, b: int, c: int, target: int) -> None:
    def count(n: int) -> int:
        return a * n * n + b * n + n + c

    floor, nearest = fits(count, target)
    sizes = range(1, target + 2)
    best = min(sizes, key=lambda n: (abs(count(n) - target), n))
    assert nearest == Fit(best, count(best))
    below = [n for n in sizes if count(n) <= target]
    assert floor == (Fit(below[-1], count(below[-1])) if below else None)


def test_counts_are_exact_however_large() -> None:
    n = 10**40 + 7
    target = 4 * n * (5 + n + 1)
    found = budget(CELLS["lstm"], params=target, m=5)
    assert found.floor == found.nearest == Fit(n, target)
    assert budget(CELLS["lstm"], params=target - 1, m=5).floor == Fit(n - 1, 4 * (n - 1) * (n + 5))


def test_a_count_that_is_linear_in_the_size() -> None:
    found = budget(CELLS["indrnn"], params=1000, m=8)
    assert found.floor == Fit(100, 1000)


def test_stacks_layouts_and_tied_sizes() -> None:
    lstm = cell_of("lstm")
    stack = budget(lstm, params=10**6, layers=3, bidirectional=True, m=40)
    assert stack.floor is not None
    assert params(lstm, layers=3, bidirectional=True, m=40, n=stack.floor.size).total == stack.floor.total
    assert params(lstm, layers=3, bidirectional=True, m=40, n=stack.floor.size + 1).total > 10**6
    library = budget(lstm, params=395264, as_="torch.nn.LSTM", m=128)
    assert library.floor == library.nearest == Fit(256, 395264)
    tied = budget(lstm, params=8 * 300**2 + 4 * 300, tie={"m": "n"})
    assert tied.floor == Fit(300, 721200)
    assert tied.data["floor"] == {"sizes": {"n": 300, "m": 300}, "total": 721200}


def test_of_two_sizes_as_near_the_smaller_is_taken() -> None:
    assert fits(lambda n: 4 * n, 14) == (Fit(3, 12), Fit(3, 12))
    assert fits(lambda n: 4 * n, 15) == (Fit(3, 12), Fit(4, 16))
    assert fits(lambda n: 4 * n, 16) == (Fit(4, 16), Fit(4, 16))
    assert fits(lambda n: n, 5) == (Fit(5, 5), Fit(5, 5))


def test_a_size_may_be_tied_to_one_that_is_given() -> None:
    cell = cell_of("lstm-projection")
    found = budget(cell, params=5000, tie={"p": "m"}, m=7)
    assert found.floor is not None
    assert found.data["floor"] == {"sizes": {"m": 7, "n": found.floor.size, "p": 7}, "total": found.floor.total}
    assert params(cell, m=7, n=found.floor.size, p=7).total == found.floor.total <= 5000
    assert params(cell, m=7, n=found.floor.size + 1, p=7).total > 5000
    for tie in ({"q": "n"}, {"m": "q"}):
        with pytest.raises(ValueError, match="lstm has no size 'q'; it has m, n"):
            budget(CELLS["lstm"], params=5000, tie=tie)


def test_even_one_is_too_many() -> None:
    found = budget(CELLS["lstm"], params=3, m=2)
    assert found.floor is None
    more = "even {dim} = 1 takes more"
    assert more in [note.template for note in found.notes]
    assert more not in [note.template for note in budget(CELLS["lstm"], params=16, m=2).notes]
    assert found.nearest == Fit(1, 16)
    assert budget(CELLS["lstm"], params=1, m=2).nearest == Fit(1, 16)


def test_wrong_use_is_told() -> None:
    with pytest.raises(ValueError, match="needs the size m"):
        budget(CELLS["lstm"], params=1000)
    with pytest.raises(ValueError, match=r"lstm-projection needs the size m \(input size\)"):
        budget(cell_of("lstm-projection"), params=1000)
    for wrong in (0, True, 2.5):
        with pytest.raises(ValueError, match=f"positive whole number of parameters, not {wrong!r}"):
            budget(CELLS["lstm"], params=wrong, m=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="n is the size that the budget is to find"):
        budget(CELLS["lstm"], params=1000, m=3, n=4)
    with pytest.raises(ValueError, match="has no size 'k'"):
        budget(CELLS["lstm"], params=10, dim="k", m=3)
    with pytest.raises(ValueError, match="does not depend on n"):
        budget(variant("x", "h = alpha * h[t-1] + alpha"), params=10)
