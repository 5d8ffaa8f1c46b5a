"""The quick reader beside the whole parser: the same tree, place by place, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

import cellgraph as cg
from cellgraph.errors import SpecError
from cellgraph.spec import library, nodes, plain, source

BAD = sorted((Path(__file__).parent.parent / "bad").glob("*.yaml"))

LEFT = {
    "a list by lines": "a:\n  - b\n",
    "a quote in single quotes": "a: 'b'\n",
    "an escape": 'a: "\\t"\n',
    "a text over two lines": "a: b\n  c\n",
    "brackets over two lines": "a: [b,\n  c]\n",
    "a folded block": "a: >\n  b\n",
    "a block with an indication": "a: |-\n  b\n",
    "a key twice": "a: b\na: c\n",
    "a key without a value": "a:\nb: c\n",
    "an item without a value": "a: [b, , c]\n",
    "a comma too many": "a: [b, ]\n",
    "a pair in a list": "a: [b: c]\n",
    "brackets that do not close": "a: {b: [c}]\n",
    "brackets within brackets": "a: " + "[" * 9 + "]" * 9 + "\n",
    "an alias": "a: *b\n",
    "a tag": "a: !b c\n",
    "two spaces fewer": "  a: b\nc: d\n",
    "a tab": "a:\tb\n",
    "no line break at the end": "a: b",
    "a mapping in a line": "a: b: c\n",
}


@pytest.mark.parametrize("name", cg.cells())
def test_every_spec_that_ships_is_read_quickly_and_alike(name: str) -> None:
    text = library.text(name)
    found = plain.tree(text)
    assert found is not None
    assert found == nodes.tree(text)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_what_is_wrong_is_never_read_otherwise(path: Path) -> None:
    try:
        text = source.read(path)
    except SpecError:
        return
    found = plain.tree(text)
    assert found is None or found == nodes.tree(text)


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_what_is_left_to_the_whole_parser(text: str) -> None:
    assert plain.tree(source.Text("<text>", text)) is None


@pytest.mark.parametrize("text", ["a: {}\n", "a: []\n", 'a: ""\nb: -1e38  # c\n', 'a: {b: [c d, "e: f"], g: {h: i}}\n'])
def test_small_ones(text: str) -> None:
    whole = source.Text("<text>", text)
    assert plain.tree(whole) == nodes.tree(whole) is not None
