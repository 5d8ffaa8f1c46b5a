"""Path data of SVG, written short: relative, in hundredths, and without what a reader knows already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby

ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
NEAR = 1
"""Hundredths by which the control point of a curve may miss the reflection of the one before it."""


@cache
def shortened(path: str) -> str:
    """The curves of `path` (absolute M, L, Q, C, Z) in m, h, v, l, q, t, c and z, within a hundredth."""
    written = ""
    for command, run in groupby(_relative(path), key=lambda segment: segment[0]):
        segments = [[_decimal(number) for number in numbers] for _, numbers in run]
        # Further pairs after m would be lines; other commands need not be repeated.
        runs = segments if command in "mz" else [[number for numbers in segments for number in numbers]]
        written += "".join(command + " ".join(found) for found in runs)
    # A sign or a second point begins a number as well as a space does.
    return re.sub(r"(\.\d+) (?=\.)", r"\1", written.replace(" -", "-"))


def _relative(path: str) -> Iterator[tuple[str, list[int]]]:
    """Each command with its numbers in hundredths, from where the one before ended; lines without length left out."""
    tokens = iter(path.split())
    here = start = mirrored = (0, 0)
    for command in tokens:
        values = [round(100 * float(next(tokens))) for _ in range(ARGUMENTS[command])]
        steps = [value - here[k % 2] for k, value in enumerate(values)]
        control: tuple[int, ...] = ()
        if command == "Q":
            smooth = all(abs(value - near) <= NEAR for value, near in zip(values, mirrored, strict=False))
            control = mirrored if smooth else tuple(values[:2])
            command, steps = ("t", steps[2:]) if smooth else ("q", steps)
        elif command == "L":
            command, steps = ("h", steps[:1]) if not steps[1] else ("v", steps[1:]) if not steps[0] else ("l", steps)
        here = (values[-2], values[-1]) if values else start
        start = here if command == "M" else start
        # A curve after anything but a curve is taken to begin without a direction.
        mirrored = (2 * here[0] - control[0], 2 * here[1] - control[1]) if control else here
        if steps != [0]:
            yield command.lower(), steps


def _decimal(hundredths: int) -> str:
    """Hundredths as a decimal number without zeros that say nothing."""
    whole, part = divmod(abs(hundredths), 100)
    text = f"{whole or ''}" + (f".{part:02}".rstrip("0") if part else "")
    return ("-" if hundredths < 0 else "") + (text or "0")
