"""A cell in prose, from derived facts alone: what it hands on, what its gates do, why gradients survive, what it costs.

No sentence knows a cell: each is chosen by a fact, filled with the quantities that the fact is about, and carries the
claims that it makes as data. What the author of the spec says of the cell comes first, in the author's words.
"""

from __future__ import annotations

from cellgraph.derive.prose.claims import Sentence
from cellgraph.derive.prose.explain_bounds import bounding
from cellgraph.derive.prose.explain_counts import counting
from cellgraph.derive.prose.explain_flow import flowing
from cellgraph.derive.prose.explain_gates import gating
from cellgraph.derive.prose.explain_members import sharing
from cellgraph.derive.prose.explain_scan import running
from cellgraph.derive.prose.explain_states import handing, updating
from cellgraph.derive.prose.sentences import chained, with_calls
from cellgraph.derive.structures.structure import structure
from cellgraph.derive.structures.structure_report import document
from cellgraph.graph import Cell
from cellgraph.messages import message
from cellgraph.report import Report

ANSWERS = (handing, sharing, updating, gating, bounding, flowing, running, counting)
"""One paragraph each, in the order in which a reader asks."""


def sentences(cell: Cell) -> tuple[tuple[Sentence, ...], ...]:
    """What can be said of a cell, paragraph by paragraph, each sentence with its claims.

    >>> import cellgraph as cg
    >>> first = sentences(cg.load("gru"))[0][0]
    >>> [(claim.kind, claim.of) for claim in first.claims]
    [('handed_on', (h,))]
    """
    found = structure(cell)
    return tuple(said for answer in ANSWERS if (said := tuple(answer(found))))


def explanation(cell: Cell) -> Report:
    """The note of the spec, and then the facts of `structure`, `params` and the Jacobian in words, a paragraph a
    question; the document holds the claims of all sentences."""
    said = sentences(cell)
    paragraphs = [chained([sentence.text for sentence in own], "{first} {rest}") for own in said]
    paragraphs = [with_calls(paragraph, cell.step.functions) for paragraph in paragraphs]
    claims = [claim for own in said for sentence in own for claim in sentence.documents()]
    data = {**document(structure(cell)), "note": dict(cell.note), "paragraphs": paragraphs, "claims": claims}
    led = [message("{note}", note=cell.note)] if cell.note else []
    return Report(message("{cell}", cell=cell.title or cell.name), (*led, *paragraphs), data)
