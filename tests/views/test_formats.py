"""Formats of pictures: well-formed whatever the labels are, complete, and the same for the same picture."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
import sympy as sp
from laws import over
from zoo import cell_of

import cellgraph as cg
from cellgraph import spec
from cellgraph.graph import Cell, Equation, Graph, Quantity, before, size
from cellgraph.messages import chinese
from cellgraph.ops import HEADS, Add, Head, Matmul, Mul, Sigmoid, Tanh
from cellgraph.views.pictures import DETAILS, FORMATS, SUFFIXES
from cellgraph.views.pictures.draw import Picture, draw
from cellgraph.views.pictures.mermaid import mermaid_escaped
from cellgraph.views.pictures.svg import escaped as svg_escaped
from cellgraph.views.pictures.tikz import escaped as tikz_escaped
from cellgraph.views.pictures.typeset import wrapped

m, n = size("m"), size("n")
HOSTILE = (
    "</text><script>alert('1')</script> & ]]> \" \\N \\l \\input{x} $ % # _ ^ ~ {} | ` [](x) \x07\ud800 遗忘门 \u202e"
)
CHINESE = "\u2e80"
KEYWORDS = ("node", "edge", "graph", "digraph", "subgraph", "strict", "n", "s", "e", "w", "c", "end", "style")


def odd(title: str = HOSTILE) -> Cell:
    """A cell whose quantities are called as the formats' own words, with hostile labels."""
    symbols = [sp.Symbol(name) for name in KEYWORDS]
    leaves = [
        Quantity(sp.Symbol("x"), "input", (m,)),
        Quantity(before("h"), "state", (n,), -1),
        Quantity(sp.Symbol("W"), "param", (n, m), None),
    ]
    equations = [Equation(symbols[0], Sigmoid(Matmul(sp.Symbol("W"), sp.Symbol("x"))))]
    equations += [Equation(b, Mul(a, before("h"))) for a, b in pairwise(symbols)]
    equations.append(Equation(sp.Symbol("h"), Tanh(Add(symbols[-1], before("h")))))
    graph = Graph.build(leaves, equations)
    labels = {name: {"en": HOSTILE} for name in (*KEYWORDS, "h", "x")}
    return Cell("odd", graph, {before("h"): sp.Symbol("h")}, sp.Symbol("h"), title={"en": title}, labels=labels)


@pytest.fixture(scope="module", params=list(DETAILS))
def hostile(request: pytest.FixtureRequest) -> Picture:
    return draw(odd(), detail=request.param, legend=True)


def test_svg_is_well_formed_and_keeps_text_as_text(hostile: Picture) -> None:
    root = ET.fromstring(hostile.svg)
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    words = "".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))
    assert "<script>" in words
    assert "遗忘门" in words


def test_svg_keeps_to_its_profile(hostile: Picture) -> None:
    allowed = {"svg", "title", "desc", "style", "g", "rect", "path", "text"}
    root = ET.fromstring(hostile.svg)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= allowed
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    prefix = {each.partition("-")[0] for each in ids}
    assert len(prefix) == 1
    assert re.fullmatch(r"c[0-9a-f]{8}", prefix.pop())
    assert not [element for element in root.iter() if "transform" in element.attrib]


def test_ids_differ_between_pictures() -> None:
    prefixes = {re.findall(r'id="(c\w+)-title"', draw(cell_of(name)).svg)[0] for name in ("rnn", "gru", "lstm")}
    assert len(prefixes) == 3


def test_every_mark_says_what_it_is() -> None:
    picture = cg.draw(cell_of("lstm"), detail="operations", show=("labels", "shapes"))
    assert 'data-quantity="f" data-role="gate" data-shape="n"' in picture.svg
    assert re.search(r'data-from="c\[t-1\]" data-to="c\.\d" data-quantity="c\[t-1\]" data-kind="belt"', picture.svg)
    assert "data-derivative" not in picture.svg
    marked = cg.draw(cell_of("lstm"), detail="operations", gradient=("h", "h[t-1]")).svg
    assert re.search(r'data-from="c\[t-1\]" data-to="c\.\d" [^>]*data-derivative="diag\(f\)"', marked)


