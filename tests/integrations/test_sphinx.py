"""The Sphinx extension on a small site: every builder, the right line for mistakes, no more work than needed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import browser
import pytest

pytest.importorskip("sphinx")

HOSTILE = "x <script>window.broken=1</script> \\input{y} `b` *c* |s| $x$ %_#^~&"
OWN = """\
name: own
title: {en: "TITLE"}
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], u: [n], b: [n]}
equations: |
  h = tanh(W @ x + u * h[t-1] + b)
labels: {h: {en: "TITLE"}}
""".replace("TITLE", HOSTILE.replace("\\", "\\\\"))
CONF = """\
project = "cells"
extensions = ["cellgraph.integrations.sphinx"MYST]
html_theme = "THEME"
numfig = True
latex_elements = {"fncychap": "", "fontpkg": ""}
exclude_patterns = ["_build"]
"""
INDEX = """\
Cells
=====

.. toctree::

   own
   other

An LSTM has :cell-params:`lstm` parameters, :cell-params:`lstm m=128 n=256` of them, and :cell-equation:`lstm c`.
Its equations are :eq:`lstm`, drawn in :numref:`picture`; the GRU's candidate is :eq:`gru-g`.

.. cell-diagram:: lstm
   :detail: operations
   :caption: An *LSTM*
   :name: picture
   :align: center
   :class: big

.. cell-params:: lstm gru
   :input-size: 128
   :hidden-size: 256
   :name: counts

.. cell-compare:: rnn lstm gru
   :caption: Three cells
   :size: m=3 n=5

.. cell-equations:: lstm
   :label: lstm

.. cell-equations:: gru
   :label: gru
   :each:
"""
OWN_PAGE = """\
Own
===

.. cell-diagram:: own.yaml
   :alt: a "<b>" cell

.. cell-show:: own.yaml

