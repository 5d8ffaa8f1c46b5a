"""What can be wrong with a user's input, and how it is told: one message with the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Source:
    """A place in a file: 1-based line and column, 0 where it is not known, and the text of that line."""

    file: str
    line: int
    column: int
    text: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing wrong (or odd) in a spec: a stable code, a sentence with the remedy, and the place."""

    code: str
    message: str
    source: Source
    severity: Severity = "error"

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source.file, self.source.line, self.source.column) if part)
        warning = "warning: " if self.severity == "warning" else ""
        return "\n".join([f"{place}: {warning}{self.message}", *excerpt(self.source)])


class CellgraphError(Exception):
    """Something the user can put right; the message is all they need.

    >>> import cellgraph as cg
    >>> try:
    ...     cg.load("gru+coupled")
    ... except cg.CellgraphError as error:
    ...     str(error)
    'no pair of gates that can be coupled: the weights of old and new add up to 1 already'
    """


class SpecError(CellgraphError):
    """A spec that cannot be read: every problem of the file, each with its place and what to do.

    >>> import cellgraph as cg
    >>> try:
    ...     cg.load("lsmt")
    ... except cg.SpecError as error:
    ...     [problem] = error.problems
    >>> problem.code, problem.message
    ('E_FILE', "there is no cell or file 'lsmt'; did you mean 'lstm'?")
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class ShapeError(SpecError):
    """Operands whose sizes do not agree: names the equation and both shapes.

    >>> import cellgraph as cg
    >>> text = '''
    ... name: mine
    ... dims: {m: input size, n: hidden size}
    ... inputs: {x: [m]}
    ... states: {h: [n]}
    ... params: {U: [n, n]}
    ... equations: |
    ...   h = tanh(U @ x) + h[t-1]
    ... '''
    >>> try:
    ...     cg.loads(text)
    ... except cg.ShapeError as error:
    ...     [problem] = error.problems
    >>> problem.source.line, problem.message.partition(";")[0]
    (8, "in the equation of 'h', 'U @ x': '@' joins n×n and m: the inner sizes n and m differ")
    """


class CodeError(CellgraphError):
    """A user's code of which no cell can be made: every line that stands in the way, each with what to do.

    >>> import cellgraph as cg
    >>> from cellgraph.errors import Problem, Source
    >>> line = Source("my_cells.py", 7, 0, "if h.sum() > 0:")
    >>> print(cg.CodeError(Problem("E_VALUE", "a value decides what is computed: write torch.where", line)))
    my_cells.py:7: a value decides what is computed: write torch.where
      if h.sum() > 0:
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class RenderError(CellgraphError):
    """A picture that could not be drawn: names what is missing and how to get it.

    >>> import cellgraph as cg
    >>> issubclass(cg.RenderError, cg.CellgraphError)
    True
    """


def quoted(text: str, limit: int = 80) -> str:
    """User text made safe for a message: escaped like a Python string and cut to `limit` characters."""
    shown = ascii(text) if not text.isprintable() else repr(text)
    return shown if len(shown) <= limit else shown[: limit - 2] + "…" + shown[-1]


def excerpt(source: Source, width: int = 100) -> list[str]:
    """The line of a problem and a caret under its column; nothing where the line is not known.

    Long lines are cut around the caret, and characters that a terminal would act on are shown as '?'.
    """
    if not source.text:
        return []
    from rich.cells import cell_len

    start = max(0, source.column - 1 - width // 2) if len(source.text) > width else 0
    shown = "".join(c if c.isprintable() else "?" for c in source.text[start : start + width])
    before = shown[: source.column - 1 - start]
    # A Chinese character takes two columns of a terminal, a combining accent none.
    return [f"  {shown}", *([" " * (cell_len(before) + 2) + "^"] if source.column else [])]


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names with commas between them, cut after the first few."""
    shown = list(names)
    return ", ".join(shown[:most]) + (", …" if len(shown) > most else "")


def nearest(name: str, choices: Iterable[str]) -> str:
    """'; did you mean ...' for the choice that is spelled most like `name`, or an empty string.

    Looks at 64 characters and the first 500 choices, so that it stays quick whatever a file holds.
    """
    import difflib
    from itertools import islice

    found = difflib.get_close_matches(name[:64], list(islice(choices, 500)), n=1, cutoff=0.6)
    return f"; did you mean '{found[0]}'?" if found else ""
