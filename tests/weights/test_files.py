"""Files of weights: what is written is read back, and what a hostile file holds is told and never run."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import cellgraph as cg
from cellgraph.weights.files import ELSEWHERE, READERS, read, written

safetensors = pytest.importorskip("safetensors", reason="pip install 'cellgraph[test]'")
KINDS = ("float16", "float32", "float64", "bfloat16")
SUFFIXES = (".safetensors", ".npz")


class Harmful:
    """What a pickle can do: run a command when it is read."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


def arrays(kind: str) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    found = {"rnn/w.l0": draw.normal(size=(3, 4)), "file": np.array([np.nan, -0.0, np.inf]), "one": np.array(2.5)}
    return {name: array.astype(kind) for name, array in found.items()}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_back_bit_for_bit(kind: str, suffix: str, tmp_path: Path) -> None:
    pytest.importorskip("ml_dtypes", reason="pip install 'cellgraph[test]'")
    given = arrays(kind)
    given["turned"] = np.asfortranarray(given["rnn/w.l0"])
    if kind == "bfloat16" and suffix == ".npz":
        with pytest.raises(cg.CellgraphError, match=r"\.npz does not keep bfloat16, the type of 'rnn/w.l0'"):
            written(given, suffix)
        return
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(written(given, suffix))
    found = read(str(path))
    assert set(found) == set(given)
    assert len(found) == len(given)
    for name, array in given.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()
    assert path.read_bytes() == written(given, suffix)


def test_the_order_of_bytes_is_no_part_of_a_number(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(written({"a": np.arange(3, dtype=">f4")}, ".safetensors"))
    assert read(str(path))["a"].tolist() == [0, 1, 2]


def test_a_file_says_who_has_written_it() -> None:
    raw = written(arrays("float32"), ".safetensors")
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    assert header["__metadata__"] == {"written_by": "cellgraph 0.1.0"}


def header(text: bytes, size: int | None = None) -> bytes:
    return (len(text) if size is None else size).to_bytes(8, "little") + text


WHOLE = written({"a": np.ones((2, 3), "float32")}, ".safetensors")
BROKEN = {
    "nothing": b"",
    "no header": b"\5\0\0\0\0\0\0\0",
    "a huge header": header(b"{}", 2**63),
    "a large header": header(b" " * 100, 200_000_000),
    "no JSON": header(b"[[[[[["),
    "another JSON": header(b'{"a": 1}'),
    "cut": WHOLE[:-1],
    "longer": WHOLE + b"\0",
    "a size that overflows": WHOLE.replace(b"[2,3]", b"[9,9]"),
    "overlapping": header(
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    ) + bytes(4),
    "outside": header(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[4000,4004]}}') + bytes(4),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_safetensors_file_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(BROKEN[name])
    with pytest.raises(cg.CellgraphError, match=r"weights\.safetensors: this is no whole \.safetensors file: "):
        read(str(path))


@pytest.mark.parametrize("kind", ["I8", "F8_E4M3", "BOOL"])
def test_types_that_weights_do_not_have_are_told(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    text = f'{{"a":{{"dtype":"{kind}","shape":[4],"data_offsets":[0,4]}}}}'
    path.write_bytes(header(text.encode()) + bytes(4))
    found = read(str(path))
    with pytest.raises(
        cg.CellgraphError, match=f"array 'a' cannot be read: it holds {kind}, and weights are one of F64"
    ):
        found["a"]
    with pytest.raises(KeyError, match="b"):
        found["b"]


def test_no_pickle_is_ever_read(tmp_path: Path) -> None:
    mark = tmp_path / "run"
    harmful = pickle.dumps(Harmful(f"touch {mark}"))
    for suffix in [*READERS, *ELSEWHERE]:
        path = tmp_path / f"weights{suffix}"
        path.write_bytes(harmful)
        with pytest.raises(cg.CellgraphError, match=f"weights.{suffix[1:]}: |this needs torch: pip install 'torch'"):
            read(str(path))
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([Harmful(f"touch {mark}")]), b=np.ones(2))
    (tmp_path / "objects.npz").write_bytes(buffer.getvalue())
    found = read(str(tmp_path / "objects.npz"))
    assert found["b"].tolist() == [1, 1]
    with pytest.raises(cg.CellgraphError, match="array 'a' cannot be read: Object arrays cannot be loaded"):
        found["a"]
    assert not mark.exists()


@pytest.mark.parametrize("name", ["a\x1b[31m", "a\nb", "a\u202eb", "\u200b"])
def test_names_that_nobody_sees_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(written({name: np.ones(2)}, ".safetensors"))
    with pytest.raises(cg.CellgraphError, match=re.escape(f"the name of an array holds what nobody sees: {name!a}")):
        read(str(path))


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def npy(text: str) -> bytes:
    padded = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


def test_a_broken_npz_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    whole = written({"a": np.ones(50)}, ".npz")
    for data in (b"", b"PK", whole[:-30], b"not at all"):
        path.write_bytes(data)
        with pytest.raises(cg.CellgraphError, match=r"weights\.npz: this is no whole \.npz file: "):
            read(str(path))
    buffer = io.BytesIO()
    np.save(buffer, np.ones(3))
    path.write_bytes(buffer.getvalue())
    with pytest.raises(cg.CellgraphError, match=r"weights\.npz: this is one array, of no name"):
        read(str(path))
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }"
    entries = {
        "cut.npy": npy(header % 3) + bytes(5),
        "huge.npy": npy(header % 10**15),
        "code.npy": npy("__import__('os').abort()"),
        "raw.npy": npy("{'descr': '|V2', 'fortran_order': False, 'shape': (1,), }") + bytes(2),
        "text": b"hello",
    }
    path.write_bytes(zipped(entries))
    found = read(str(path))
    for name, told in (
        ("cut", "EOF|could not|cannot reshape|incomplete"),
        ("huge", "allocate"),
        ("code", "[Cc]annot parse header|malformed"),
        ("raw", r"it holds \|V2: \.npz does not keep types such as bfloat16, \.safetensors does"),
        ("text", "it is no array"),
    ):
        with pytest.raises(cg.CellgraphError, match=f"array '{name}' cannot be read: .*({told})"):
            found[name]


