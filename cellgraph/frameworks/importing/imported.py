"""What an import gives: the cell that a user's code computes, how far the two agree, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from cellgraph.derive import report_of
from cellgraph.derive.differences.nearest import Identification, Nearest
from cellgraph.derive.listing import listing
from cellgraph.display import WRITERS, Displayed
from cellgraph.frameworks.importing.stated import Guess
from cellgraph.frameworks.verify import FORWARD, GRADIENT
from cellgraph.graph import Cell
from cellgraph.identification.identify import identify
from cellgraph.implementations.implementation import Implementation
from cellgraph.messages import Message, listed, message
from cellgraph.report import Formulas, Report
from cellgraph.spec import loads
from cellgraph.table import Table

SINGLE = 1e-6
"""The largest error of gradients where values agree in float64: some operations differentiate in float32."""


@dataclass(frozen=True)
class Agreement:
    """An imported cell beside the code that it comes from, at sizes that no trace has seen.

    :forward:   the largest difference over the largest value, over all steps
    :gradient:  likewise of all cotangents; None where the library cannot differentiate
    :count:     whether as many numbers are learned
    :at:        a number for each size
    :steps:     how many steps were taken
    :version:   of the library
    :precision: that of the code: float64, but where it or its library computes in float32
    """

    forward: float
    gradient: float | None
    count: bool
    at: Mapping[str, int]
    steps: int = 1
    version: str = ""
    precision: str = "float64"

    @property
    def passed(self) -> bool:
        """Whether the two compute the same."""
        forward, gradient = FORWARD[self.precision], max(GRADIENT[self.precision], SINGLE)
        return self.count and self.forward <= forward and (self.gradient is None or self.gradient <= gradient)


@dataclass(frozen=True, repr=False)
class Imported(Displayed):
    """A cell that was made from somebody's code, and what holds between the two.

    :source:         the class, the function or the file
    :implementation: how the code lays out the cell's parameters
    :yaml:           the spec
    :agreement:      None where the two were not run beside each other
    :operations:     what the code does in one step, and how often
    :guesses:        what was guessed about the code
    """

    source: str
    cell: Cell
    implementation: Implementation
    yaml: str
    agreement: Agreement | None
    operations: Mapping[str, int]
    guesses: tuple[Guess, ...] = ()

    def _about(self) -> str:
        return f"{self.cell.name} from {self.source}"

    @property
    def sizes(self) -> Mapping[str, str]:
        """The sizes of the cell, and what each is."""
        return self.cell.dims

    @property
    def comparison(self) -> Agreement | None:
        """The same as `agreement`."""
        return self.agreement

    @property
    def nearest(self) -> tuple[Nearest, ...]:
        """The known cells that are nearest to this one, each with the edits between them."""
        return self.identification.nearest

    @cached_property
    def identification(self) -> Identification:
        """The same with the name of the cell, as a result that shows itself."""
        return identify(self.cell)

    @property
    def report(self) -> Report:
        """What a person reads: agreement, guesses, operations, equations, and what is nearest."""
        return import_report(self)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document: lists, dictionaries, text and numbers."""
        return dict(WRITERS["document"](self.report))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return dict(WRITERS["notebook"](self.report))


def import_report(found: Imported, written: str | None = None) -> Report:
    """An import as a report. written: the file that holds the spec now."""
    near = report_of(found.identification)
    equations = [block for block in listing(found.cell).blocks if isinstance(block, Formulas)]
    rows = tuple((guess.of, message(guess.kind), guess.taken) for guess in found.guesses)
    guessed = message("guessed; options say otherwise")
    columns = ("name", "what it is", "taken for")
    blocks: list[Message | Formulas | Table] = [
        *_agreement(found),
        *([Table(guessed, columns, rows)] if rows else []),
        message("operations: {operations}", operations=listed(_counted(found.operations))),
        *equations,
        *near.blocks,
        *([message("written: {file}", file=written)] if written else []),
    ]
    said = None if found.agreement is None else asdict(replace(found.agreement, at=dict(found.agreement.at)))
    data = {
        "source": found.source,
        "cell": found.cell.name,
        "sizes": dict(found.sizes),
        "operations": dict(found.operations),
        "agreement": said,
        "nearest": near.data["nearest"],
        "spec": found.yaml,
        "guesses": [asdict(guess) for guess in found.guesses],
        "written": written,
    }
    return Report(
        message("{cell}, imported from {source}", cell=found.cell.name, source=found.source), tuple(blocks), data
    )


def _agreement(found: Imported) -> Iterator[Message]:
    own = found.agreement
    if own is None:
        yield message("It was not run beside the code.")
        return
    values = {
        "at": listed(message("{size} = {number}", size=size, number=number) for size, number in own.at.items()),
        "steps": own.steps,
        "precision": own.precision,
        "forward": f"{own.forward:.0e}",
        "gradient": "" if own.gradient is None else f"{own.gradient:.0e}",
    }
    if not own.passed:
        yield message("It does not agree with the code.")
    if own.gradient is None:
        yield message("Beside the code over {steps} steps at {at}: forward {forward}.", **values)
    else:
        yield message("Beside the code over {steps} steps at {at}: forward {forward}, gradient {gradient}.", **values)
    if own.precision != "float64":
        yield message("The code computes in {precision}.", **values)
    elif own.passed and (own.gradient or 0) > GRADIENT["float64"]:
        yield message("The code differentiates in float32.")
    if own.count:
        yield message("Both learn as many numbers.")
    else:
        yield message("They do not learn as many numbers.")


def _counted(operations: Mapping[str, int]) -> Iterator[Message]:
    for name, count in sorted(operations.items(), key=lambda pair: (-pair[1], pair[0])):
        yield message("{count} {name}", count=count, name=name)


def commented(found: Imported) -> str:
    """The spec with a line on top that says where it comes from, and how far it agrees with the code."""
    own = found.agreement
    if own is None or not own.passed:
        told = "NOT CHECKED: it could not be run beside the code" if own is None else "IT DOES NOT AGREE with the code"
        return f"# Imported from {found.source}. {told}.\n{found.yaml}"
    at = ", ".join(f"{dim}={number}" for dim, number in own.at.items())
    gradient = "" if own.gradient is None else f", gradient {own.gradient:.0e}"
    beside = f"Beside it at {at}: forward {own.forward:.0e}{gradient}."
    return f"# Imported from {found.source}. {beside}\n{found.yaml}"


def document(found: Imported) -> dict[str, Any]:
    """An import as a JSON document from which `imported` makes it again."""
    own = found.agreement
    return {
        "source": found.source,
        "yaml": found.yaml,
        "agreement": None if own is None else asdict(replace(own, at=dict(own.at))),
        "operations": dict(found.operations),
        "guesses": [asdict(guess) for guess in found.guesses],
    }


def imported(told: Mapping[str, Any]) -> Imported:
    """The import that a document tells of. The spec names the code as its one implementation."""
    cell = loads(told["yaml"])
    return Imported(
        told["source"],
        cell,
        cell.implementations[0],
        told["yaml"],
        None if told["agreement"] is None else Agreement(**told["agreement"]),
        told["operations"],
        tuple(Guess(**guess) for guess in told["guesses"]),
    )
