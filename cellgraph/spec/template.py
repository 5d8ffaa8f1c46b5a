"""The text of a new spec: commented, and correct as it stands."""

from __future__ import annotations

import re

from cellgraph.errors import CellgraphError
from cellgraph.names import misnamed_cell

BLANK = """\
# A recurrent cell for cellgraph. Check it with: cellgraph check {name}.yaml
name: {name}
title: {{en: A new cell, zh: 新的循环单元}}
reference: ""                     # paper, year, equation number

dims:   {{m: input size, n: hidden size}}
inputs: {{x: [m]}}
states: {{h: [n]}}                  # what one time step hands to the next

params:                           # name: [rows, columns]; [n] is a vector, [] a scalar
  W: [n, m]                       # input-to-hidden
  U: [n, n]                       # hidden-to-hidden
  b: [n]

# '@' is the matrix product, '*' the elementwise product, h[t-1] the state of the step before. Heads, channels or
# experts are a lifted axis: 'each: {{j: heads}}'. docs/spec.md of the project tells the whole language.
equations: |
  h = tanh(W @ x + U @ h[t-1] + b)

output: h

labels:
  h: {{en: hidden state, zh: 隐藏状态}}

expects:
  params: n*(m + n + 1)           # the paper's own formula; checked when the spec is read
"""


def template(name: str, like: str | None = None) -> str:
    """A spec of this name: the blank one, or the text `like` of another spec, without its implementations.

    Raises CellgraphError for a name that no cell may have.
    """
    wrong = misnamed_cell(name)
    if wrong is not None:
        raise CellgraphError(wrong[1])
    if like is None:
        return BLANK.format(name=name)
    # What libraries do is true of the cell that this one departs from, and not of this one.
    own = re.sub(
        r"(?m)^(?:implementations|recorded):.*\n(?:[ \t#].*\n|\n)*", "", like if like.endswith("\n") else like + "\n"
    )
    return re.sub(r"(?m)^name:.*$", f"name: {name}", own, count=1)
