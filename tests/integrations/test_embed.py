"""Embedded blocks: what they become, that they stay so, and what is said of those that are not in order."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import OWN

from cellgraph.cli import commands
from cellgraph.errors import CellgraphError
from cellgraph.integrations.documents import MARKDOWN, PrintedOutput, refreshed
from cellgraph.integrations.running import DRAWING, PRINTING, output_of


def block(*commands: str) -> str:
    return "".join(f"<!-- cellgraph: {command} -->\n<!-- /cellgraph -->\n" for command in commands)


def embed(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(commands, ["embed", *arguments])
    assert result.exit_code == code, result.output + result.stderr
    assert "Traceback" not in result.output + result.stderr
    return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_block_holds_what_its_command_prints_and_the_rest_stays(folder: Path) -> None:
    before, after = "# Cells\r\nwith *words*\n\n", "last line without an end"
    Path("a.md").write_bytes(
        f"{before}<!-- cellgraph: params lstm -i 3 -H 5 -->\nold\n<!-- /cellgraph -->\n{after}".encode()
    )
    embed("a.md")
    text = Path("a.md").read_bytes().decode()
    assert text.startswith(before)
    assert text.endswith(after)
    assert "| **total** |  |  |  | **$4 n (m + n + 1)$** | **180** |" in text
    assert "old" not in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", block("grad lstm --wrt b_f")),
        ("a.md", block("draw rnn")),
        ("a.md", block("cost --help")),
        ("a.md", block("schema")),
        ("a.rst", ".. cellgraph: show gru\n.. /cellgraph\n"),
        ("a.rst", ".. cellgraph: list -f csv\n.. /cellgraph\n"),
        ("a.rst", ".. cellgraph: draw rnn -o pictures/rnn.png\n.. /cellgraph\n"),
    ],
)  # fmt: skip
def test_a_second_time_changes_nothing(folder: Path, name: str, text: str) -> None:
    Path(name).write_text(text)
    assert f"{name}:1: this block is out of date" in embed(name, "--check", code=1).stderr
    assert Path(name).read_text() == text
    assert embed(name).output.strip() == name
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    stamp = Path(name).stat().st_mtime_ns
    embed(name, "--check")
    assert embed(name).output == ""
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first
    assert Path(name).stat().st_mtime_ns == stamp


def test_pictures_are_linked_light_and_dark_with_words(folder: Path) -> None:
    Path("a.md").write_text(block("draw rnn -o pictures/rnn.svg"))
    embed("a.md")
    text = Path("a.md").read_text()
    assert 'srcset="pictures/rnn-dark.svg"' in text
    assert '<img alt="Inputs: x.' in text
    assert 'src="pictures/rnn.svg"' in text
    light, dark = Path("pictures/rnn.svg").read_text(), Path("pictures/rnn-dark.svg").read_text()
    assert light != dark
    Path("pictures/rnn-dark.svg").write_text(light)
    assert "rnn-dark.svg: this picture is out of date" in embed("a.md", "--check", code=1).stderr


def test_blocks_of_rst_are_tables_mathematics_and_images(folder: Path) -> None:
    core = pytest.importorskip("docutils.core", reason="docutils, which comes with Sphinx, is not installed")
    Path("own.yaml").write_text(OWN)
    commands = ("params own.yaml -i 3 -H 5", "grad rnn", "draw rnn -o rnn.svg", "list", "show own.yaml --json")
    Path("a.rst").write_text("".join(f".. cellgraph: {command}\n.. /cellgraph\n\n" for command in commands))
    embed("a.rst")
    embed("a.rst", "--check")
    told = io.StringIO()
    tree = core.publish_doctree(
        Path("a.rst").read_text(),
        settings_overrides={"warning_stream": told, "report_level": 1, "input_encoding": "unicode"},
    )
    assert told.getvalue() == ""
    assert [node.tagname for node in tree.children if node.tagname not in ("comment", "paragraph")] == [
        "table", "rubric", "math_block", "math_block", "image", "table", "literal_block"
    ]  # fmt: skip
    (image,) = tree.findall(lambda node: node.tagname == "image")
    assert image["uri"] == "rnn.svg"
    assert image["alt"].startswith("Inputs: x. Handed to the next step: h.")
    assert "prefers-color-scheme" in Path("rnn.svg").read_text()
    assert not Path("rnn-dark.svg").exists()


def test_a_block_in_an_item_of_a_list_stays_in_it(folder: Path) -> None:
    text = "- an item\n\n  <!-- cellgraph: grad rnn --wrt b -->\n  <!-- /cellgraph -->\n\n- another\n"
    Path("a.md").write_text(text)
    embed("a.md")
    embed("a.md", "--check")
    lines = Path("a.md").read_text().splitlines()
    assert lines[4] == "  ### gradient of rnn"
    assert all(line.startswith("  ") for line in lines[1:-1] if line)


def test_pictures_without_a_name_go_beside_the_document_or_where_they_are_sent(folder: Path) -> None:
    Path("docs").mkdir()
    Path("docs/a.md").write_text(block("draw rnn --theme print"))
    embed("docs/a.md")
    assert Path("docs/rnn.svg").exists()
    embed("docs/a.md", "--pictures", "media")
    assert "](../media/rnn.svg)" in Path("docs/a.md").read_text()
    assert Path("media/rnn.svg").exists()


def test_specs_are_found_from_the_folder_of_the_document(folder: Path) -> None:
    Path("docs").mkdir()
    Path("docs/own.yaml").write_text(OWN)
    Path("docs/a.md").write_text(block("params own.yaml -i 3 -H 5"))
    embed("docs/a.md")
    assert "**25**" in Path("docs/a.md").read_text()


def test_differences_are_shown_and_nothing_is_written(folder: Path) -> None:
    text = "<!-- cellgraph: params rnn -->\nold words\n<!-- /cellgraph -->\n"
    Path("a.md").write_text(text)
    shown = embed("a.md", "--diff").output
    assert "-old words" in shown
    assert "+| **total** |" in shown
    assert Path("a.md").read_text() == text
    embed("a.md", "--diff", "--check", code=1)


def test_blocks_that_are_shown_as_code_are_left_alone(folder: Path) -> None:
    text = "````\n```\n<!-- cellgraph: nonsense -->\n````\n~~~md\n<!-- /cellgraph -->\n~~~\n`<!-- cellgraph: x -->`\n"
    Path("a.md").write_text(text)
    embed("a.md", "--check")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n<!-- cellgraph: params lstm -->\n", "a.md:2: this block has no end"),
        ("x\n\n<!-- /cellgraph -->\n", "a.md:3: this is the end of a block that has no beginning"),
        ("<!-- cellgraph: params lstm\n-->\n<!-- /cellgraph -->\n", "a.md:1: this comment does not end on its line"),
        (block("params lsmt"), "a.md:1: lsmt: there is no cell or file 'lsmt'; did you"),
        (block("parms lstm"), "a.md:1: no block runs 'parms'; did you mean 'params'?"),
        (block("params lstm --bda"), "a.md:1: No such option"),
        (block("params lstm 'x"), "a.md:1: a quotation mark"),
        ("<!-- cellgraph: -->\n<!-- /cellgraph -->\n", "a.md:1: name a command"),
        (block("params -"), "a.md:1: a block cannot read standard input"),
        (block("params rnn -o x.md"), "a.md:1: the output of a block stands in"),
        (block("draw rnn -o ../x.svg"), "a.md:1: '../x.svg' is outside the folder"),
        (block("draw rnn -o /tmp/x.svg"), "a.md:1: '/tmp/x.svg' is outside"),
        (block("draw rnn -o own.yaml"), "a.md:1: 'own.yaml' cannot be linked"),
        (block("params rnn -i 2 -H 3 --max-params 9"), "a.md:1: rnn has 18 parameters"),
        (block("draw rnn -o a.svg", "draw gru -o a.svg"),
         "a.md:3: another block writes a different picture to a.svg"),
        (block("check broken.yaml"), "a.md:1: no block runs 'check'"),
    ],
)  # fmt: skip
def test_a_broken_block_names_its_place_and_leaves_the_document(folder: Path, text: str, said: str) -> None:
    Path("a.md").write_text(text + block("draw rnn"))
    assert said in embed("a.md", code=1).stderr
    assert Path("a.md").read_text().startswith(text)
    assert sorted(os.listdir()) == ["a.md"]


def test_pictures_go_below_the_root_and_no_link_leads_out_of_it(folder: Path) -> None:
    for name in ("docs/guide", "docs/img", "elsewhere"):
        Path(name).mkdir(parents=True)
    Path("docs/guide/link").symlink_to(folder / "elsewhere")
    document = Path("docs/guide/a.md")
    document.write_text(block("draw rnn -o link/x.svg"))
    assert "a.md:1: 'link/x.svg' is outside the folder of the document" in embed(str(document), code=1).stderr
    document.write_text(block("draw rnn -o ../img/x.svg"))
    assert "a.md:1: '../img/x.svg' is outside the folder of the document" in embed(str(document), code=1).stderr
    embed(str(document), "--root", "docs")
    assert sorted(os.listdir("docs/img")) == ["x-dark.svg", "x.svg"]
    embed(str(document), "--root", "docs", "--check")
    document.write_text(block("draw rnn -o ../../x.svg"))
    assert "a.md:1: '../../x.svg' is outside '..'" in embed(str(document), "--root", "docs", code=1).stderr
    assert sorted(os.listdir()) == ["docs", "elsewhere"]
    assert os.listdir("elsewhere") == []


def test_every_broken_block_is_told_at_once(folder: Path) -> None:
    Path("a.md").write_text(block("params nope", "params rnn", "params neither"))
    said = embed("a.md", code=1).stderr
    assert "a.md:1: " in said
    assert "a.md:5: " in said
    assert "a.md:3: " not in said


def test_a_broken_spec_is_told_with_both_places(folder: Path) -> None:
    Path("own.yaml").write_text(OWN.replace("tanh", "tahn"))
    Path("a.md").write_text("\n" + block("grad own.yaml", "params own.yaml"))
    said = embed("a.md", code=1).stderr
    assert "a.md:2: own.yaml:8:7: " in said
    assert "a.md:4: own.yaml:8:7: " in said
    assert said.count("  h = tahn(") == 1


@pytest.mark.parametrize(("name", "said"), [("a.html", "no document has the suffix"), ("a.md", "No such file")])
def test_files_that_are_no_documents(folder: Path, name: str, said: str) -> None:
    Path("a.html").write_text("")
    assert said in embed(name, code=1).stderr


def test_a_document_that_is_not_utf8(folder: Path) -> None:
    Path("a.md").write_bytes(b"caf\xe9")
    assert "a.md: this file is not UTF-8 (byte 3)" in embed("a.md", code=1).stderr


def test_a_document_that_is_a_link_stays_one(folder: Path) -> None:
    Path("real.md").write_text(block("params rnn"))
    Path("a.md").symlink_to("real.md")
    embed("a.md")
    assert Path("a.md").is_symlink()
    assert "total" in Path("real.md").read_text()


def test_chinese_documents_get_chinese_blocks(folder: Path) -> None:
    for name in ("a.md", "a.zh.md"):
        Path(name).write_text(block("params lstm"))
    embed("a.md", "a.zh.md")
    assert "parameter" in Path("a.md").read_text()
    assert "参数" in Path("a.zh.md").read_text()


@pytest.mark.parametrize("format_", ["markdown", "text", "json", "latex"])
def test_text_of_a_spec_stays_inside_its_block(folder: Path, format_: str) -> None:
    Path("own.yaml").write_text(OWN)
    Path("a.md").write_text(block(f"show own.yaml -f {format_}"))
    embed("a.md")
    embed("a.md", "--check")
    text = Path("a.md").read_text()
    if format_ == "markdown":
        assert "<script>" not in text
    else:
        fence = text.splitlines()[2].rstrip("abcdefghijklmnopqrstuvwxyz")
        assert set(fence) == {"`"}
        assert text.count(fence) == 2


def test_every_command_that_a_block_may_run_is_one_that_only_prints() -> None:
    changing = {"embed", "gallery", "new", "check", "verify", "page"}
    assert not changing & {*PRINTING, *DRAWING}
    with pytest.raises(CellgraphError, match="no block runs 'embed'"):
        output_of(["embed", "x.md"], MARKDOWN, "en")


@given(st.text(alphabet="`<>!-/ \ncelgraph:.|$", max_size=60))
@settings(max_examples=100)
def test_whatever_a_command_prints_the_block_around_it_holds(printed: str) -> None:
    documents = (
        ("a.md", "<!-- cellgraph: x -->\n", "<!-- /cellgraph -->\n", "markdown"),
        ("a.rst", ".. cellgraph: x\n", ".. /cellgraph\n", "rst"),
    )
    for name, start, end, own in documents:
        try:
            once = refreshed(start + end + "after", name, lambda words, of: PrintedOutput(printed, "text")).text
        except CellgraphError:
            assert "cellgraph" in printed
            continue
        twice = refreshed(once, name, lambda words, of, own=own: PrintedOutput("new", own)).text
        assert twice == f"{start}\nnew\n\n{end}after"
