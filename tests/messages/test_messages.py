"""What the tool says exists in both languages, with the same values, in each language's own punctuation."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polib
from laws import over

from cellgraph.messages import CATALOGUE, chinese, message, translated

PACKAGE = Path(__file__).parents[2] / "cellgraph"
CJK = "[\u4e00-\u9fff]"


def templates() -> dict[str, str]:
    """Every template that is written as a literal in a call of `message`, and where."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in ("message", "translated", "say")
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found[first.value] = f"{path.relative_to(PACKAGE)}:{node.lineno}"
    return found


def columns() -> dict[str, str]:
    """Every column of a Table that is written as a literal tuple."""
    found = {}
    for path in sorted((PACKAGE / "derive").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Table":
                given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "columns")]
                for words in (t.elts for t in given if isinstance(t, ast.Tuple)):
                    found |= {w.value: f"{path.name}:{w.lineno}" for w in words if isinstance(w, ast.Constant)}
    return found


def placeholders(template: str) -> set[str]:
    return set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", template))


def worded(template: str) -> bool:
    """Whether there is anything to translate beside values and mathematics."""
    return bool(re.search("[A-Za-z]{2,}", re.sub(r"\{\w*\}|MAC|FLOP|BPTT", "", template)))


def test_every_message_and_column_has_its_chinese() -> None:
    missing = {t: place for t, place in (templates() | columns()).items() if worded(t) and t not in chinese()}
    assert not missing


@over(sorted(chinese()))
def test_both_languages_have_the_same_values(english: str) -> None:
    assert placeholders(chinese()[english]) <= placeholders(english)
    essential = placeholders(english) - placeholders(chinese()[english])
    # Chinese has no plural; nothing else may be left out.
    assert all(name in ("s", "plural", "be") for name in essential)


@over(sorted(chinese()))
def test_chinese_has_chinese_punctuation(english: str) -> None:
    said = re.sub(r"\{\w*\}", "x", chinese()[english])
    assert not re.search(f"{CJK}[,;:!?(]|{CJK}\\.(?!\\d|\\w)|[,;:)](?:{CJK}|x\\b ?{CJK})", said), said


def test_every_entry_is_translated_once_and_is_still_said() -> None:
    entries = polib.pofile(str(CATALOGUE), encoding="utf-8")
    assert len({entry.msgid for entry in entries}) == len(entries) == len(chinese())
    assert entries.percent_translated() == 100


def test_what_has_no_chinese_stays_english() -> None:
    assert translated("nobody says this", "zh") == "nobody says this"
    assert translated("shape", "zh") == "形状"
    assert message("{a} and {b}", a=1, b=2).values["b"] == 2
