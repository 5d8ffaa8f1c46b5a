"""The Sphinx extension on a small site: every builder, the right line for mistakes, no more work than needed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import browser
import pytest
from click.testing import CliRunner
from sites import OWN, once

from cellgraph.cli import commands

for needed in ("sphinx", "furo", "myst_parser"):
    pytest.importorskip(needed, reason=f"{needed} is not installed: pip install 'cellgraph[test]'")

CONF = """\
project = "cells"
extensions = ["cellgraph.integrations.sphinx", "myst_parser"]
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
   my
   blocks

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
OTHER = """\
Other
=====

.. cell-explain:: gru

.. only:: not latex

   .. cell-cost:: rnn
      :lang: zh
"""
MY = """\
# My

{cell-params}`gru`

```{cell-diagram} gru
:caption: gru
```

```{cell-jacobian} rnn
```
"""
BLOCKS = """\
Blocks
======

.. cellgraph: params rnn -i 3 -H 5
.. /cellgraph

.. cellgraph: grad rnn
.. /cellgraph

.. cellgraph: draw rnn -o rnn.png
.. /cellgraph

.. cellgraph: list -f csv
.. /cellgraph
"""
PAGES = {
    "index.rst": INDEX,
    "own.rst": OWN_PAGE,
    "other.rst": OTHER,
    "my.md": MY,
    "blocks.rst": BLOCKS,
}
MISTAKES = {
    ".. cell-params:: lsmt\n": "there is no cell or file 'lsmt'; did you mean 'lstm'?",
    ".. cell-params:: lstm\n   :size: q=3\n": "no cell here has a size 'q'",
    ".. cell-params:: lstm\n   :hidden-size: many\n": "'many' is not a valid integer range",
    ".. cell-params:: lstm\n   :colour: red\n": 'unknown option: "colour"',
    ".. cell-diagram:: lstm\n   :detail: most\n": "'most' is not one of",
    ".. cell-equations:: lstm\n   :only: q\n": "lstm has no equation for 'q'",
    ".. cell-show:: nowhere.yaml\n": "nowhere.yaml",
    ".. cell-show:: -\n": "a document cannot read standard input",
    ":cell-params:`lstm m=0`\n": "'m=0' is no size",
    ":cell-params:`lstm m=3`\n": "the number of lstm needs n as well",
    ":cell-equation:`lstm q`\n": "lstm has no equation for 'q'",
}
"""What is wrong, and what is said of it."""


def site(folder: Path, pages: dict[str, str]) -> None:
    """The source of a small site."""
    (folder / "conf.py").write_text(CONF)
    (folder / "own.yaml").write_text(OWN)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


BUILD = "import json, sys; from sphinx.cmd.build import main; sys.exit(max(map(main, json.loads(sys.argv[1]))))"


