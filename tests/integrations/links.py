"""Links of Markdown and HTML files that lead nowhere, found without a network.

Run as a program, it takes files and folders, prints the dead links of all of them, and exits with 1 if there are any.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

PAGES = (".md", ".html")
MARKED = re.compile(r"(?m)^#+ +(.+?)\s*$")


class Targets(HTMLParser):
    """Everything that HTML links to or shows, in order, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "srcset") and value:
                # An SVG within a page refers to its own gradients and arrows.
                self.found.append(value)
            elif name in ("id", "name") and value:
                self.names.add(value)


def rendered(text: str) -> list[Token]:
    """The tokens of a Markdown page, those within lines too."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [token for outer in tokens for token in (outer, *(outer.children or ()))]


def targets(text: str, suffix: str = ".md") -> list[str]:
    """Everything that a page links to or shows."""
    if suffix == ".html":
        return Targets(text).found
    tokens = rendered(text)
    found = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    found += [str(token.attrs["src"]) for token in tokens if token.type == "image"]
    return found + Targets("".join(token.content for token in tokens if token.type.startswith("html_"))).found


def dead(places: Iterable[Path]) -> Iterator[str]:
    """'page: target' for every relative link of these pages whose file is not there, or whose place in a page is not.

    A folder stands for all pages in it. Links to other sites are not followed.
    """
    for path in pages(places):
        text = path.read_text(encoding="utf-8")
        for target in targets(text, path.suffix):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = Path(os.path.normpath(path.parent / unquote(parts.path))) if parts.path else path
            if not file.exists() or (parts.fragment and file.is_file() and parts.fragment not in _names(file)):
                yield f"{path}: {target}"


def pages(places: Iterable[Path]) -> Iterator[Path]:
    """The pages among files and within folders, in order."""
    for place in places:
        yield from sorted(p for p in place.rglob("*") if p.suffix in PAGES) if place.is_dir() else [place]


def _names(page: Path) -> set[str]:
    """What a link can name within a page: identifiers of HTML, headings as code hosts name them."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".html":
        return Targets(text).names
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in MARKED.findall(text)}


if __name__ == "__main__":
    checked = [Path(argument) for argument in sys.argv[1:]]
    found = list(dead(checked))
    print("\n".join([*found, f"{sum(1 for _ in pages(checked))} pages, {len(found)} dead links"]))
    sys.exit(bool(found))
