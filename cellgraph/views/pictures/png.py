"""PNG: the SVG painted by resvg, with the font that ships with cellgraph, so that every machine gives one picture."""

from __future__ import annotations

import struct
import zlib
from importlib import resources

from cellgraph.errors import RenderError
from cellgraph.views.pictures.typeset import FONT

CSS_DPI = 96
HEADER = 33
"""So many bytes of a PNG are its signature and its first chunk."""
FAMILY = "Cellgraph Sans"


def png(svg: str, scale: float = 2.0, dpi: float | None = None) -> bytes:
    """The picture's pixels: `scale` pixels for each point of the SVG, or as many as `dpi` asks for.

    The file says how dense they are, so that word processors show every scale at the size of the SVG.

    Raises RenderError where resvg is missing or the picture cannot be painted.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise RenderError("PNG needs resvg: 'pip install resvg-py'; --format svg needs nothing") from error
    zoom = dpi / CSS_DPI if dpi else scale
    try:
        with resources.as_file(resources.files("cellgraph") / "fonts" / FONT) as font:
            painted: bytes = resvg_py.svg_to_bytes(
                svg_string=svg,
                zoom=zoom,
                skip_system_fonts=True,
                font_files=[str(font)],
                font_family=FAMILY,
                sans_serif_family=FAMILY,
            )
    except ValueError as error:
        raise RenderError(f"the picture could not be painted: {error}") from error
    return _with_density(painted, zoom * CSS_DPI)


def _with_density(png: bytes, dpi: float) -> bytes:
    """The file with a pHYs chunk (pixels per metre) behind its header, as section 11.3.5.3 of the PNG standard says."""
    metre = round(dpi / 0.0254)
    chunk = b"pHYs" + struct.pack(">IIB", metre, metre, 1)
    said = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:HEADER] + said + png[HEADER:]
