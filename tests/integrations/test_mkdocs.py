"""MkDocs: a small site with the fence, its mistakes with page and line, and a server that watches specs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import browser
import pytest
from sites import OWN, once

for needed in ("mkdocs", "pymdownx"):
    pytest.importorskip(needed, reason=f"{needed} is not installed: pip install 'cellgraph[test]'")

from cellgraph.integrations import mkdocs as ours  # noqa: E402

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


PAGES = {"index.md": PAGE, "outside.md": "# Outside\n\n```cellgraph\nshow ../cells/outside.yaml\n```\n"}
MISTAKES = {
    "params lsmt": "lsmt: there is no cell or file 'lsmt'; did you mean 'lstm'?",
    "rm -rf x": "no block runs 'rm'",
    "params lstm --colour": "No such option",
    "check own.yaml": "no block runs 'check'",
    "schema": "'schema' has no report",
}
"""What is wrong, and what is said of it."""


def site(folder: Path, pages: dict[str, str], locale: str = "en") -> None:
    """The source of a small site; one of its specs lies outside of the pages' folder."""
    (folder / "docs").mkdir()
    (folder / "cells").mkdir()
    (folder / "mkdocs.yml").write_text(CONFIG.replace("LOCALE", locale))
    (folder / "docs/own.yaml").write_text(OWN)
    (folder / "cells/outside.yaml").write_text(OWN)
    for name, text in pages.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")


def built(folder: Path, *options: str, code: int = 0) -> str:
    """What MkDocs said while it built the site."""
    command = [sys.executable, "-m", "mkdocs", "build", "--config-file", str(folder / "mkdocs.yml"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first page of a site that was built without a warning."""

    def make(folder: Path) -> None:
        site(folder, PAGES)
        built(folder, "--strict")

    return once(tmp_path_factory, "mkdocs-site", make) / "site/index.html"


def test_a_site_has_tables_mathematics_and_pictures(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "394,240" in text
    assert "<h3>Two cells</h3>" in text
    assert text.count("<math") > 50
    assert '<div class="cellgraph-light"><svg' in text
    assert '<div class="cellgraph-dark"><svg' in text
    assert "<figcaption>An &lt;b&gt;LSTM&lt;/b&gt;</figcaption>" in text
    assert "this-is-only-shown" in text
    assert "<script>window.broken" not in text
    assert "&lt;script&gt;window.broken" in text


def test_a_chinese_site_is_in_chinese(tmp_path: Path) -> None:
    site(tmp_path, {"index.md": "# 单元\n\n```cellgraph\nparams lstm\n```\n"}, "zh_CN")
    built(tmp_path)
    assert "参数" in (tmp_path / "site/index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What MkDocs says of a site that has nothing but mistakes, one a page."""

    def make(folder: Path) -> None:
        head = "---\ntitle: x\n---\n\n# Cells\n\nwords\n"
        site(folder, {f"page{k}.md": f"{head}```cellgraph\n{line}\n```\n" for k, line in enumerate(MISTAKES)})
        (folder / "told").write_text(built(folder, "--strict", code=1), encoding="utf-8")

    return (once(tmp_path_factory, "mkdocs-mistakes", make) / "told").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=MISTAKES)
def test_a_mistake_names_page_and_line_and_stops_a_strict_build(told: str, number: int) -> None:
    assert f"page{number}.md:8: {list(MISTAKES.values())[number]}" in told


def test_a_served_page_is_made_again_when_its_spec_changes(tmp_path: Path) -> None:
    site(tmp_path, PAGES)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log"
    command = [sys.executable, "-m", "mkdocs", "serve", "--livereload", "--config-file", str(tmp_path / "mkdocs.yml")]
    with open(log, "wb") as out:
        # A session of its own, so that everything that it starts ends with it.
        server = subprocess.Popen(
            [*command, "--dev-addr", f"127.0.0.1:{port}"], stdout=out, stderr=out, start_new_session=True
        )
    try:
        served(server, port, log, "<mi>tanh</mi>")
        (tmp_path / "cells/outside.yaml").write_text(OWN.replace("tanh(", "sigmoid("))
        served(server, port, log, "&#x003C3;")
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(30)


def served(server: subprocess.Popen[bytes], port: int, log: Path, wanted: str) -> None:
    """Wait until the page shows what is wanted; the server has a minute for it."""
    text = ""
    for _ in range(240):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/outside/") as answer:
            text = answer.read().decode("utf-8")
        if wanted in text:
            return
        assert server.poll() is None, log.read_text()
        time.sleep(0.25)
    pytest.fail(f"{wanted} is not on the page:\n{text[-3000:]}\n{log.read_text()}")


def test_headers_with_foreign_options_are_left_to_others() -> None:
    options: dict[str, str] = {}
    attrs: dict[str, str] = {}
    assert ours.valid("cellgraph", {"lang": "zh"}, options, attrs, None)
    assert options == {"lang": "zh"}
    assert not ours.valid("cellgraph", {"colour": "red"}, options, attrs, None)


def test_the_site_in_a_browser(chromium: Any, page: Path) -> None:
    seen = browser.found(chromium, page)
    assert seen["scripts"] == 0
    assert seen["tables"] >= 4
    assert seen["maths"] > 50
    assert len(seen["photograph"]) > 40_000