def test_alternative_text_holds_the_equations_in_both_languages() -> None:
    cell = cell_of("lstm")
    assert "c = f ⊙ c[t−1] + i ⊙ g" in ET.fromstring(draw(cell).svg)[1].text  # type: ignore[operator]
    assert "传给下一时间步：h, c" in ET.fromstring(draw(cell, lang="zh").svg)[1].text  # type: ignore[operator]


def test_auto_is_light_and_turns_dark_with_the_page() -> None:
    cell = cell_of("rnn")
    auto, light, dark = (draw(cell, theme=theme).svg for theme in ("auto", "light", "dark"))  # type: ignore[arg-type]
    assert "prefers-color-scheme:dark" in auto
    assert "prefers-color-scheme" not in light + dark
    fills = {theme: re.findall(r'<rect width[^>]* fill="(#\w+)"', svg) for theme, svg in (("a", auto), ("d", dark))}
    assert fills["a"] != fills["d"]


def test_print_has_no_colour() -> None:
    colours = set(re.findall(r'"#(\w{6})"', draw(cell_of("lstm"), detail="operations", theme="print").svg))
    assert colours
    assert all(colour[0:2] == colour[2:4] == colour[4:6] for colour in colours)


def test_dot_survives_keywords_and_hostile_labels(hostile: Picture) -> None:
    import pygraphviz

    graph = pygraphviz.AGraph(string=hostile.dot)
    expected = hostile.diagram
    assert sorted(graph.nodes()) == sorted(node.id for node in expected.nodes)
    drawn = [(a, b) for a, b in graph.edges() if graph.get_edge(a, b).attr["style"] != "invis"]
    assert sorted(drawn) == sorted((edge.tail, edge.head) for edge in expected.edges)


def test_mermaid_quotes_every_label(hostile: Picture) -> None:
    for line in hostile.mermaid.splitlines():
        assert line.count('"') in (0, 2)
        assert "<script" not in line
    assert re.fullmatch(r"[\w#;., :+()=/<>-]*", mermaid_escaped(HOSTILE).replace("遗忘门", ""))


def test_tikz_escapes_every_label() -> None:
    assert "\\input" not in tikz_escaped(HOSTILE)
    assert tikz_escaped("a_b & 50% #1 {x}") == r"a\_b \& 50\% \#1 \{x\}"
    document = draw(odd("plain"), detail="operations").tikz
    assert document.count(r"\begin{") == document.count(r"\end{")
    body = document.replace(r"\{", "").replace(r"\}", "")
    assert body.count("{") == body.count("}")


def test_svg_escapes_what_xml_cannot_hold() -> None:
    assert svg_escaped("a\x00\ud800\uffffb<") == "ab&lt;"


def test_png_has_the_size_that_is_asked_for() -> None:
    picture = draw(cell_of("rnn"), detail="operations")
    small, large, dense = picture.png(1), picture.png(3), picture.png(dpi=192)
    width = round(picture.scene.width)
    assert [int.from_bytes(png[16:20], "big") for png in (small, large, dense)] == [width, 3 * width, 2 * width]


@pytest.mark.parametrize(("how", "metre"), [({"scale": 1}, 3780), ({"scale": 3}, 11339), ({"dpi": 300}, 11811)])
def test_png_says_how_dense_its_pixels_are(how: dict[str, float], metre: int) -> None:
    png = draw(cell_of("rnn")).png(**how)  # type: ignore[arg-type]
    place = png.index(b"pHYs")
    assert struct.unpack(">IIB", png[place + 4 : place + 13]) == (metre, metre, 1)
    assert struct.unpack(">I", png[place + 13 : place + 17])[0] == zlib.crc32(png[place : place + 13])