.. cell-grad:: /own.yaml
"""
PAGES = {
    "index.rst": INDEX,
    "own.rst": OWN_PAGE,
    "other.rst": "Other\n=====\n\n.. cell-cost:: rnn\n   :lang: zh\n",
}


def site(folder: Path, theme: str = "alabaster", **pages: str) -> Path:
    """The source of a small site."""
    folder.mkdir(parents=True, exist_ok=True)
    myst = ', "myst_parser"' if any(name.endswith(".md") for name in pages) else ""
    (folder / "conf.py").write_text(CONF.replace("THEME", theme).replace("MYST", myst))
    (folder / "own.yaml").write_text(OWN)
    for name, text in {**PAGES, **pages}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def built(source: Path, builder: str = "html", *options: str, code: int = 0) -> tuple[Path, str]:
    """Where the builder put the site, and what it said."""
    target = source / "_build" / builder
    command = [sys.executable, "-m", "sphinx", "-b", builder, *options, str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return target, done.stdout + done.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def page(source: Path) -> str:
    """The first page as HTML."""
    return (built(source, "html", "-W", "-j", "2")[0] / "index.html").read_text(encoding="utf-8")


def test_equations_are_mathematics_with_numbers_that_can_be_referred_to(page: str) -> None:
    assert 'href="#equation-lstm"' in page
    assert 'id="equation-lstm"' in page
    assert 'id="equation-gru-g"' in page
    assert r"c_{t} &amp;= f_{t} \odot c_{t-1} + i_{t} \odot g_{t}" in page
    assert page.count('<span class="eqno">') == 5


def test_numbers_and_formulas_stand_in_sentences(page: str) -> None:
    assert r"\(4 n (m + n + 1)\)" in page
    assert "394,240 of them" in page
    assert r"\(c_{t} = f_{t} \odot c_{t-1} + i_{t} \odot g_{t}\)" in page


def test_tables_have_captions_names_and_sizes(page: str) -> None:
    assert 'id="counts"' in page
    assert "Three cells" in page
    assert "m=3, n=5" in page
    assert page.count("<table") >= 4


def test_a_diagram_is_a_figure_light_and_dark(source: Path, page: str) -> None:
    figure = re.search(r"<figure.*?</figure>", page, re.DOTALL)
    assert figure
    assert "An <em>LSTM</em>" in figure[0]
    assert 'class="align-center" id="picture"' in figure[0]
    images = re.findall(r'<img class="cellgraph big cellgraph-(light|dark)" src="([^"]+)" alt="([^"]+)"', figure[0])
    assert [theme for theme, _, _ in images] == ["light", "dark"]
    assert all((source / "_build/html" / path).read_text().startswith("<svg") for _, path, _ in images)
    assert all(alt.startswith("Inputs: x.") for _, _, alt in images)


def test_what_a_spec_says_stays_text(source: Path, page: str) -> None:
    own = (source / "_build/html/own.html").read_text(encoding="utf-8")
    assert "<script>window" not in own
    assert "&lt;script&gt;window" in own
    assert 'alt="a &quot;&lt;b&gt;&quot; cell"' in own
    tex = next((built(source, "latex", "-W")[0]).glob("*.tex")).read_text(encoding="utf-8")
    assert r"\input{y}" not in tex
    assert r"\textbackslash{}input\{y\}" in tex
    assert r"\textless{}script\textgreater{}" in tex


def test_latex_has_numbered_mathematics_and_pictures_beside_it(source: Path) -> None:
    target = built(source, "latex", "-W")[0]
    tex = next(target.glob("*.tex")).read_text(encoding="utf-8")
    assert r"\label{equation:index:lstm}" in tex
    pictures = re.findall(r"\\sphinxincludegraphics\{([^}]+)\}", tex)
    assert len(pictures) == 2
    assert all((target / name).exists() for name in pictures)


@pytest.mark.parametrize(("builder", "file"), [("text", "index.txt"), ("man", "cells.1"), ("texinfo", "cells.texi")])
def test_builders_without_tex_say_it_in_unicode(source: Path, builder: str, file: str) -> None:
    text = (built(source, builder)[0] / file).read_text(encoding="utf-8")
    assert "c = f ⊙ c[t−1]" in text.replace("\n", " ")
    assert "Inputs: x." in text
    assert "operatorname" not in text
    assert "394,240" in text


def test_only_pages_that_use_a_spec_are_read_again(tmp_path: Path) -> None:
    folder = site(tmp_path)
    built(folder)
    assert "0 added, 0 changed" in built(folder)[1]
    spec = folder / "own.yaml"
    spec.write_text(OWN.replace("tanh(", "sigmoid("))
    said = built(folder)[1]
    assert "0 added, 1 changed" in said
    assert r"\sigma" in (folder / "_build/html/own.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        (".. cell-params:: lsmt\n", "there is no cell or file 'lsmt'; did you mean 'lstm'?"),
        (".. cell-params:: lstm\n   :size: q=3\n", "no cell here has a size 'q'"),
        (".. cell-params:: lstm\n   :hidden-size: many\n", "'many' is not a valid integer range"),
        (".. cell-params:: lstm\n   :colour: red\n", 'unknown option: "colour"'),
        (".. cell-diagram:: lstm\n   :detail: most\n", "'most' is not one of"),
        (".. cell-equations:: lstm\n   :only: q\n", "lstm has no equation for 'q'"),
        (".. cell-show:: nowhere.yaml\n", "nowhere.yaml"),
        (".. cell-show:: -\n", "a document cannot read standard input"),
        (":cell-params:`lstm m=0`\n", "'m=0' is no size"),
        (":cell-params:`lstm m=3`\n", "the number of lstm needs n as well"),
        (":cell-equation:`lstm q`\n", "lstm has no equation for 'q'"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, directive: str, said: str) -> None:
    (tmp_path / "conf.py").write_text('extensions = ["cellgraph.integrations.sphinx"]')
    (tmp_path / "index.rst").write_text(f"Index\n=====\n\nwords\n\n{directive}")
    told = built(tmp_path, "dummy", "-W", "--keep-going", code=1)[1]
    assert re.search(r"index\.rst:6: .*" + re.escape(said), told.replace("directive:\n", "directive: ")), told


def test_a_spec_that_is_put_right_is_read_again(tmp_path: Path) -> None:
    folder = site(tmp_path)
    (folder / "own.yaml").write_text(OWN.replace("tanh(", "tahn("))
    told = built(folder, "html", "-W", "--keep-going", code=1)[1]
    assert re.search(r"own\.rst:4: .*own\.yaml:8:7: ", told), told
    (folder / "own.yaml").write_text(OWN)
    assert "1 changed" in built(folder, "html", "-W")[1]


def test_myst_has_the_same_directives_and_roles(tmp_path: Path) -> None:
    pytest.importorskip("myst_parser")
    text = "# My\n\n{cell-params}`gru`\n\n```{cell-diagram} gru\n:caption: gru\n```\n\n```{cell-jacobian} rnn\n```\n"
    folder = site(tmp_path, **{"other.rst": "Other\n=====\n", "my.md": f"---\norphan: true\n---\n{text}"})
    (folder / "index.rst").write_text("Index\n=====\n")
    page = (built(folder, "html")[0] / "my.html").read_text(encoding="utf-8")
    assert r"\(3 n (m + n + 1)\)" in page
    assert "cellgraph-dark" in page
    assert r"\operatorname{diag}" in page


@pytest.mark.parametrize("theme", ["alabaster", "furo"])
def test_pages_in_a_browser(tmp_path: Path, theme: str) -> None:
    pytest.importorskip(theme)
    target = built(site(tmp_path, theme), "html")[0]
    seen = browser.found(target / "index.html")
    pictures = [image for image in seen["images"] if "cellgraph" in image["classes"]]
    assert len(pictures) == 1
    assert pictures[0]["width"] > 100
    assert seen["tables"] >= 4
    assert browser.found(target / "own.html")["scripts"] == 0
    assert len(browser.photographed(target / "index.html")) > 40_000


def test_furo_shows_the_dark_picture_on_a_dark_page(tmp_path: Path) -> None:
    pytest.importorskip("furo")
    target = built(site(tmp_path, "furo"), "html")[0]
    page = target / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace('data-theme="light"', "").replace(
        'document.body.dataset.theme = localStorage.getItem("theme") || "auto";',
        'document.body.dataset.theme = "dark";'), encoding="utf-8")  # fmt: skip
    seen = browser.found(page)
    assert ["cellgraph-dark" in image["classes"] for image in seen["images"] if "cellgraph" in image["classes"]] == [
        True
    ]


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX is installed here")
def test_the_latex_of_a_site_compiles(tmp_path: Path) -> None:
    folder = site(tmp_path, **{"other.rst": "Other\n=====\n\n.. cell-jacobian:: lstm\n\n.. cell-explain:: gru\n"})
    target = built(folder, "latex", "-W")[0]
    tex = next(target.glob("*.tex"))
    command = ["pdflatex", "-interaction=batchmode", "-halt-on-error", tex.name]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True)
    log = tex.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    if re.search(r"! LaTeX Error: File `[^']+' not found", log):
        pytest.skip("this LaTeX lacks packages that Sphinx needs")
    assert done.returncode == 0, log[-3000:]
    assert tex.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
