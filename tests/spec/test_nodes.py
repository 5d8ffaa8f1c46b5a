"""Texts to nodes: the fast parser beside the one that explains, on every spec and every bad spec."""

from __future__ import annotations

from pathlib import Path

import pytest
from spec.test_mutations import nowhere, outcome

import cellgraph as cg
from cellgraph.errors import SpecError
from cellgraph.spec import library, nodes, source

BAD = sorted((Path(__file__).parent.parent / "bad").glob("*.yaml"))


@pytest.mark.parametrize("name", cg.cells()[::8])
def test_the_parsers_agree_on_what_ships(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = library.text(name)
    fast = nodes.tree(text)
    monkeypatch.setattr(nodes, "_of_libyaml", nowhere)
    assert nodes.tree(text) == fast


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_parsers_agree_on_what_is_wrong(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        text = source.read(path).text
    except SpecError:
        return
    fast = outcome(text)
    monkeypatch.setattr(nodes, "_of_libyaml", nowhere)
    assert outcome(text) == fast
