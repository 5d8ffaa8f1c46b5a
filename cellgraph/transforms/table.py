"""The table of transforms, and what they make of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from cellgraph.errors import CellgraphError, nearest, quoted
from cellgraph.graph import Cell
from cellgraph.messages import LANGUAGES, message
from cellgraph.names import LENGTH
from cellgraph.spec.equations import MOST as EQUATIONS
from cellgraph.transforms.copies import bidirectional, read_layers, stack
from cellgraph.transforms.coupled import coupled
from cellgraph.transforms.diagonal import diagonal
from cellgraph.transforms.draft import compose
from cellgraph.transforms.layer_norm import layer_norm
from cellgraph.transforms.multiplicative import multiplicative
from cellgraph.transforms.peephole import peephole
from cellgraph.transforms.projection import projection
from cellgraph.transforms.transform import Argument, NotApplicable, Transform, Transformed, told
from cellgraph.transforms.zoneout import SHARE, read_share, zoneout

TABLE: Mapping[str, Transform] = MappingProxyType({transform.name: transform for transform in (
    Transform("peephole", peephole, "Gers, Schraudolph & Schmidhuber 2002, Learning Precise Timing with LSTM "
              "Recurrent Networks, JMLR 3"),
    Transform("coupled", coupled, "Greff et al. 2015, LSTM: A Search Space Odyssey, arXiv:1503.04069"),
    Transform("projection", projection, "Sak, Senior & Beaufays 2014, Long Short-Term Memory Based Recurrent Neural "
              "Network Architectures, arXiv:1402.1128"),
    Transform("layer-norm", layer_norm, "Ba, Kiros & Hinton 2016, Layer Normalization, arXiv:1607.06450"),
    Transform("diagonal", diagonal, "Li et al. 2018, Independently Recurrent Neural Network, arXiv:1803.04831"),
    Transform("multiplicative-integration", multiplicative, "Wu et al. 2016, On Multiplicative Integration with "
              "Recurrent Neural Networks, arXiv:1606.06630"),
    Transform("zoneout", zoneout, "Krueger et al. 2016, Zoneout: Regularizing RNNs by Randomly Preserving Hidden "
              "Activations, arXiv:1606.01305", Argument(read_share, SHARE, "0.1")),
    Transform("stack", stack, "Graves, Mohamed & Hinton 2013, Speech Recognition with Deep Recurrent Neural Networks, "
              "arXiv:1303.5778", Argument(read_layers, 2, "3")),
    Transform("bidirectional", bidirectional, "Schuster & Paliwal 1997, Bidirectional Recurrent Neural Networks, IEEE "
              "Transactions on Signal Processing 45"),
)})  # fmt: skip
"""Every transform by the name that people type."""

TOO_LARGE = "too large for a spec, which has at most {equations} equations and names of at most {length} characters"


def transformed(cell: Cell, *names: str) -> Cell:
    """The cell after these transforms, one after the other: transformed(lstm, "peephole", "stack=3").

    What comes back equals what is read from its own spec, which `cellgraph show --spec` prints; it says in its note
    what each transform changed and why. Implementations go: a library's arrays are those of the cell as it was.

    Raises CellgraphError for an unknown transform or argument, and NotApplicable where one does not fit the cell.

    >>> import cellgraph as cg
    >>> stacked = cg.transformed(cg.load("rnn"), "layer-norm", "stack=2")
    >>> stacked.name, stacked.carries
    ('rnn-layer-norm-stack-2', mappingproxy({h_1[t-1]: h_1, h_2[t-1]: h_2}))
    """
    for name in names:
        transform, argument = _resolved(name)
        found = transform.rule(cell) if transform.argument is None else transform.rule(cell, argument)
        if len(found.draft.equations) > EQUATIONS or max(map(len, found.draft.names)) > LENGTH:
            raise NotApplicable(TOO_LARGE, equations=EQUATIONS, length=LENGTH)
        cell = _described(compose(cell, found.draft), transform, found, name)
    return cell


def _resolved(name: str) -> tuple[Transform, Any]:
    """A transform and its argument. Raises CellgraphError."""
    word, equals, text = name.partition("=")
    if word not in TABLE:
        hint = nearest(word, TABLE) or f"; there are {', '.join(TABLE)}"
        raise CellgraphError(f"there is no transform {quoted(word)}{hint}")
    transform = TABLE[word]
    argument = transform.argument
    if not equals:
        return transform, argument.default if argument else None
    if argument is None:
        raise CellgraphError(f"{word} takes no argument, and here is {quoted(text)}; write {word}")
    try:
        return transform, argument.read(text)
    except ValueError as error:
        raise CellgraphError(f"{quoted(name)}: {error}, such as {word}={argument.example}") from None


def _described(cell: Cell, transform: Transform, found: Transformed, name: str) -> Cell:
    """The cell with the words of the transform added to its name, title, note and reference."""
    title = {lang: cell.title.get(lang) or cell.title.get("en") or cell.name for lang in LANGUAGES}
    note = {lang: cell.note.get(lang, "") for lang in LANGUAGES}
    said = {lang: told(found.why, lang) for lang in LANGUAGES}
    sources = [text for text in (cell.reference, f"{transform.name}: {transform.reference}") if text]
    return replace(
        cell,
        name=f"{cell.name}-{name.replace('=', '-').replace('.', '')}"[:LENGTH].rstrip("-"),
        title={k: told(message("{title}, {change}", title=title[k], change=found.title), k) for k in LANGUAGES},
        note={"en": f"{note['en']} {said['en']}".strip(), "zh": note["zh"] + said["zh"]},
        reference="; ".join(sources),
        year=None,
    )
