"""What is read at all: regular files, up to a limit, in UTF-8, without characters that nobody sees."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cellgraph.errors import SpecError
from cellgraph.spec import source

GOOD = "name: rnn\n"


def test_a_device_is_refused_without_reading_it() -> None:
    with pytest.raises(SpecError, match=r"^/dev/zero: this is not a regular file"):
        source.read("/dev/zero")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SpecError, match="not a regular file"):
        source.read(tmp_path / "pipe")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="not a regular file"):
        source.read(tmp_path)


@pytest.mark.parametrize("path", ["no-such.yaml", "a\0b", "x" * 5000])
def test_a_path_that_cannot_be_read_is_told(path: str) -> None:
    with pytest.raises(SpecError, match=r"cannot be read .*; check the path"):
        source.read(path)


def test_a_stream_without_end_is_read_up_to_the_limit() -> None:
    with Path("/dev/zero").open("rb") as endless:
        with pytest.raises(SpecError, match="more than 1,000,000 bytes"):
            source.received(endless)
        assert endless.tell() <= 2 * source.LIMIT


def test_the_limit_itself_is_fine() -> None:
    line = "# " + "x" * 97 + "\n"
    text = line * (source.LIMIT // 100)
    assert len(source.decoded(text.encode(), "big").text) == source.LIMIT
    with pytest.raises(SpecError, match="more than 1,000,000 bytes"):
        source.decoded(text.encode() + b"\n", "bigger")


@pytest.mark.parametrize("written", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD])
def test_marks_of_windows_go(written: str) -> None:
    assert source.decoded(written.encode(), "f").text == source.decoded(written, "f").text == GOOD


@pytest.mark.parametrize("data", [b"", b"\n", b"  \n\t\n", b"\xef\xbb\xbf"])
def test_nothing_is_no_spec(data: bytes) -> None:
    with pytest.raises(SpecError, match=r"^f: the file is empty; 'cellgraph new NAME'"):
        source.decoded(data, "f")


def test_the_first_byte_that_is_not_utf8_is_placed_in_characters() -> None:
    with pytest.raises(SpecError, match=r"^f:2:6: byte 0xff: the file is not UTF-8; save it as UTF-8"):
        source.decoded("a: b\n门门门: \xff".encode()[:-2] + b"\xff", "f")


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\x07", "U+0007"), ("\x1b", "U+001B"), ("\x7f", "U+007F"), ("\x85", "U+0085"),
        ("\xad", "U+00AD (SOFT HYPHEN)"),
        ("\u200b", "U+200B (ZERO WIDTH SPACE)"), ("\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("\u2028", "U+2028 (LINE SEPARATOR)"), ("\u2066", "U+2066 (LEFT-TO-RIGHT ISOLATE)"), ("\ufeff", "U+FEFF"),
        ("\ue000", "U+E000"), ("\ufffe", "U+FFFE"), ("\ud800", "U+D800"), ("\U000e0041", "U+E0041"),
    ],
)  # fmt: skip
def test_hidden_characters_are_refused_by_code_point(character: str, name: str) -> None:
    with pytest.raises(SpecError, match=rf"^f:2:4: the invisible character {re.escape(name)}.*; delete it"):
        source.decoded(f"a: b\nc: {character}\n", "f")


@pytest.mark.parametrize("text", ["门控循环单元（先重置，后矩阵乘法）", "é ñ ß Ω א", "h̃ 🧠 ∂ ⊙ ℓ", "tab\there"])
def test_visible_characters_of_any_language_pass(text: str) -> None:
    assert source.decoded(text, "f").text == text


def test_all_hidden_characters_are_told_but_not_thousands() -> None:
    with pytest.raises(SpecError, match="U\\+200B") as caught:
        source.decoded("x\u200b\n" * 5000, "f")
    assert [problem.source.line for problem in caught.value.problems] == list(range(1, 21))
