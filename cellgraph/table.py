"""The table: what every analysis returns and every view prints. It holds facts; it does not format them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellgraph.display import Displayed
from cellgraph.messages import Message

Value = Any
"""What stands in a row: text (also by language, as a mapping), a number, a shape, a SymPy size, a quantity's symbol, an
expression of heads, a Message, or None for unknown."""

SCHEMA_VERSION = 1


@dataclass(frozen=True, repr=False)
class Table(Displayed):
    """Rows of plain values under named columns, with notes below.

    Titles and columns are English message templates (see `words`); `data` is the JSON document without its version.

    >>> import cellgraph as cg
    >>> table = cg.params(cg.load("rnn"), m=3, n=5)
    >>> table.columns
    ('parameter', 'shape', 'kind', 'used by', 'formula', 'number')
    >>> [(row[0], row[1], row[-1]) for row in table.rows]
    [(W, (n, m), 15), (U, (n, n), 25), (b, (n,), 5)]
    """

    title: Message
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    notes: tuple[Message, ...] = ()
    footer: tuple[tuple[Value, ...], ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def _about(self) -> str:
        return f"columns: {', '.join(self.columns)}, rows: {len(self.rows)}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON document: plain lists, dictionaries, text and numbers.

        >>> import cellgraph as cg
        >>> document = cg.params(cg.load("rnn"), m=3, n=5).to_dict()
        >>> document["schema_version"], document["formula"], document["parameters"][0]["shape"]
        (1, 'n*(m + n + 1)', ['n', 'm'])
        """
        return {"schema_version": SCHEMA_VERSION, **self.data}
