"""The gallery: every link leads somewhere, it is the same every time, and nothing in a spec can break out of a page."""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from links import dead, pages, rendered, targets
from sites import once

import cellgraph as cg
from cellgraph.cli import commands
from cellgraph.derive.flows.initialise import Initialisation
from cellgraph.integrations.gallery.contents import COMPARISONS, STORIES, compared_cells, contents_of
from cellgraph.integrations.gallery.measured import LITTLE, LONG, RUNS, carried, forgetting, left, through
from cellgraph.integrations.gallery.story import FACTS, PLACE
from cellgraph.integrations.gallery.tasks import tasks
from cellgraph.messages import Message
from cellgraph.spec import cells
from cellgraph.views.values import PLAIN, format_message

ROOT = Path(__file__).parents[2]
THREE = ("rnn", "lstm", "gru", "gru-reset-after")
HOSTILE = """\
name: own
title:
  en: "x <script>alert(1)</script> | ![p](http://e.example) [l](http://e.example) $x$ `y` **b**"
  zh: "</details> # 标题 <img src=x onerror=alert(1)>"
reference: "]]> --> <b> http://e.example </summary> ``` ~~~"
year: 2001
family: "# <i>odd</i> | ../../x"
note: {en: "<iframe src=x>  - list  1. list"}
dims: {m: "input <b>size", n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], u: [n], b: [n]}
equations: |
  h = tanh(W @ x + u * h[t-1] + b)  # ``` <b>
labels:
  h: {en: "<u>& | \\\\", zh: "| | | ```"}
"""
OURS = re.compile(r'<(?:img src="[\w./-]+" alt="[^"<>]*"(?: width="\d+")?|/?details|/?summary|br)>')
"""The only HTML that pages hold."""


