"""The text of a spec, by name or path: read with limits, decoded strictly, free of characters that nobody sees."""

from __future__ import annotations

import os
import re
import stat
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from cellgraph.errors import Problem, Source, SpecError, nearest, quoted
from cellgraph.names import spelled_out

LIMIT = 1_000_000
"""The largest spec, in bytes; the largest one that ships is some thousand."""

LINE = 200_000
"""The longest line: some of what looks ahead in YAML takes the square of a line's length."""

_WHOLE = {
    "\0": ("E_ENCODING", "U+0000: this is UTF-16, or no text; save the file as UTF-8"),
    "\r": ("E_CTRL_CHAR", "U+000D: a carriage return without a line feed; save the file with LF or CRLF line ends"),
}
"""Characters that say something of the whole file, and are told once."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Categories of characters that draw nothing, or move what is drawn: control, format (bidi, zero width), surrogates,
private use, line and paragraph separators."""


@dataclass(frozen=True)
class Text:
    """The text of one file, with \\n as the end of a line."""

    file: str
    text: str
    shipped: bool = False
    """Whether this comes with cellgraph, whose tests find nothing wrong in it."""

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return self.text.split("\n")

    def place(self, line: int, column: int) -> Source:
        """The place at a 1-based line and column."""
        return Source(self.file, line, column, self.lines[line - 1] if line <= len(self.lines) else "")


def text(name_or_path: str | os.PathLike[str]) -> Text:
    """The text of a spec: one that ships with cellgraph, by name; a file, by path; '-' is standard input.

    Raises SpecError where there is none, and as `decoded` does.
    """
    if not isinstance(name_or_path, str):
        return read(name_or_path)
    name = name_or_path
    if name == "-":
        if sys.stdin is None:  # closed by whoever started the program
            message = "there is no standard input; give a name or a path"
            raise SpecError(Problem("E_FILE", message, Source("<stdin>", 0, 0)))
        return received(sys.stdin.buffer)
    if name in shipped():
        return decoded(shipped()[name].read_bytes(), f"{name}.yaml", shipped=True)
    if re.fullmatch(r"[\w-]*", name) and not os.path.exists(name):
        hint = nearest(name, shipped()) or "; 'cellgraph list' lists those that there are"
        message = f"there is no cell or file {quoted(name)}{hint}"
        raise SpecError(Problem("E_FILE", message, Source(quoted(name)[1:-1], 0, 0)))
    return read(name_or_path)


def read(path: str | os.PathLike[str]) -> Text:
    """The text of a regular file of at most 1 MB.

    Raises SpecError where there is no such file, where it is a device, a pipe or a folder, and as `decoded` does.
    """
    file = str(path)
    try:
        # A look before opening: opening a pipe waits, and opening a device may do anything.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise _refused(
                file, "E_FILE", "this is not a regular file; give the path of a YAML file, or '-' and a pipe"
            )
        with Path(path).open("rb") as stream:
            return received(stream, file)
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error


def received(stream: BinaryIO, file: str = "<stdin>") -> Text:
    """The text of a stream, which is read up to the limit and no further.

    Raises SpecError where it cannot be read, and as `decoded` does.
    """
    try:
        data = stream.read(LIMIT + 1)
    except OSError as error:
        raise _unreadable(file, error) from error
    return decoded(data, file)


def decoded(data: bytes | str, file: str, shipped: bool = False) -> Text:
    """Bytes or text of a spec as a Text: strict UTF-8, a byte order mark and CRLF taken off.

    Raises SpecError on more than 1 MB, on anything but UTF-8, and on invisible characters (all of them listed).
    """
    if len(data) > LIMIT:
        raise _refused(file, "E_SIZE", f"more than {LIMIT:,} bytes; a spec is a page of text, so check what this is")
    text = _utf8(data, file) if isinstance(data, bytes) else data
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if not text.strip():
        raise _refused(file, "E_EMPTY", "the file is empty; 'cellgraph new NAME' writes a spec to start from")
    found = Text(file, text, shipped)
    for number, line in enumerate(found.lines, 1):
        if len(line) > LINE:
            message = f"a line of {len(line):,} characters; write at most {LINE:,} on one line"
            raise SpecError(Problem("E_SIZE", message, Source(file, number, 1)))
    hidden = hidden_characters(text)
    for character, (code, message) in _WHOLE.items():
        if character in text:
            raise SpecError(Problem(code, message, _place(found, text.index(character))))
    if hidden:
        raise SpecError(*[_hidden(found, at) for at in hidden])
    return found


@cache
def shipped() -> Mapping[str, Path]:
    """The spec files by name."""
    found = {spec.stem: spec for spec in folder().glob("*/*.yaml")}
    return MappingProxyType(dict(sorted(found.items())))


@cache
def folder() -> Path:
    """The folder of specs: the package `cellgraph.specs`; beside this package where that is not installed."""
    try:
        return Path(import_module("cellgraph.specs").__path__[0])
    except ImportError:
        return Path(__file__).parents[2] / "specs"


def hidden_characters(text: str, most: int = 20) -> list[int]:
    """The offsets of the first characters that draw nothing or move what is drawn; tab and newline are fine."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return []
    unseen = (at for at, c in enumerate(text) if unicodedata.category(c) in _HIDDEN or c in "\ufffe\uffff")
    return list(islice((at for at in unseen if text[at] not in "\t\n"), most))


def _utf8(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        line, column = good.count("\n") + 1, len(good) - good.rfind("\n")
        kind = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        message = f"byte 0x{data[error.start]:02x}: the file is {kind}; save it as UTF-8"
        raise SpecError(Problem("E_ENCODING", message, Source(file, line, column))) from error


def _hidden(text: Text, at: int) -> Problem:
    message = f"the invisible character {spelled_out(text.text[at])}; delete it"
    return Problem("E_CTRL_CHAR", message, _place(text, at))


def _place(text: Text, at: int) -> Source:
    return text.place(text.text.count("\n", 0, at) + 1, at - text.text.rfind("\n", 0, at))


def _unreadable(file: str, error: OSError | ValueError) -> SpecError:
    reason = getattr(error, "strerror", None) or "no path can look like this"
    return _refused(file, "E_FILE", f"cannot be read ({reason}); check the path")


def _refused(file: str, code: str, message: str) -> SpecError:
    return SpecError(Problem(code, message, Source(file, 0, 0)))
