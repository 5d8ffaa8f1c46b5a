"""Windows and arrays that are rolled round: what is moved along its own axis is read as a shift."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from imports.agreement import disagreement
from imports.tape import Tape, concat, traced

from cellgraph.graph import size
from cellgraph.imports.reading.lowering import lowered, operations_in
from cellgraph.imports.reading.shifting import shifted
from cellgraph.imports.traced import Trace


def window(tape: Tape, m: int, n: int, k: int) -> Trace:
    """The oldest of k goes, the newest comes at the end; the mean of the window is shown."""
    x, W = tape.given("input", "x", m), tape.given("param", "W", n, m)
    K = tape.given("state", "K", k, n)
    new = x.linear(W)
    after = concat(K.part(1, k, 1), new.reshape(tape.batch, 1, n), axis=1)
    return tape.trace(output=(after + after).reduced("mean", 1) + new, K=after)


def newest_first(tape: Tape, m: int, k: int) -> Trace:
    """The two newest inputs come in front of what is two places further."""
    x, w = tape.given("input", "x", m), tape.given("param", "w", k, m)
    h = tape.given("state", "h", k)
    two = concat(x.einsum("bm,km->bk", w).part(0, 1), x.part(1, 2))
    return tape.trace(h=concat(two, h.part(0, k - 2)))


def rolled(tape: Tape, m: int, k: int) -> Trace:
    """The last entry comes first; the first of what was before is added to every entry."""
    x, h, W = tape.given("input", "x", m), tape.given("state", "h", k), tape.given("param", "W", k, m)
    return tape.trace(h=concat(h.part(k - 1, k), h.part(0, k - 1)) * x.linear(W) + h.part(0, 1))


def overwritten(tape: Tape, m: int, n: int, k: int) -> Trace:
    """Rolled, and the last place overwritten: nothing is left of what came round."""
    x, W, K = tape.given("input", "x", m), tape.given("param", "W", n, m), tape.given("state", "K", n, k)
    round_ = concat(K.part(1, k), K.part(0, 1))
    new = x.linear(W).reshape(tape.batch, n, 1)
    return tape.trace(K=tape.put("update", round_, new, shape=round_.shape, axis=2, start=k - 1))


@pytest.mark.parametrize(
    ("program", "names", "each", "shifts"),
    [
        (window, "mnk", ("k",), 1),
        (newest_first, "mk", (), 1),
        (rolled, "mk", (), 2),
        (overwritten, "mnk", ("k",), 1),
    ],
)
def test_what_is_moved_is_a_shift(
    program: Callable[..., Trace], names: str, each: tuple[str, ...], shifts: int
) -> None:
    open_sizes, traces, sizes = traced(program, *names)
    found = lowered(open_sizes, {size(name): number for name, number in sizes[0].items()})
    assert tuple(map(str, found.each)) == each
    assert operations_in([*found.after.values()])["shift"] == shifts
    for k in (1, 2):
        assert disagreement(traces[k], found, sizes[k]) <= 1e-12


def test_a_program_that_moves_nothing_is_left_as_it_is() -> None:
    def plain(tape: Tape, m: int) -> Trace:
        x, h = tape.given("input", "x", m), tape.given("state", "h", 2 * m)
        return tape.trace(h=concat(x, h.part(0, m)))

    program, _, _ = traced(plain, "m")
    assert shifted(program) is program