def test_an_entry_of_an_archive_that_is_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.random.default_rng(0).normal(size=200))
    data = bytearray(buffer.getvalue())
    data[200:210] = bytes(10)
    path.write_bytes(data)
    with pytest.raises(cg.CellgraphError, match="array 'a' cannot be read: "):
        read(str(path))["a"]


@pytest.mark.parametrize("suffix", ELSEWHERE)
def test_other_files_are_told_how_to_become_one(suffix: str) -> None:
    with pytest.raises(
        cg.CellgraphError, match=rf"x\{suffix}: \{suffix} is not read here; save the arrays by name, .*npz'"
    ):
        read(f"x{suffix}")


def test_what_is_no_file_of_weights_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        cg.CellgraphError, match=r"x\.safetensor: weights are read from .*; did you mean '\.safetensors'"
    ):
        read("x.safetensor")
    with pytest.raises(cg.CellgraphError, match=r"x\.npz: there is no such file"):
        read(str(tmp_path / "x.npz"))
    (tmp_path / "y.npz").mkdir()
    with pytest.raises(cg.CellgraphError, match=r"y\.npz: there is no such file"):
        read(str(tmp_path / "y.npz"))


@pytest.mark.parametrize(
    ("library", "suffix", "package"),
    [("safetensors", ".safetensors", "cellgraph[weights]"), ("torch", ".pt", "torch")],
)
def test_a_missing_library_is_told_with_the_command(
    library: str, suffix: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(WHOLE)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(cg.CellgraphError, match=rf"^this needs {library}: pip install '{re.escape(package)}'$"):
        read(str(path))
