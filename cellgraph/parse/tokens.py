"""Cuts equations into tokens, and stops there what Python's parser should not meet: strange characters, and depth.

What passes has matched brackets, bounded depth and length, and operators between operands, so that `ast.parse` can
neither fail on it in ways that are hard to explain nor run out of stack.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

from cellgraph.errors import Problem, Source, SpecError, quoted
from cellgraph.names import LOOKALIKES, greek_name, spelled_out

LENGTH = 4096
TOKENS = 400
DEPTH = 32
SIGNS = 4

_TOKEN = re.compile(
    r"(?P<space>[ \t]+)|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>\*\*|//|[-+*/@,])|(?P<bracket>[()\[\]])"
    r"|(?P<keyword>(?:(?<=over)|(?<=over )|(?<=dilation)|(?<=causal))=(?!=))"
    r"|(?P<other>.)"
)
_KEYWORD = re.compile(rf"\b(?=(?:{'|'.join(keyword.kwlist)})\b)[A-Za-z]")
"""The first letter of a word that Python keeps for itself."""
_NEW_EQUATION = re.compile(r"\s*(?!(?:over|dilation|causal)\b)[A-Za-z_]\w*\s*=(?!=)")
_CLOSING = MappingProxyType({")": "(", "]": "["})

_INSTEAD = MappingProxyType({
    "^": "powers are written x ** 2", "\\": "this is LaTeX; write tanh(x), W_xh, h[t-1]", ";": "one equation a line",
    "{": "this is LaTeX; write W_xh, h[t-1]", "}": "this is LaTeX; write W_xh, h[t-1]", "|": "|x| is written abs(x)",
    "⊙": "write '*'", "∘": "write '*'", "·": "write '*' for elements, '@' for matrices", "×": "write '*'",
    "∗": "write '*'", "•": "write '*'", "⋅": "write '*' for elements, '@' for matrices", "⊗": "write outer(a, b)",
    "−": "write '-'", "–": "write '-'", "÷": "write '/'", "σ": "write sigmoid(x)", "√": "write sqrt(x)",
    "∑": "write sum(x)", "Σ": "write sum(x)", "ᵀ": "write transpose(A)", "⊤": "write transpose(A)",
    "₋": "write h[t-1]", "ₜ": "a bare name is the current step", "²": "write x ** 2", "³": "write x ** 3",
    "'": "texts have no meaning in an equation; write names", '"': "texts have no meaning in an equation; write names",
    ".": "functions are called by their name alone, tanh(a), and the transpose of A is transpose(A)",
    ":": "parts of a vector are slice(v, start, stop)",
    "=": "an equation has one '='; arguments are named in over=j, dilation=2 and causal=1 only",
    "<": "1 where a < b, else 0, is step(b - a), and where(b - a, x, y) is x there, else y",
    ">": "1 where a > b, else 0, is step(a - b), and where(a - b, x, y) is x there, else y",
    "~": "write '-' or '1 - x'", "!": "write '1 - x'", "&": "write '*'", "%": "write a product or slice",
})  # fmt: skip
_PYTHON = frozenset("'\".:=<>")
"""Characters that are Python, but of no use here."""
_PYTHON_WORDS = MappingProxyType({
    "and": "write a * b", "or": "write max(a, b)", "not": "write 1 - a",
    **dict.fromkeys(("if", "else"), "a where c > 0, else b, is where(c, a, b)"),
    **dict.fromkeys(("for", "in", "is", "lambda"), "use arithmetic and functions"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of an equation, and the place of its first character."""

    text: str
    source: Source

    def place(self, column: int) -> Source:
        """The place of the character at a column counted from 0; of the line, where escapes or folds moved columns."""
        if self.source.text and not self.source.text.startswith(self.text, self.source.column - 1):
            return self.source
        return replace(self.source, column=self.source.column + column)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an equation: its kind (name, number, operator, bracket, keyword's '=' or other), text and place."""

    kind: str
    text: str
    source: Source
    glued: bool
    """Whether it follows the token before without a space."""


def statements(lines: Iterable[CodeLine]) -> Iterator[tuple[CodeLine, ...]]:
    """The equations of a block, each as its lines: comments off; an open bracket goes on in the next line.

    A line that begins like an equation begins one, so that a forgotten bracket spoils one equation only.
    """
    begun: list[CodeLine] = []
    depth = 0
    for whole in lines:
        code = whole.text.partition("#")[0].rstrip()
        if not code.strip():
            continue
        if begun and (depth <= 0 or _NEW_EQUATION.match(code)):
            yield tuple(begun)
            begun, depth = [], 0
        indent = len(code) - len(code.lstrip())
        begun.append(CodeLine(code.lstrip(), whole.place(indent)))
        depth += sum(code.count(c) for c in "([") - sum(code.count(c) for c in ")]")
    if begun:
        yield tuple(begun)


def cut(lines: tuple[CodeLine, ...]) -> list[Token]:
    """The tokens of an expression. Raises SpecError for whatever `ast.parse` should not see."""
    length = sum(len(line.text) for line in lines)
    if length > LENGTH:
        message = f"{length:,} characters; split the equation into several of at most {LENGTH:,}"
        raise SpecError(Problem("E_EXPR_SIZE", message, lines[0].source))
    tokens = []
    for line in lines:
        end = -1
        for match in _TOKEN.finditer(line.text):
            if match.lastgroup != "space":
                glued, end = match.start() == end, match.end()
                tokens.append(Token(match.lastgroup or "", match[0], line.place(match.start()), glued))
    strange = {token.text: token for token in reversed(tokens) if token.kind == "other"}
    problems = [_strange(token) for token in reversed(strange.values())]
    for check in (_words, _limits, _brackets, _neighbours):
        if not problems:
            problems = list(check(tokens))
    if problems:
        raise SpecError(*problems[:10])
    return tokens


def python_text(lines: tuple[CodeLine, ...]) -> str:
    """The expression as `ast.parse` can take it: in parentheses, and with keywords as names.

    A keyword such as `lambda` gets a mathematical bold first letter. Python reads that as a name and normalises it
    back to plain letters, so the tree holds the name as it was written, at the same column.
    """
    bold = ord("𝐚") - ord("a")
    text = "\n".join(line.text for line in lines)
    return f"({_KEYWORD.sub(lambda initial: chr(ord(initial[0]) + bold), text)}\n)"


def _strange(token: Token) -> Problem:
    character = token.text
    greek, plain = greek_name(character), unicodedata.normalize("NFKC", character)
    if character in LOOKALIKES:
        hint = f"it only looks like the ASCII letter '{LOOKALIKES[character]}'; type that"
    elif greek:
        hint = f"write '{greek}', which prints as {character}"
    elif plain.isascii() and plain != character:
        hint = f"write '{plain}'"
    elif unicodedata.category(character)[0] in "LM":
        hint = "names are made of ASCII letters, digits and underscores"
    else:
        hint = "use the operators + - * / ** @"
    code = "E_EXPR_NODE" if character in _PYTHON else "E_EXPR_CHAR"
    visible = character.isascii() or unicodedata.category(character)[0] != "M"
    quote = '"' if character == "'" else "'"
    shown = f"{quote}{character}{quote}" if visible and character.isprintable() else "character"
    named = "" if character.isascii() else f" {spelled_out(character)}"
    return Problem(code, f"unexpected {shown}{named}; {_INSTEAD.get(character, hint)}", token.source)


def _words(tokens: list[Token]) -> Iterator[Problem]:
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.text in ("True", "False", "None"):
            yield Problem("E_RESERVED", f"'{token.text}' is no quantity; write a number or a name", token.source)
        if token.kind == "number" and re.match(r"0[0-9]", token.text):
            yield Problem("E_NUMBER", f"a number begins with 0; write {token.text.lstrip('0') or 0}", token.source)
        if before and before.kind == "number" and token.kind == "name" and token.glued and token.text[0] in "xXbBoOjJ_":
            message = f"{quoted(before.text + token.text)} is no decimal number; write digits such as 16 or 0.5"
            yield Problem("E_EXPR_NODE", message, before.source)


def _limits(tokens: list[Token]) -> Iterator[Problem]:
    signs, powers, before = 0, [False], ""
    for token in tokens:
        signs = signs + 1 if token.text in ("-", "+") else 0
        if signs > SIGNS:
            yield Problem("E_EXPR_DEPTH", f"more than {SIGNS} signs in a row; one will do", token.source)
            return
        if token.text == "**" and powers[-1]:
            yield Problem("E_POW", "a power of a power; an exponent is one number, as in x ** 2", token.source)
            return
        if token.kind == "operator" and not (token.text == "-" and before == "**"):
            powers[-1] = token.text == "**"
        elif token.text in ("(", "["):
            powers.append(False)
        elif token.text in (")", "]") and len(powers) > 1:
            powers.pop()
        if len(powers) > DEPTH:
            message = f"brackets nested deeper than {DEPTH}; name the inner parts in equations of their own"
            yield Problem("E_EXPR_DEPTH", message, token.source)
            return
        before = token.text
    if len(tokens) > TOKENS:
        message = f"{len(tokens):,} symbols; split the equation into several of at most {TOKENS}"
        yield Problem("E_EXPR_SIZE", message, tokens[TOKENS].source)


def _brackets(tokens: list[Token]) -> Iterator[Problem]:
    opened: list[Token] = []
    for token in tokens:
        if token.text in ("(", "["):
            opened.append(token)
        elif token.text in _CLOSING:
            if not opened or opened[-1].text != _CLOSING[token.text]:
                message = f"'{token.text}' closes nothing; remove it, or open a '{_CLOSING[token.text]}' before it"
                yield Problem("E_EXPR_SYNTAX", message, token.source)
                return
            opened.pop()
    for token in opened[:1]:
        closing = ")" if token.text == "(" else "]"
        yield Problem("E_EXPR_SYNTAX", f"'{token.text}' is never closed; add the '{closing}'", token.source)


def _neighbours(tokens: list[Token]) -> Iterator[Problem]:
    """Operands without an operator between them, and operators without an operand beside them."""
    before: Token | None = None
    for token in tokens:
        operand = before is not None and (before.kind in ("name", "number") or before.text in (")", "]"))
        call = before is not None and before.kind == "name" and token.text == "("
        if before and operand and (token.kind in ("name", "number") or token.text == "(") and not call:
            word = next((t.text for t in (token, before) if t.text in _PYTHON_WORDS), None)
            if word:
                told = f"'{word}' has no meaning here; {_PYTHON_WORDS[word]}"
                yield Problem("E_EXPR_NODE", told, token.source)
            else:
                a, b = quoted(before.text)[1:-1], quoted(token.text)[1:-1]
                message = f"an operator is missing between '{a}' and '{b}'; write '@' (matrix) or '*' (elementwise)"
                yield Problem("E_EXPR_SYNTAX", message, token.source)
            return
        if not operand and token.kind == "operator" and token.text not in ("-", "+"):
            yield Problem("E_EXPR_SYNTAX", f"'{token.text}' has nothing at its left; add the operand", token.source)
            return
        before = token
    if before is None:
        return
    if before.kind == "operator":
        yield Problem("E_EXPR_SYNTAX", f"'{before.text}' has nothing at its right; add the operand", before.source)
