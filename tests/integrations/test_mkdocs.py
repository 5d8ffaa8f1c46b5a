"""MkDocs: a small site with the fence, its mistakes with page and line, and specs that are watched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import browser
import pytest

pytest.importorskip("mkdocs")
pytest.importorskip("pymdownx")

from cellgraph.integrations import mkdocs as ours

CONFIG = """\
site_name: cells
theme: {name: mkdocs, locale: LOCALE}
plugins: [cellgraph]
markdown_extensions:
  - tables
  - pymdownx.superfences:
      custom_fences:
        - name: cellgraph
          class: cellgraph
          format: !!python/name:cellgraph.integrations.mkdocs.fence
          validator: !!python/name:cellgraph.integrations.mkdocs.valid
"""
OWN = """\
name: own
title: {en: "x <script>window.broken=1</script> | `b` *c*"}
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n]}
params: {W: [n, m], u: [n], b: [n]}
equations: |
  h = tanh(W @ x + u * h[t-1] + b)
"""
PAGE = """\
---
title: Cells
---
# Cells

```cellgraph { title="Two cells" }
params lstm gru -i 128 -H 256
jacobian rnn
```

````md
```cellgraph
params this-is-only-shown
```
````

```cellgraph { caption="An <b>LSTM</b>" }
draw lstm --detail operations
```

```cellgraph
show own.yaml
```
"""


def site(folder: Path, page: str = PAGE, locale: str = "en") -> Path:
    """The source of a small site."""
    (folder / "docs").mkdir()
    (folder / "mkdocs.yml").write_text(CONFIG.replace("LOCALE", locale))
    (folder / "docs/own.yaml").write_text(OWN)
    (folder / "docs/index.md").write_text(page, encoding="utf-8")
    return folder


def built(folder: Path, *options: str, code: int = 0) -> tuple[str, str]:
    """The first page, and what was said."""
    command = [sys.executable, "-m", "mkdocs", "build", "--config-file", str(folder / "mkdocs.yml"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    page = folder / "site/index.html"
    return page.read_text(encoding="utf-8") if page.exists() else "", done.stderr


def test_a_site_with_tables_mathematics_and_pictures(tmp_path: Path) -> None:
    page, _ = built(site(tmp_path), "--strict")
    assert "394,240" in page
    assert "<h3>Two cells</h3>" in page
    assert page.count("<math") > 50
    assert '<div class="cellgraph-light"><svg' in page
    assert '<div class="cellgraph-dark"><svg' in page
    assert "<figcaption>An &lt;b&gt;LSTM&lt;/b&gt;</figcaption>" in page
    assert "this-is-only-shown" in page
    assert "<script>window.broken" not in page
    assert "&lt;script&gt;window.broken" in page


def test_a_chinese_site_is_in_chinese(tmp_path: Path) -> None:
    page, _ = built(site(tmp_path, "# 单元\n\n```cellgraph\nparams lstm\n```\n", "zh_CN"))
    assert "参数" in page


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("params lsmt", "index.md:8: lsmt: there is no cell or file 'lsmt'; did you mean 'lstm'?"),
        ("rm -rf x", "index.md:8: no block runs 'rm'"),
        ("params lstm --colour", "index.md:8: No such option"),
        ("check own.yaml", "index.md:8: no block runs 'check'"),
        ("list", "index.md:8: 'list' has no report"),
    ],
)
def test_a_mistake_names_page_and_line_and_stops_a_strict_build(tmp_path: Path, command: str, said: str) -> None:
    text = f"---\ntitle: x\n---\n\n# Cells\n\nwords\n```cellgraph\n{command}\n```\n"
    _, told = built(site(tmp_path, text), "--strict", code=1)
    assert said in told


def test_the_specs_of_a_page_are_watched(tmp_path: Path) -> None:
    from mkdocs.config import load_config

    class Server:
        def __init__(self) -> None:
            self.watched: list[str] = []

        def watch(self, path: str) -> None:
            self.watched.append(path)

    folder = site(tmp_path)
    config = load_config(str(folder / "mkdocs.yml"))
    plugin = config.plugins["cellgraph"]
    assert isinstance(plugin, ours.CellgraphPlugin)
    from mkdocs.commands.build import build

    build(config)
    server = Server()
    plugin.on_serve(server)
    assert server.watched == [str(folder / "docs/own.yaml")]


def test_headers_with_foreign_options_are_left_to_others() -> None:
    options: dict[str, str] = {}
    attrs: dict[str, str] = {}
    assert ours.valid("cellgraph", {"lang": "zh"}, options, attrs, None)
    assert options == {"lang": "zh"}
    assert not ours.valid("cellgraph", {"colour": "red"}, options, attrs, None)


def test_the_site_in_a_browser(tmp_path: Path) -> None:
    folder = site(tmp_path)
    built(folder)
    page = folder / "site/index.html"
    seen = browser.found(page)
    assert seen["scripts"] == 0
    assert seen["tables"] >= 4
    assert seen["maths"] > 50
    assert len(browser.photographed(page)) > 40_000
