"""Reports as LaTeX that a paper can take: aligned equations (amsmath) and booktabs tables."""

from __future__ import annotations

import re

from cellgraph.messages import Lang, Message
from cellgraph.report import RELATIONS, Formulas, Report
from cellgraph.table import Table
from cellgraph.views import values
from cellgraph.views.notation import shape_latex
from cellgraph.views.values import Style

ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}",
}  # fmt: skip
MATHEMATICS = {
    "²": "{}^2", "³": "{}^3", "⁶": "{}^6", "⋯": r"\cdots", "·": r"\cdot", "δ": r"\delta", "σ": r"\sigma",
    "ᵀ": r"{}^{\top}", "←": r"\leftarrow", "→": r"\to", "∂": r"\partial", "−": "-", "√": r"\surd", "∞": r"\infty",
    "≈": r"\approx", "≤": r"\le", "≥": r"\ge", "×": r"\times", "⊙": r"\odot", "‖": r"\|", "∏": r"\prod", "Σ": r"\Sigma",
}  # fmt: skip
"""Mathematical characters in prose, which pdfLaTeX's fonts for text do not have."""

ESCAPES |= {character: f"${latex}$" for character, latex in MATHEMATICS.items()}
INLINE = re.compile(r"(?<!\\)\$((?:[^$\\]|\\.)+)\$")
SPECIAL = re.compile("|".join(map(re.escape, ESCAPES)))
IN_TEMPLATES = re.compile("|".join(re.escape(c) for c in ESCAPES if c not in "{}"))


def escaped(text: str) -> str:
    """Plain text that LaTeX sets as it is."""
    return SPECIAL.sub(lambda found: ESCAPES[found[0]], text)


def _escaped_template(text: str) -> str:
    """A message template, whose {placeholders} stay."""
    return IN_TEMPLATES.sub(lambda found: ESCAPES[found[0]].replace("{", "{{").replace("}", "}}"), text)


STYLE = Style(escape=escaped, template=_escaped_template, latex=True, math=lambda latex: f"${latex}$")


def report(document: Report, lang: Lang = "en") -> str:
    """The blocks of a report under its title as a comment, ready for \\input."""
    title = values.format_message(document.title, values.PLAIN, lang)
    return values.written_blocks(document, BLOCKS, lang, title=title and f"% {title}") + "\n"


def paragraph(message: Message, lang: Lang) -> str:
    """A message as a paragraph."""
    return values.format_message(message, STYLE, lang)


def formulas(block: Formulas, lang: Lang) -> str:
    """Formulas in an align environment, without numbers."""
    title = f"{values.format_message(block.title, STYLE, lang)}\n" if block.title else ""
    body = aligned(block, lang).removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}")
    return rf"{title}\begin{{align*}}{body}\end{{align*}}"


def aligned(block: Formulas, lang: Lang) -> str:
    """An `aligned` environment: one line a formula, shapes as set membership, remarks as text."""
    lines = []
    for line in block.lines:
        left, right = values.sides(line, block.graph, values.latex)
        shape = "" if line.shape is None else rf" && \in {space(line.shape)}"
        note = "" if line.note is None else rf" && {_remark(line.note, lang)}"
        lines.append(f"{left} &{RELATIONS[line.relation]} {right}{shape}{note}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _remark(note: Message, lang: Lang) -> str:
    """A remark within mathematics: not every reader of LaTeX takes mathematics within \\text."""
    said = INLINE.sub(r"}\1\\text{", values.format_message(note, STYLE, lang))
    return rf"\text{{{said}}}".replace(r"\text{}", "")


def space(shape: tuple[object, ...]) -> str:
    """The space of arrays of this shape: \\mathbb{R}^{n \\times m}."""
    return rf"\mathbb{{R}}^{{{shape_latex(shape)}}}" if shape else r"\mathbb{R}"


def table(block: Table, lang: Lang) -> str:
    """A booktabs tabular in a table environment, with title as caption and notes below."""
    heads, body, foot = values.written_table(block, STYLE, lang)
    sides = "".join("r" if right else "l" for right in values.numeric(block))
    rows = [" & ".join(row) + r" \\" for row in body]
    totals = [r"\midrule", *(" & ".join(row) + r" \\" for row in foot)] if foot else []
    title = values.format_message(block.title, STYLE, lang)
    notes = [rf"\par\smallskip\footnotesize {values.format_message(note, STYLE, lang)}" for note in block.notes]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            *([rf"\caption{{{title}}}"] if title else []),
            rf"\begin{{tabular}}{{{sides}}}",
            r"\toprule",
            " & ".join(heads) + r" \\",
            r"\midrule",
            *rows,
            *totals,
            r"\bottomrule",
            r"\end{tabular}",
            *notes,
            r"\end{table}",
        ]
    )


BLOCKS: values.Handlers = {Message: paragraph, Formulas: formulas, Table: table}
