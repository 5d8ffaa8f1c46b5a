"""Hostile text in every free field of a spec, through every format: nothing breaks, and the output is well formed."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellgraph.cli import commands

TEXTS = (
    "\"quotes\" 'of' ''' every \"\"\" kind `and` backticks ```",
    "</script><script>alert(1)</script><!-- --> ]]> &amp; &#x3c;",
    "\\ \\input{x} \\end{document} $x^2$ ~ # & _ ^^M a\\",
    "} { }{ {} {0} {cell} {{ %s %(a)s %d %% %%{init: {}}%%",
    "=1+cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "- item",
    "1. one",
    "---",
    "# heading",
    "> quote | a | b |",
    "a\nb\n\n# c\n",
    "\ttab",
    "🧠 שלום مرحبا é\u0301 ﷺ ∂∑ 中文「」",
    "|s| `x`_ :math:`y` *b* _c_ [d](e) ![f](g)",
    "null",
    "!!python/object:os.system &a *a [1, 2] {a: b}",
    "subgraph end a]b a)b a}b ; -->",
    "long " * 200 + "x" * 800,
)
REFUSED = ("\0", "\x07", "a \u202e b", "\u200b", "\ufeff", "\x7f", "\x85")
"""What no text of a spec may hold, because nobody sees it."""

REPORTS = (
    "show", "params", "cost", "structure", "explain", "explain --lang zh", "grad", "jacobian", "diff rnn",
    "flow --steps 2 --seeds 1 -s m=2 -s n=3",
)  # fmt: skip
FORMATS = ("text", "markdown", "rst", "latex", "csv", "json")
PICTURES = ("svg", "dot", "mermaid", "tikz")


def spec(text: str) -> str:
    """A spec with the text in every field that is free, and in comments as far as it is one line."""
    quoted = json.dumps(text, ensure_ascii=False)
    spoken, comment = f"{{en: {quoted}, zh: {quoted}}}", " ".join(text.split())
    labels = "".join(f"  {name}: {spoken}\n" for name in "xhfy")
    return (
        f"name: hostile\n# {comment}\ntitle: {spoken}\nreference: {quoted}\nnote: {spoken}\n"
        f"dims: {{m: {quoted}, n: {quoted}}}  # {comment}\ninputs: {{x: [m]}}\nstates: {{h: [n]}}\n"
        f"params:\n  W: [n, m]  # {comment}\n  U: [n, n]\n  V: [m, n]\nequations: |\n  # {comment}\n"
        f"  f = sigmoid(W @ x + U @ h[t-1])  # {comment}\n  h = f * h[t-1] + (1 - f) * tanh(W @ x)\n"
        f"readout: |\n  y = V @ h\nlabels:\n{labels}"
    )


class Elements(HTMLParser):
    """Every element that is opened is closed by its own end."""

    EMPTY = frozenset({"meta", "br", "input", "hr", "wbr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.scripts += tag == "script"
        self.open += [tag] if tag not in self.EMPTY else []

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """An element that closes itself needs no end."""

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.EMPTY or self.open.pop() == tag


def is_html(text: str) -> None:
    assert Elements(text).scripts == 3


def is_csv(text: str) -> None:
    """No cell is a formula to a spreadsheet: what begins like one is a number."""
    cells = [cell for row in csv.reader(io.StringIO(text), strict=True) for cell in row]
    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t") and not re.fullmatch(r"[-+]?[\d.,e+-]+", cell)] == []


def is_balanced(text: str) -> None:
    """Braces of TeX close what they open; comments and escaped ones aside."""
    depth = 0
    for sign in re.findall(r"[{}]", re.sub(r"\\.|%.*", "", text)):
        depth += 1 if sign == "{" else -1
        assert depth >= 0
    assert depth == 0


def is_quoted(text: str) -> None:
    """Labels of Mermaid and DOT end where they should: quotes stand in pairs on every line."""
    assert [line for line in text.splitlines() if re.sub(r"\\.", "", line).count('"') % 2] == []


WELL_FORMED: Mapping[str, Callable[[str], object]] = {
    "json": json.loads,
    "csv": is_csv,
    "latex": is_balanced,
    "tikz": is_balanced,
    "svg": ET.fromstring,
    "mermaid": is_quoted,
    "html": is_html,
}


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:12]))
def test_every_format_survives(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Formats take turns: for each text every report is written in one, and a picture in two."""
    monkeypatch.chdir(tmp_path)
    Path("cell.yaml").write_text(spec(text), encoding="utf-8")
    turn = TEXTS.index(text)
    asked = [(*report.split(), "-f", FORMATS[(turn + k) % 6]) for k, report in enumerate(REPORTS)]
    asked += [("draw", "--show", "labels,shapes", "--legend", "-f", PICTURES[turn % 4]), ("show", "--spec")]
    asked += [("page",)] if set(text) & set("<>&\"'`\\{$") else []  # to HTML and scripts other texts are like any word
    asked += [("draw", "-f", PICTURES[(turn + 1) % 4]), ("show", "-f", "csv"), ("show", "-f", "markdown")]
    for name, *options in asked:
        done = CliRunner().invoke(commands, [name, "cell.yaml", *options])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise AssertionError((name, options)) from done.exception
        assert done.exit_code == 0, (name, options, done.stderr)
        format_ = options[options.index("-f") + 1] if "-f" in options else {"page": "html"}.get(name, "")
        WELL_FORMED.get(format_, str)(done.stdout)
        if "--spec" in options:
            Path("again.yaml").write_text(done.stdout, encoding="utf-8")
            assert CliRunner().invoke(commands, ["check", "again.yaml"]).exit_code == 0


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_what_nobody_sees_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "cell.yaml"
    path.write_text(spec(text), encoding="utf-8")
    for name in ("check", "show", "page", "flow"):
        done = CliRunner().invoke(commands, [name, str(path)])
        assert done.exit_code == 1
        assert re.search(r"cell.yaml:\d+:\d+: .*U\+", done.stdout + done.stderr)
