"""YAML to nodes: everything is text and has its place; what else YAML can do is refused."""

from __future__ import annotations

import pytest

from cellgraph.errors import SpecError
from cellgraph.spec.source import Text
from cellgraph.spec.yaml_nodes import DEPTH, EVENTS, Mapping, Scalar, Sequence, tree


def read(text: str) -> Mapping:
    node = tree(Text("f", text))
    assert isinstance(node, Mapping)
    return node


@pytest.mark.parametrize(
    "written",
    "no on off y yes true null ~ 1e3 010 0x1f 1_000 12:30:45 2001-01-01 .inf .nan <<x 42 0b1 !x".split()[:-1],
)
def test_every_plain_scalar_is_the_text_as_written(written: str) -> None:
    key, value = read(f"{written}: {written}\n").entries[written]
    assert isinstance(value, Scalar)
    assert (key.value, value.value) == (written, written)


def test_nodes_know_their_places() -> None:
    root = read("a: [b, 'c']\n门:\n  d: |\n    e\n     f\n")
    value, nested = root.entries["a"][1], root.entries["门"][1]
    assert isinstance(value, Sequence)
    assert isinstance(nested, Mapping)
    assert [(item.source.line, item.source.column) for item in value.items] == [(1, 5), (1, 8)]
    literal = nested.entries["d"][1]
    assert isinstance(literal, Scalar)
    assert (literal.source.line, literal.source.column, literal.style, literal.value) == (3, 6, "|", "e\n f\n")
    assert literal.source.text == "  d: |"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &b c\nd: *b\n", r"^f:1:4: anchors .*\n.*\n.*\nf:2:4: anchors"),
        ("a: !!str b\n", r"^f:1:4: tags such as 'tag:yaml.org,2002:str' are not used"),
        ("a: !b c\n", r"^f:1:4: tags such as '!b'"),
        ("a: b\n---\nc: d\n", r"^f:3:1: a file holds one spec"),
        ("%YAML 1.2\n---\na: b\n", r"^f:1:1: lines that begin with %"),
        ("# only\n# comments\n", r"^f:1:1: there are only comments"),
        ("a: b\nc: d\na: e\n", r"^f:3:1: the key 'a' is here already, at line 1"),
        ("a: {b: c, 'b': d}\n", r"^f:1:11: the key 'b' is here already"),
        ("[a, b]: c\n", r"^f:1:1: a key is a name"),
        ("{a: b}: c\n", r"^f:1:1: a key is a name"),
        ("a: [b\n", r"^f:2:1: this is not YAML .*; the file ends too early"),
        ("a: b: c\n", r"^f:1:5: this is not YAML .*; put quotes around text that holds ': '"),
        ("a: `b`\n", r"^f:1:4: this is not YAML .*put quotes"),
        ('a: "\\UFFFFFFFF"\n', r"^f:1:1: this is not YAML .*out of range"),
        ('a: "\\u202e"\n', r"^f:1:4: an escape gives the invisible character U\+202E"),
        ('a: "\\ud800"\n', r"^f:1:4: an escape gives the invisible character U\+D800"),
        ('"\\0": a\n', r"^f:1:1: an escape gives the invisible character U\+0000"),
    ],
)
def test_what_is_refused_and_where(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        read(text)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{"])
@pytest.mark.parametrize("count", [DEPTH + 1, 1000, 30_000])
def test_depth_is_refused_before_anything_recurses(opening: str, count: int) -> None:
    with pytest.raises(SpecError, match=r"nested deeper than 16 levels|a key is a name|not YAML"):
        read(opening * count)


def test_depth_at_the_limit_is_fine() -> None:
    inner = "x"
    for _ in range(DEPTH - 1):
        inner = f"[{inner}]"
    read(f"a: {inner}\n")


def test_long_documents_are_refused_while_they_are_read() -> None:
    with pytest.raises(SpecError, match=f"more than {EVENTS:,} YAML events"):
        read("\n".join(f"k{i}: v" for i in range(EVENTS)))