def test_lines_are_about_as_long_and_do_not_begin_with_a_closing_mark() -> None:
    assert wrapped("遗忘门（第二快单元）", 9.5, 92) == ("遗忘门（第", "二快单元）")
    assert wrapped("甲乙丙（丁戊）", 10, 40) == ("甲乙丙", "（丁戊）")
    assert wrapped("forget gate, layer 1", 9.5, 92) == ("forget gate,", "layer 1")
    assert wrapped("input gate", 9.5, 92) == ("input gate",)
    assert wrapped("unbreakably/long words", 9.5, 20) == ("unbreakably/long", "words")


def test_png_needs_no_font_of_the_machine() -> None:
    """Chinese words leave pixels although resvg is given our font alone."""
    cell = cell_of("lstm")
    with_words, without = (draw(cell, lang="zh", show=show).png(1) for show in (("labels",), ()))
    assert len(with_words) > len(without) + 2000


def test_the_font_has_every_character_that_we_print() -> None:
    from cellgraph.views.pictures.typeset import _font

    said = {c for c in "".join(chinese().values()) if c >= CHINESE}
    for name in spec.cells():
        cell = cell_of(name)
        said |= set(
            "".join([*cell.title.values(), *(text for label in cell.labels.values() for text in label.values())])
        )
    font = _font()
    missing = {c for c in said if c.isprintable() and c not in "\u0302\u0303\u0304" and not font.glyphindex(c)}
    assert not missing


def test_pdf_is_one_page_of_vectors() -> None:
    pdf = draw(cell_of("lstm"), detail="operations", lang="zh").pdf
    assert pdf.startswith(b"%PDF-1.4")
    start = int(pdf.rpartition(b"startxref\n")[2].split()[0])
    assert pdf[start : start + 4] == b"xref"
    for place in re.findall(rb"(\d{10}) 00000 n", pdf):
        assert re.match(rb"\d+ 0 obj", pdf[int(place) :])
    stream = re.search(rb"/Length (\d+).*?stream\n", pdf, re.S)
    assert stream
    drawn = zlib.decompress(pdf[stream.end() : stream.end() + int(stream[1])]).decode("ascii").split()
    assert drawn.count("q") == drawn.count("Q") > 20
    assert b"/Font" not in pdf


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_is_the_same_twice(format_: str) -> None:
    cell = cell_of("gru")
    first, second = (draw(cell, detail="operations").written(format_, 1) for _ in range(2))
    assert first == second


def test_every_suffix_has_its_format() -> None:
    assert set(SUFFIXES.values()) == set(FORMATS)


def test_a_notebook_shows_the_picture() -> None:
    bundle = cg.draw(cell_of("rnn"))._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "h = tanh" in bundle["text/plain"]


def test_wrong_names_are_told() -> None:
    cell = cell_of("rnn")
    with pytest.raises(ValueError, match=r"unknown detail: 'glyphs' .must be one of equations, operations"):
        draw(cell, detail="glyphs")
    with pytest.raises(ValueError, match="unroll must be at least 1, not 0"):
        draw(cell, unroll=0)
    with pytest.raises(ValueError, match=r"unknown quantity: 'z' .must be one of h\)"):
        cg.draw(cell, gradient=("z", "h[t-1]"))


def test_the_licence_lies_beside_the_font() -> None:
    fonts = Path(cg.__file__).parent / "fonts"
    assert "SIL OPEN FONT LICENSE Version 1.1" in (fonts / "OFL.txt").read_text(encoding="utf-8")
    assert [path.name for path in fonts.glob("*.[ot]tf")] == ["CellgraphSans-Regular.ttf"]


@over(HEADS.values())
def test_every_operation_has_a_label_that_latex_can_write(head: type[Head]) -> None:
    from cellgraph.views.pictures.operations import _written
    from cellgraph.views.pictures.typeset import typeset

    latex, text = _written(head.op.label)
    assert latex.isascii()
    assert text == head.op.label
    assert typeset(latex).width > 1
