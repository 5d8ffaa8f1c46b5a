"""What a page looks like in a browser, and what it finds on itself once it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIZE = {"width": 1200, "height": 2400, "deviceScaleFactor": 1, "mobile": False}
ASK = """
  const shown = e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0; };
  return {
    images: [...document.images].filter(shown).map(e => ({
      src: e.src.split("/").pop(), width: e.naturalWidth, alt: e.alt, classes: e.className})),
    scripts: window.broken === undefined ? 0 : 1,
    wide: document.documentElement.scrollWidth - innerWidth,
    maths: document.querySelectorAll("math, .math, .arithmatex").length,
    tables: [...document.querySelectorAll("table")].filter(shown).length,
  };
"""


def found(chromium: Any, page: Path) -> dict[str, Any]:
    """What a page finds on itself: what is visible of it, whether foreign scripts ran; and a photograph as PNG."""
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SIZE)
    chromium.get(page.as_uri())
    return {**chromium.execute_script(ASK), "photograph": chromium.get_screenshot_as_png()}
