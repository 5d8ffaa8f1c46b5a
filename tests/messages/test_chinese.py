"""How Chinese is set: one space between Chinese and Latin letters, numbers or values, none beside full-width signs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from laws import over
from zoo import EVERY, FEW, cell_of

from cellgraph.derive.listing import listing
from cellgraph.derive.prose.explain import explanation
from cellgraph.derive.structures.structure import structure
from cellgraph.derive.structures.structure_report import structure_report
from cellgraph.integrations.gallery.story import PLACE
from cellgraph.messages import chinese
from cellgraph.views import shown

ROOT = Path(__file__).parents[2]
HAN, SIGNS = "\u4e00-\u9fff", "，。：；！？、（）“”"
TIGHT = re.compile(rf"[{HAN}][A-Za-z0-9{{∂σ∏]|[A-Za-z0-9}}%][{HAN}]|[{SIGNS}] +(?=[^ ])|[^ ] [{SIGNS}]")
"""A letter or a value that touches a Chinese character, or a space beside a full-width sign."""
OLD = re.compile("回路|互不相干|加法携带|满矩阵|候选值|键到值")
"""Words that have a better one: 反向路径, 互不影响, 加性直通, 稠密矩阵, 候选状态, 键→值."""


def wrong(text: str) -> list[str]:
    """What is set wrong, with what stands around it; code and what a page fills in are a value."""
    bare = PLACE.sub("{x}", re.sub("`[^`]*`", "{x}", text))
    return [bare[max(found.start() - 9, 0) : found.end() + 9] for found in TIGHT.finditer(bare)]


def test_the_law_sees_what_it_is_for() -> None:
    assert wrong("共n 个数")
    assert wrong("共 n个数")
    assert wrong("{first}和")
    assert wrong("好， 坏")
    assert not wrong("共 {count} 个数，每步 2 次。")


def test_messages_are_set_alike() -> None:
    assert {said: found for said in chinese().values() if (found := wrong(said))} == {}


def test_the_words_of_specs_are_set_alike_and_are_the_terms() -> None:
    said = {f"{name}: {text['zh']}" for name in EVERY for text in _texts(name) if "zh" in text}
    assert {text: found for text in said if (found := wrong(text) or OLD.findall(text))} == {}


@pytest.mark.parametrize("place", ["README.zh.md", "cellgraph/integrations/gallery/rnn-lstm-gru.zh.md"])
def test_documents_are_set_alike(place: str) -> None:
    text = (ROOT / place).read_text(encoding="utf-8")
    prose = re.sub(r"(?s)```.*?```|<!-- cellgraph.*?/cellgraph -->|\]\([^)]*\)", "", text)
    lines = [line.lstrip("- #|") for line in prose.splitlines()]
    assert {line: found for line in lines if (found := wrong(line) or OLD.findall(line))} == {}


@over(FEW)
def test_what_is_said_of_a_cell_is_set_alike(name: str) -> None:
    """Values that are words or numbers have come into their places here."""
    cell = cell_of(name)
    for report in (explanation(cell), structure_report(structure(cell)), listing(cell)):
        sentences = (part for line in shown(report, "text", "zh").splitlines() for part in re.split("  +", line))
        assert [found for sentence in sentences if (found := wrong(sentence.strip()))] == []


def test_every_message_that_has_chinese_is_said() -> None:
    """Each English template stands in the code, whole or in two pieces, or is what a spec says of its sizes."""
    texts = {
        node.value
        for path in sorted((ROOT / "cellgraph").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } | set(cell_of("rnn").dims.values())
    # A family is one word.
    left = [said for said in chinese() if said not in texts and not said.startswith("family ")]
    assert [said for said in left if not any(said[:k] in texts and said[k:] in texts for k in range(len(said)))] == []


def _texts(name: str) -> list[dict[str, str]]:
    cell = cell_of(name)
    return [dict(cell.title), dict(cell.note), *map(dict, cell.labels.values())]
