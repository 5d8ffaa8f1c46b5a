"""The numbers of other counters, as measured on torch.nn layers; tests/libraries runs the counters themselves."""

from __future__ import annotations

import pytest
from zoo import cell_of

from cellgraph.derive.counts.counters import COUNTERS, printed
from cellgraph.graph import size

MEASURED = {
    "rnn": {"torchinfo": 640, "ptflops": 660, "thop": 660, "fvcore": 0, "calflops": 1220},
    "lstm": {"torchinfo": 2560, "ptflops": 2760, "thop": 2720, "fvcore": 0, "calflops": 5000},
    "gru-reset-after": {"torchinfo": 1920, "ptflops": 2060, "thop": 2060, "fvcore": 0, "calflops": 3740},
}


@pytest.mark.parametrize("name", MEASURED)
def test_one_step_of_ten_by_twenty(name: str) -> None:
    cell = cell_of(name)
    sizes = {size("m"): 10, size("n"): 20}
    assert {like: int(printed(cell, like).subs(sizes)) for like in COUNTERS} == MEASURED[name]


def test_one_counter_alone_counts_one_sample_whatever_the_batch() -> None:
    assert [name for name, counter in COUNTERS.items() if not counter.batch] == ["ptflops"]


def test_a_counter_without_a_rule_says_so() -> None:
    with pytest.raises(KeyError, match="no counter 'flops'"):
        printed(cell_of("lstm"), "flops")
    with pytest.raises(KeyError, match="names no implementation 'torch'"):
        printed(cell_of("gru"), "thop")