def gallery(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(commands, ["gallery", *arguments])
    assert result.exit_code == code, result.output + result.stderr
    assert "Traceback" not in result.output + result.stderr
    return result


def english(said: Message) -> str:
    return format_message(said, PLAIN, "en")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small gallery, with a spec of somebody who means no good."""

    def make(folder: Path) -> None:
        (folder / "own.yaml").write_text(HOSTILE, encoding="utf-8")
        gallery(*THREE, str(folder / "own.yaml"), "-o", str(folder / "made"), "--jobs", "1", "-q")

    return once(tmp_path_factory, "gallery", make) / "made"


def text_of(made: Path) -> dict[str, str]:
    return {path.relative_to(made).as_posix(): path.read_text(encoding="utf-8") for path in made.rglob("*.md")}


def test_every_link_leads_somewhere_and_every_file_is_linked(made: Path) -> None:
    present = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert list(dead([made])) == []
    reached = {"README.md"} | {
        posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        for path, text in text_of(made).items()
        for target in targets(text)
    }
    assert present - reached == set()


def test_what_a_spec_says_stays_text(made: Path) -> None:
    texts = text_of(made)
    assert any("own" in path for path in texts)
    for path, text in texts.items():
        for token in rendered(text):
            if token.type in ("html_block", "html_inline"):
                assert OURS.sub("", token.content).strip().replace("own.yaml", "") in (
                    "",
                    *(f"{n}.yaml" for n in THREE),
                ), path
            if token.type == "link_open":
                assert "example" not in str(token.attrs["href"])
            assert token.type not in ("image", "strong_open") or "example" not in token.content
        html = "".join(token.content for token in rendered(text) if token.type == "html_block")
        assert html.count("<details>") == html.count("</details>") == int(path.startswith("cells/"))


def test_pictures_are_well_formed(made: Path) -> None:
    found = list(made.rglob("*.svg"))
    assert len(found) >= 2 * len(THREE)
    for path in found:
        assert ET.fromstring(path.read_text(encoding="utf-8")).tag.endswith("svg")


def test_a_second_gallery_is_the_same_on_two_processors(tmp_path: Path) -> None:
    gallery("rnn", "-o", str(tmp_path / "first"), "--jobs", "1", "-q")
    gallery("rnn", "-o", str(tmp_path / "second"), "--jobs", "2", "-q")
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "first", tmp_path / "second")
    )
    assert first == second


def test_what_is_out_of_date_or_left_over_is_named(tmp_path: Path) -> None:
    where = str(tmp_path / "made")
    gallery("rnn", "-o", where, "--jobs", "1")
    gallery("rnn", "-o", where, "--jobs", "1", "--check")
    page, extra = tmp_path / "made/cells/rnn/README.md", tmp_path / "made/cells/gone/README.md"
    page.write_text("old")
    extra.parent.mkdir()
    extra.write_text("mine")
    said = gallery("rnn", "-o", where, "--jobs", "1", "--check", code=1).stderr
    assert f"{page}: out of date" in said
    assert f"{extra}: no part of the gallery any more" in said
    assert page.read_text() == "old"
    gallery("rnn", "-o", where, "--jobs", "1")
    assert page.read_text() != "old"
    assert extra.read_text() == "mine"


def test_a_terminal_is_shown_how_far_it_is(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "cellgraph", "gallery", "rnn", "-o", str(tmp_path), "--jobs", "1"]
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, timeout=120)
        os.close(theirs)
        shown = b""
        # At the end of what was written Linux tells of an error.
        with contextlib.suppress(OSError):
            while part := terminal.read(4096):
                shown += part
    assert done.returncode == 0
    assert done.stdout == b""
    assert re.search(rb"gallery +\[#+\] +100%", shown)


def test_a_broken_spec_stops_it_with_its_place(tmp_path: Path) -> None:
    spec = tmp_path / "own.yaml"
    spec.write_text(HOSTILE.replace("tanh", "tahn"))
    assert "own.yaml:14:7: " in gallery(str(spec), "-o", str(tmp_path / "made"), "--jobs", "1", code=1).stderr


def test_two_cells_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(HOSTILE.replace("name: own", "name: rnn"))
    said = gallery(str(tmp_path / "own.yaml"), "rnn", "-o", str(tmp_path / "made"), code=1).stderr
    assert "two of these specs are named 'rnn'" in said


def test_the_plan_has_every_cell_and_comparisons_only_of_cells_that_there_are() -> None:
    everything = contents_of()
    assert {entry.name for entry in everything.entries} == set(cells())
    assert set(everything.comparisons) == set(COMPARISONS)
    assert set(everything.stories) == set(STORIES)
    kinds = ("cell", "family", "comparison", "story", "index")
    assert {maker.__name__ for maker, _ in tasks(everything)} == {f"{kind}_files" for kind in kinds}
    assert contents_of(["lstm"]).comparisons == ()


@pytest.mark.parametrize("key", STORIES)
def test_a_story_tells_the_same_facts_in_both_languages(key: str) -> None:
    folder = ROOT / "cellgraph/integrations/gallery"
    english, chinese = (
        sorted(found[0] for found in PLACE.finditer((folder / f"{key}{suffix}").read_text(encoding="utf-8")))
        for suffix in (".md", ".zh.md")
    )
    asked = {PLACE.fullmatch(place)["fact"] for place in english}  # type: ignore[index]
    assert asked == set(FACTS)
    assert [f for f in english if not f.startswith("{{math")] == [f for f in chinese if not f.startswith("{{math")]


def test_the_story_has_the_numbers_that_people_look_up(made: Path) -> None:
    for suffix in (".md", ".zh.md"):
        text = (made / f"compare/rnn-lstm-gru{suffix}").read_text(encoding="utf-8")
        for number in ("6.4e-12", "98,560", "394,240", "295,680", "395,264", "9.31e-10", "8.29e-05", "14.27", "25 %"):
            assert number in text
        assert r"\prod_{t=1}^{T} \operatorname{diag}(f_{t})" in text
        assert "{{" not in text


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"a": 1e-12, "b": 3e-9}, "next to nothing of a gradient reaches the first step: 1e-12 (a), 3e-09 (b)"),
        ({"a": 1e-12, "b": 0.5}, "next to nothing reaches it in a, but something does in b: 1e-12 (a), 0.5 (b)"),
        ({"a": 3.0, "b": 0.5}, "something reaches it in all of them: 3 (a), 0.5 (b)"),
    ],
)
def test_the_measured_numbers_choose_what_the_story_says_is_forgotten(found: dict[str, float], said: str) -> None:
    assert said in english(forgetting(0, found))


@pytest.mark.parametrize(
    ("whole", "carry", "gates", "candidate", "said"),
    [
        (
            9.0,
            0.1,
            8.0,
            0.2,
            "the candidate: with the candidate held fixed 0.2 is left, with the gates held fixed 8",
        ),
        (
            9.0,
            0.1,
            0.2,
            8.0,
            "the gates: with the gates held fixed 0.2 is left, with the candidate held fixed 8",
        ),
        (9.0, 0.1, 0.2, 0.3, "90 times as much comes back, 9. What is more comes by several ways"),
        (9.0, 0.1, 8.0, 7.0, "by several ways: with the gates held fixed 8 is left, with the candidate held fixed 7"),
        (0.15, 0.1, 0.1, 0.1, "that is 0.15, and the carry alone leaves 0.1 of it"),
    ],
)
def test_the_measured_numbers_choose_through_what_a_gradient_comes(
    whole: float, carry: float, gates: float, candidate: float, said: str
) -> None:
    assert said in english(through("lstm", 3, whole, carry, {"gate": gates, "candidate": candidate}))


def test_every_comparison_of_the_story_holds_in_runs_made_without_it() -> None:
    """Half open all three forget; open, the LSTM's gradient is many times its carry, and the candidate brings it."""
    cells = [cg.load(name) for name in ("rnn", "lstm", "gru")]
    rnn, lstm, gru = cg.flow(cells, [{}, {}, {}], [Initialisation(forget_bias=0.0)], LONG, RUNS)
    assert max(10 ** result.log10_norm[0] for result in (rnn, lstm, gru)) < LITTLE
    wide, most, more = cg.flow(cells, [{}, {}, {}], [Initialisation(forget_bias=3.0)], LONG, RUNS)
    assert wide.log10_norm[0] == rnn.log10_norm[0]
    assert most.log10_norm[0] > more.log10_norm[0] > np.log10(LITTLE)
    assert most.log10_norm[0] - wide.log10_norm[0] > more.log10_norm[0] - wide.log10_norm[0] >= 14
    for name, result in (("lstm", most), ("gru", more)):
        assert left(name, 3) == pytest.approx(10 ** result.log10_norm[0], rel=1e-9)
        assert left(name, 3, "candidate") < left(name, 3) / 2 < left(name, 3, "gate")
        assert result.carry is not None
        assert carried(name, 3) == 10 ** result.carry[0] < left(name, 3) / 2


def test_what_is_kept_in_this_repository_is_small_and_has_no_dead_link() -> None:
    outputs = ROOT / "outputs"
    kept = {path.parent.name for path in (outputs / "cells").glob("*/README.md")}
    assert kept == set(compared_cells())
    own = [ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "specs")]
    assert len(list(pages([outputs, *own]))) > 70
    assert list(dead([outputs, *own])) == []
    assert sum(path.stat().st_size for path in outputs.rglob("*") if path.is_file()) <= 5_000_000


def test_cells_are_named_or_those_of_the_comparisons(tmp_path: Path) -> None:
    said = gallery("rnn", "--compared", "-o", str(tmp_path / "made"), code=2).stderr
    assert "--compared chooses the cells" in said
    assert not (tmp_path / "made").exists()


def test_dead_links_are_found_in_markdown_and_html(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One, *two*\n\n[a](#one-two) [b](b.html#x) [c](b.html#y) ![d](d.svg) [e](#e)\n")
    (tmp_path / "b.html").write_text('<p id="x"><a href="a.md">a</a><img src="e.svg"><a href="http://e.example">e</a>')
    found = [line.removeprefix(f"{tmp_path}/") for line in dead([tmp_path])]
    assert found == ["a.md: b.html#y", "a.md: #e", "a.md: d.svg", "b.html: e.svg"]