def said(source: Path, *builds: tuple[str, ...], code: int = 0) -> str:
    """What Sphinx said in one process, which made the site several times: builder, where to, options of each.

    All builders share what was read.
    """
    places = ["-d", str(source / "_build/read"), str(source)]
    lines = [
        ["-b", builder, *options, *places, str(source / "_build" / target)] for builder, target, *options in builds
    ]
    command = [sys.executable, "-c", BUILD, json.dumps(lines)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def _made(folder: Path) -> None:
    """The site in every format and in two themes, without a warning."""
    site(folder, PAGES)
    result = CliRunner().invoke(commands, ["embed", str(folder / "blocks.rst")])
    assert result.exit_code == 0, result.output
    first = ("html", "html", "-W", "-j", "2", "-D", "html_theme=alabaster")
    others = [(builder, builder, "-W") for builder in ("latex", "text", "man", "texinfo")]
    others.append(("html", "furo", "-W", "-D", "html_theme=furo"))
    assert said(folder, first, *others).count("0 added, 0 changed") == len(others)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site; what the builders made of it stands below _build."""
    return once(tmp_path_factory, "sphinx-site", _made)


@pytest.fixture(scope="module")
def page(source: Path) -> str:
    """The first page as HTML."""
    return (source / "_build/html/index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tex(source: Path) -> str:
    """The site as one LaTeX document."""
    return (source / "_build/latex/cells.tex").read_text(encoding="utf-8")


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


def test_what_a_spec_says_stays_text(source: Path, tex: str) -> None:
    own = (source / "_build/html/own.html").read_text(encoding="utf-8")
    assert "<script>window" not in own
    assert "&lt;script&gt;window" in own
    assert 'alt="a &quot;&lt;b&gt;&quot; cell"' in own
    assert r"\input{y}" not in tex
    assert r"\textbackslash{}input\{y\}" in tex
    assert r"\textless{}script\textgreater{}" in tex


def test_latex_has_numbered_mathematics_and_pictures_beside_it(source: Path, tex: str) -> None:
    assert r"\label{equation:index:lstm}" in tex
    pictures = [name for name in re.findall(r"\\sphinxincludegraphics\{([^}]+)\}", tex) if name.endswith(".pdf")]
    assert len(pictures) == 3
    assert all((source / "_build/latex" / name).exists() for name in pictures)


@pytest.mark.parametrize(("builder", "file"), [("text", "index.txt"), ("man", "cells.1"), ("texinfo", "cells.texi")])
def test_builders_without_tex_say_it_in_unicode(source: Path, builder: str, file: str) -> None:
    text = (source / "_build" / builder / file).read_text(encoding="utf-8")
    assert "c = f ⊙ c[t−1]" in text.replace("\n", " ")
    assert "Inputs: x." in text
    assert "394,240" in text
    index = text.partition("Blocks")[0]
    assert "operatorname" not in index


def test_myst_has_the_same_directives_and_roles(source: Path) -> None:
    page = (source / "_build/html/my.html").read_text(encoding="utf-8")
    assert r"\(3 n (m + n + 1)\)" in page
    assert "cellgraph-dark" in page
    assert r"\operatorname{diag}" in page


def test_blocks_of_embed_are_tables_mathematics_and_pictures(source: Path) -> None:
    page = (source / "_build/html/blocks.html").read_text(encoding="utf-8")
    assert re.search(r"<strong>45</strong>", page)
    assert r"\delta_{h_{t}}" in page
    assert re.search(r'<img alt="Inputs: x\.[^"]*" src="_images/rnn\.png"', page)
    assert '<div class="highlight-text' in page


def test_only_pages_that_use_a_spec_are_read_again(tmp_path: Path) -> None:
    site(
        tmp_path,
        {"index.rst": "Index\n=====\n\n.. toctree::\n\n   own\n", "own.rst": "Own\n===\n\n.. cell-show:: own.yaml\n"},
    )
    text, spec = ("text", "text", "-W"), tmp_path / "own.yaml"
    spec.write_text(OWN.replace("tanh(", "tahn("))
    told = said(tmp_path, (*text, "--keep-going"), code=1)
    assert re.search(r"own\.rst:4: .*own\.yaml:8:7: ", told), told
    spec.write_text(OWN.replace("tanh(", "sigmoid("))
    assert "0 added, 1 changed" in said(tmp_path, text)
    assert "σ(" in (tmp_path / "_build/text/own.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What Sphinx says of a site that has nothing but mistakes, one a page."""

    def make(folder: Path) -> None:
        pages = {f"page{k}.rst": f":orphan:\n\nwords\n\n{mistake}" for k, mistake in enumerate(MISTAKES)}
        site(folder, {"index.rst": "Index\n=====\n", **pages})
        told = said(folder, ("dummy", "dummy", "-W", "--keep-going"), code=1)
        (folder / "told").write_text(told.replace("directive:\n", "directive: "), encoding="utf-8")

    return (once(tmp_path_factory, "sphinx-mistakes", make) / "told").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=map(str.strip, MISTAKES))
def test_a_mistake_is_told_with_file_and_line(told: str, number: int) -> None:
    wrong = list(MISTAKES.values())[number]
    assert re.search(rf"page{number}\.rst:5: .*" + re.escape(wrong), told), told


@pytest.mark.parametrize("theme", ["html", "furo"])
def test_pages_in_a_browser(chromium: Any, source: Path, theme: str) -> None:
    seen = browser.found(chromium, source / "_build" / theme / "index.html")
    pictures = [image for image in seen["images"] if "cellgraph" in image["classes"]]
    assert len(pictures) == 1
    assert pictures[0]["width"] > 100
    assert seen["tables"] >= 4
    assert len(seen["photograph"]) > 40_000


def test_what_a_spec_says_does_not_run_in_a_browser(chromium: Any, source: Path) -> None:
    assert browser.found(chromium, source / "_build/html/own.html")["scripts"] == 0


def test_furo_shows_the_dark_picture_on_a_dark_page(chromium: Any, source: Path) -> None:
    text = (source / "_build/furo/index.html").read_text(encoding="utf-8")
    page = source / "_build/furo/dark.html"
    choice = 'document.body.dataset.theme = localStorage.getItem("theme") || "auto";'
    assert choice in text
    page.write_text(text.replace(choice, 'document.body.dataset.theme = "dark";'), encoding="utf-8")
    shown = [image["classes"] for image in browser.found(chromium, page)["images"] if "cellgraph" in image["classes"]]
    assert len(shown) == 1
    assert "cellgraph-dark" in shown[0]


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX to compile with: it is too large to ask for")
def test_the_latex_of_a_site_compiles(source: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(source / "_build/latex", tmp_path / "latex")
    command = ["pdflatex", "-interaction=batchmode", "-halt-on-error", "cells.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    log = (folder / "cells.log").read_text(encoding="utf-8", errors="replace")
    missing = re.search(r"! LaTeX Error: File `([^']+)' not found", log)
    if missing:
        pytest.skip(f"this LaTeX is too small for Sphinx: it has no {missing[1]}")
    assert done.returncode == 0, log[-3000:]
    assert (folder / "cells.pdf").read_bytes().startswith(b"%PDF")
