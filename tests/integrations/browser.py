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


def found(page: Path, *options: str) -> dict[str, Any]:
    """What a page finds on itself: visible pictures, tables, mathematics, whether foreign scripts ran; and a PNG of it.

    The test is skipped where there is no browser.
    """
    if not BROWSER:
        pytest.skip("no browser to look at the page with: on Debian, apt install chromium")
    asking, picture = page.with_name(f"asking-{page.name}"), page.with_suffix(".png")
    profile = page.parent / f".profile-{page.stem}"
    asking.write_text(page.read_text(encoding="utf-8").replace("</body>", ASK + "</body>"), encoding="utf-8")
    command = [BROWSER, *OPTIONS, f"--user-data-dir={profile}", "--dump-dom", f"--screenshot={picture}", *options]
    try:
        done = subprocess.run([*command, asking.as_uri()], capture_output=True, text=True, timeout=120, check=True)
        told = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
        assert told, "the page did not finish"
        return {**json.loads(html.unescape(told[1])), "photograph": picture.read_bytes()}
    finally:
        shutil.rmtree(profile, ignore_errors=True)
        asking.unlink()
        picture.unlink(missing_ok=True)
