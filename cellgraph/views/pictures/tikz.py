"""TikZ: the scene as a LaTeX document that compiles by itself, formulas typeset by LaTeX in the reader's own fonts."""

from __future__ import annotations

from collections.abc import Mapping

from cellgraph.views.pictures.colours import PALETTES, Theme
from cellgraph.views.pictures.paths import cubic
from cellgraph.views.pictures.scene import Box, Item, Maths, PathItem, Scene, Words
from cellgraph.views.pictures.typeset import WIDE

ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "×": r"$\times$", "−": "$-$", "·": r"$\cdot$",
}  # fmt: skip
"""Characters that mean something to LaTeX, and signs that its old text fonts lack."""
PIECES = {"M": "{}", "L": "-- {}", "C": ".. controls {} and {} .. {}", "Z": "-- cycle"}
ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}


def tikz(scene: Scene, theme: Theme = "light") -> str:
    """A LaTeX document with the scene as one picture; pdflatex reads it, with Chinese in it xelatex."""
    chinese = any(isinstance(i, Words) and max(i.text, default="") >= WIDE for mark in scene.marks for i in mark.items)
    colours = PALETTES[theme]
    lines = [
        *(["% !TeX program = xelatex"] if chinese else []),
        r"\documentclass[border=0pt]{standalone}",
        *([r"\usepackage[fontset=fandol]{ctex}"] if chinese else []),
        r"\usepackage{amsmath,amssymb,tikz}",
        *(rf"\definecolor{{{_name(key)}}}{{HTML}}{{{value[1:].upper()}}}" for key, value in sorted(colours.items())),
        r"\begin{document}",
        r"\begin{tikzpicture}[x=1bp, y=-1bp, line join=round, every node/.style={inner sep=0pt, outer sep=0pt}]",
        rf"\path[fill={_name('paper')}] (0,0) rectangle ({scene.width:.0f},{scene.height:.0f});",
        *(_item(item, colours) for mark in scene.marks for item in mark.items),
        r"\end{tikzpicture}",
        r"\end{document}",
        "",
    ]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Any text as LaTeX text."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return "".join(ESCAPES.get(c, c) for c in kept)


def _name(key: str) -> str:
    """A theme's colour under a name of our own, so that it meets no other."""
    return "cg" + key.replace(".", "")


def _item(item: Item, colours: Mapping[str, str]) -> str:
    if isinstance(item, Box):
        radius = min(item.radius, item.width / 2, item.height / 2)
        corners = f"({item.x:.2f},{item.y:.2f}) rectangle ({item.x + item.width:.2f},{item.y + item.height:.2f})"
        return rf"\path[{_paint(item)}, rounded corners={radius:.2f}bp] {corners};"
    if isinstance(item, PathItem):
        return rf"\path[{_paint(item)}] {_path(item.path)};"
    if isinstance(item, Maths):
        place = f"anchor=base, text={_name(item.colour)}"
        # LaTeX's own fonts are a little wider than those in which formulas are measured.
        font = rf"font=\fontsize{{{item.typeset.size * 0.94:g}}}{{16}}\selectfont"
        middle = item.x + item.typeset.width / 2
        return rf"\node[{place}, {font}] at ({middle:.2f},{item.y:.2f}) {{${item.typeset.latex}$}};"
    style = r"\sffamily\bfseries" if item.bold else r"\sffamily"
    place = f"anchor={ANCHORS[item.anchor]}, text={_name(item.colour)}"
    font = rf"font={style}\fontsize{{{item.size:g}}}{{16}}\selectfont"
    return rf"\node[{place}, {font}] at ({item.x:.2f},{item.y:.2f}) {{{escaped(item.text)}}};"


def _paint(item: Box | PathItem) -> str:
    parts = []
    if item.fill:
        parts.append(f"fill={_name(item.fill)}")
    if item.stroke:
        parts.append(f"draw={_name(item.stroke)}, line width={item.line:g}bp")
    if item.stroke and item.dash:
        on, off = item.dash.split()
        parts.append(f"dash pattern=on {on}bp off {off}bp")
    return ", ".join(parts) or "draw=none"


def _path(data: str) -> str:
    """A path of TikZ for path data."""
    out: list[str] = []
    for command, numbers in cubic(data):
        places = [f"({x:.2f},{y:.2f})" for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
        out.append(PIECES[command].format(*places))
    return " ".join(out)
