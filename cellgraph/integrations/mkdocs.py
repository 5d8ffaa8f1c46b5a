"""MkDocs: a fence whose lines are commands of cellgraph, and a plugin that knows pages, lines and specs.

```yaml
markdown_extensions:
  - pymdownx.superfences:
      custom_fences:
        - name: cellgraph
          class: cellgraph
          format: !!python/name:cellgraph.integrations.mkdocs.fence
          validator: !!python/name:cellgraph.integrations.mkdocs.valid
plugins:
  - cellgraph
```
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from mkdocs.config.base import Config
from mkdocs.plugins import BasePlugin

from cellgraph.errors import CellgraphError
from cellgraph.integrations.documents import words
from cellgraph.integrations.running import DRAWING, language_of, picture_of, report_of
from cellgraph.messages import Lang, message
from cellgraph.report import Report
from cellgraph.views.html import report as html_of

LOG = logging.getLogger("mkdocs.plugins.cellgraph")
OPTIONS = ("lang", "caption", "title")
STYLE = (
    "<style>.cellgraph-dark{display:none}"
    "[data-md-color-scheme=slate] .cellgraph-dark,[data-bs-theme=dark] .cellgraph-dark{display:block}"
    "[data-md-color-scheme=slate] .cellgraph-light,[data-bs-theme=dark] .cellgraph-light{display:none}</style>"
)
"""Shows one of two pictures, by the palette of Material or of MkDocs' own theme."""
FENCE = re.compile(r"[ >\t]*(?:`{3,}|~{3,})[ \t]*\{?[ \t]*\.?cellgraph\b")


@dataclass
class Place:
    """The page that is being made: its file, where its fences begin, its language, and the specs read so far."""

    file: str = ""
    fences: list[int] = field(default_factory=list)
    lang: str = "en"
    specs: set[str] = field(default_factory=set)

    def next_fence(self) -> str:
        """'file:line' of the fence whose turn it is; without the plugin, nothing is known."""
        line = self.fences.pop(0) if self.fences else 0
        return f"{self.file}:{line}" if line else self.file or "cellgraph fence"


PLACE = Place()
"""MkDocs makes one page after the other; the plugin says which."""


def valid(language: str, inputs: dict[str, str], options: dict[str, Any], attrs: dict[str, Any], md: Any) -> bool:
    """Whether the header of a fence is one of ours: each option is known. Others are left to other fences."""
    for name, value in inputs.items():
        (options if name in OPTIONS else attrs)[name] = value
    return set(inputs) <= {*OPTIONS, "id", "class"}


def fence(source: str, language: str, css_class: str, options: dict[str, Any], md: Any, **header: Any) -> str:
    """The HTML of a fence: what each of its lines prints or draws. A mistake is logged and shown in its place."""
    place = PLACE.next_fence()
    parts = [STYLE]
    lang = language_of(str(options.get("lang") or PLACE.lang))
    for command in filter(None, map(str.strip, source.splitlines())):
        try:
            parts.append(_shown(words(command), lang, options))
        except CellgraphError as error:
            LOG.warning("%s: %s", place, error)
            parts.append(f'<pre class="cellgraph-error">{escape(str(error))}</pre>')
    classes = " ".join([css_class, *header.get("classes", ())])
    own = f' id="{escape(header["id_value"])}"' if header.get("id_value") else ""
    return f'<div class="{escape(classes)}"{own}>' + "\n".join(parts) + "</div>"


def _shown(arguments: list[str], lang: Lang, options: dict[str, Any]) -> str:
    folder, specs = os.path.dirname(PLACE.file) or ".", list[str]()
    try:
        with contextlib.chdir(folder):
            if arguments[0] in DRAWING:
                return _figure(arguments, lang, str(options.get("caption") or ""), specs)
            found = report_of(arguments, lang, specs)
    finally:
        paths = (os.path.abspath(os.path.join(folder, spec)) for spec in specs)
        PLACE.specs.update(filter(os.path.isfile, paths))
    title = message("{title}", title=str(options["title"])) if options.get("title") else message("")
    return html_of(Report(title, found.blocks), lang)


def _figure(arguments: list[str], lang: str, caption: str, specs: list[str]) -> str:
    pictures = []
    for theme in ("light", "dark"):
        svg, _ = picture_of(arguments, lang, specs, theme)
        pictures.append(f'<div class="cellgraph-{theme}">{svg.decode("utf-8").strip()}</div>')
    told = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="cellgraph">{"".join(pictures)}{told}</figure>'


class Settings(Config):
    """The plugin has no settings."""


class CellgraphPlugin(BasePlugin[Settings]):
    """Tells the fence which page it stands on, and has the site made again when a spec changes."""

    def __init__(self) -> None:
        super().__init__()
        self.server: Any = None

    def on_config(self, config: Any) -> None:
        """The language of the site is that of its theme."""
        PLACE.lang = str(config.theme.get("locale") or "en")
        PLACE.specs.clear()

    def on_page_markdown(self, markdown: str, page: Any, **given: Any) -> str:
        """Remember where the page is and on which lines its fences begin."""
        PLACE.file = page.file.abs_src_path or ""
        PLACE.fences = list(_fences(PLACE.file))
        return markdown

    def on_serve(self, server: Any, **given: Any) -> None:
        """Watch the specs that the pages use."""
        self.server = server
        self.on_post_build()

    def on_post_build(self, **given: Any) -> None:
        """Watch specs that pages have begun to use."""
        for spec in sorted(PLACE.specs) if self.server else ():
            self.server.watch(spec)


def _fences(file: str) -> Iterator[int]:
    """The lines of a page on which fences of ours begin; those shown within other fences are not ours."""
    if not os.path.isfile(file):
        return
    outer = ""
    with open(file, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            mark = re.match(r"[ >\t]*(`{3,}|~{3,})(.*)", line)
            if mark and not outer:
                outer = mark[1]
                if FENCE.match(line):
                    yield number
            elif mark and mark[1].startswith(outer) and not mark[2].strip():
                outer = ""
