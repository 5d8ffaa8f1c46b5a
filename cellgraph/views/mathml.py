"""Formulas as MathML, which browsers show without scripts, fonts or a network."""

from __future__ import annotations

import re
from functools import lru_cache

OUTER = re.compile(r"<math[^>]*>(.*)</math>", re.DOTALL)
SIDE = re.compile(r'columnalign="(left|right|center)"')
NAMESPACE = 'xmlns="http://www.w3.org/1998/Math/MathML"'


@lru_cache(maxsize=4096)
def inner(latex: str) -> str:
    """The MathML of a formula without its outermost element; nothing for nothing."""
    if not latex.strip():
        return ""
    from latex2mathml.converter import convert

    # These environments are read under another name; browsers take the sides of columns from style alone.
    found = OUTER.fullmatch(convert(latex.replace("{aligned}", "{align*}")).strip())
    return SIDE.sub(r'style="text-align:\1"', found[1]) if found else ""


def mathml(latex: str) -> str:
    """A formula within a line."""
    return f"<math {NAMESPACE}>{inner(latex)}</math>"


def displayed(latex: str) -> str:
    """A formula with its fractions and sums at full size."""
    return f'<math {NAMESPACE} displaystyle="true">{inner(latex)}</math>' if latex.strip() else ""


def unreadable() -> tuple[type[Exception], ...]:
    """What the functions here raise for LaTeX that they cannot read; what cellgraph itself writes is never among it."""
    from latex2mathml import exceptions

    found = [kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return tuple(found)
