"""A headless browser for tests: what a page looks like, and what it finds on itself once it is shown."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars",
    "--disable-dev-shm-usage", "--virtual-time-budget=3000", "--window-size=1200,2400",
)  # fmt: skip
ASK = """<script>addEventListener("load", () => {
  const shown = e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0; };
  const found = {
    images: [...document.images].filter(shown).map(e => ({
      src: e.src.split("/").pop(), width: e.naturalWidth, alt: e.alt, classes: e.className})),
    scripts: window.broken === undefined ? 0 : 1,
    wide: document.documentElement.scrollWidth - innerWidth,
    maths: document.querySelectorAll("math, .math, .arithmatex").length,
    tables: [...document.querySelectorAll("table")].filter(shown).length,
  };
  const told = document.createElement("pre");
  told.id = "found"; told.textContent = JSON.stringify(found); document.body.append(told);
});</script>"""
"""Written at the end of a page: what is visible, told in the document itself."""


def run(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The browser on a page; the test is skipped where there is none."""
    if not BROWSER:
        pytest.skip("no Chromium is installed here")
    profile = page.parent / ".profile"
    command = [BROWSER, *OPTIONS, f"--user-data-dir={profile}", *options, page.as_uri()]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    finally:
        shutil.rmtree(profile, ignore_errors=True)


def found(page: Path, *options: str) -> dict[str, Any]:
    """What a page finds on itself: visible pictures, tables, mathematics, and whether foreign scripts ran."""
    asking = page.with_name(f"asking-{page.name}")
    asking.write_text(page.read_text(encoding="utf-8").replace("</body>", ASK + "</body>"), encoding="utf-8")
    told = re.search(r'<pre id="found">(.*?)</pre>', run(asking, "--dump-dom", *options).stdout, re.DOTALL)
    asking.unlink()
    assert told, "the page did not finish"
    answer: dict[str, Any] = json.loads(html.unescape(told[1]))
    return answer


def photographed(page: Path, *options: str) -> bytes:
    """The page as a PNG."""
    target = page.with_suffix(".png")
    run(page, f"--screenshot={target}", *options)
    data = target.read_bytes()
    target.unlink()
    return data
