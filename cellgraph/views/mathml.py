"""Formulas as MathML, which browsers show without scripts, fonts or a network."""

from __future__ import annotations

import re
from functools import lru_cache

OUTER = re.compile(r"<math[^>]*>(.*)</math>", re.DOTALL)
NAMESPACE = 'xmlns="http://www.w3.org/1998/Math/MathML"'


@lru_cache(maxsize=4096)
def inner(latex: str) -> str:
    """The MathML of a formula without its outermost element; nothing for nothing."""
    if not latex.strip():
        return ""
    from latex2mathml.converter import convert

    found = OUTER.fullmatch(convert(latex).strip())
    return found[1] if found else ""


def mathml(latex: str) -> str:
    """A formula within a line."""
    return f"<math {NAMESPACE}>{inner(latex)}</math>"


def displayed(latex: str) -> str:
    """A formula with its fractions and sums at full size."""
    return f'<math {NAMESPACE} displaystyle="true">{inner(latex)}</math>' if latex.strip() else ""
