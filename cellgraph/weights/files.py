"""Files of arrays by name: .safetensors, .npz and what PyTorch saves. Nothing in a file is ever run."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module, metadata
from pathlib import Path
from pickle import UnpicklingError  # what torch.load raises where a file would run code
from types import MappingProxyType
from typing import Any

import numpy

from cellgraph.errors import CellgraphError, nearest, quoted
from cellgraph.implementations.block_layout import Array

FLOATS = ("F64", "F32", "F16", "BF16")
"""The types of .safetensors that weights have."""

ELSEWHERE: Mapping[str, str] = MappingProxyType({
    ".h5": "in Keras: numpy.savez('weights.npz', **{w.path: w.numpy() for w in model.weights})",
    ".keras": "in Keras: numpy.savez('weights.npz', **{w.path: w.numpy() for w in model.weights})",
    ".msgpack": "with Flax: numpy.savez('weights.npz', **flax.traverse_util.flatten_dict(params, sep='/'))",
    ".onnx": "with ONNX: numpy.savez('weights.npz', **{i.name: onnx.numpy_helper.to_array(i) for i in "
             "onnx.load('model.onnx').graph.initializer})",
    ".pkl": "where it was made: numpy.savez('weights.npz', **arrays); a pickle can run code, and is not read",
})  # fmt: skip
"""Files that are not read, and how their weights become one that is."""


class WeightFile(Mapping[str, Array]):
    """The arrays of a file by name, each read when it is asked for."""

    def __init__(self, path: str, names: list[str], read: Callable[[str], Array]) -> None:
        if hidden := [name for name in names if not name.isprintable()]:
            raise CellgraphError(f"{path}: the name of an array holds what nobody sees: {quoted(hidden[0])}")
        self._path, self._names, self._read = path, dict.fromkeys(names), read

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        try:
            return self._read(name)
        except (
            ValueError,
            OSError,
            EOFError,
            MemoryError,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
        ) as error:
            raise CellgraphError(f"{self._path}: array '{name}' cannot be read: {error or 'it is too large'}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def read(path: str) -> WeightFile:
    """The arrays of a file, as NumPy's. Raises CellgraphError for what is no such file, and for a missing library."""
    suffix = Path(path).suffix.lower()
    if suffix in ELSEWHERE:
        raise CellgraphError(f"{path}: {suffix} is not read here; save the arrays by name, {ELSEWHERE[suffix]}")
    if suffix not in READERS:
        known = ", ".join(READERS)
        raise CellgraphError(f"{path}: weights are read from {known}{nearest(suffix, READERS)}")
    if not Path(path).is_file():
        raise CellgraphError(f"{path}: there is no such file")
    return READERS[suffix](path)


def written(arrays: Mapping[str, Array], suffix: str) -> bytes:
    """Arrays as a file of that suffix: the same bytes for the same arrays. Raises CellgraphError."""
    plain = {name: numpy.asarray(array, order="C") for name, array in arrays.items()}
    return WRITERS[suffix](plain)


def _safetensors(path: str) -> WeightFile:
    library = _library("safetensors", "cellgraph[weights]")
    try:
        file = library.safe_open(path, framework="np")
    except library.SafetensorError as error:
        raise CellgraphError(f"{path}: this is no whole .safetensors file: {error}") from None
    names = sorted(file.keys())

    def one(name: str) -> Array:
        kind = file.get_slice(name).get_dtype()
        if kind not in FLOATS:
            raise ValueError(f"it holds {kind}, and weights are one of {', '.join(FLOATS)}")
        if kind == "BF16":
            _library("ml_dtypes", "cellgraph[weights]")
        return file.get_tensor(name)

    return WeightFile(path, names, one)


def _npz(path: str) -> WeightFile:
    # Opened here, because NumPy leaves a file open that is no archive.
    try:
        with open(path, "rb") as raw:
            archive = numpy.load(raw, allow_pickle=False)
            names = list(archive.files) if isinstance(archive, numpy.lib.npyio.NpzFile) else None
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise CellgraphError(f"{path}: this is no whole .npz file: {error or 'it is empty'}") from None
    if names is None:
        raise CellgraphError(f"{path}: this is one array, of no name; save it with numpy.savez")

    def one(name: str) -> Array:
        with open(path, "rb") as raw:
            array = numpy.load(raw, allow_pickle=False)[name]
        if not isinstance(array, numpy.ndarray):
            raise ValueError("it is no array")
        if array.dtype.kind == "V":
            raise ValueError(f"it holds {array.dtype}: .npz does not keep types such as bfloat16, .safetensors does")
        return array

    return WeightFile(path, names, one)


def _torch(path: str) -> WeightFile:
    torch = _library("torch", "torch")
    try:
        with warnings.catch_warnings(action="ignore"):  # of what it may not be able to read, where it will say so
            found = torch.load(path, map_location="cpu", weights_only=True)
    except (
        UnpicklingError,
        RuntimeError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        OSError,
        EOFError,
    ) as error:
        raise CellgraphError(
            f"{path}: PyTorch does not read this without running code in it ({type(error).__name__}); save the state "
            "dict: safetensors.torch.save_file(module.state_dict(), 'weights.safetensors')"
        ) from None
    tensors = dict(_tensors(found, "", torch.Tensor))

    def one(name: str) -> Array:
        tensor = tensors[name]
        if tensor.layout != torch.strided or tensor.is_quantized:
            raise ValueError("it is sparse or quantised")
        if tensor.dtype != torch.bfloat16:
            return tensor.resolve_conj().detach().numpy()
        bits = tensor.detach().contiguous().view(torch.int16).numpy()
        return bits.view(_library("ml_dtypes", "cellgraph[weights]").bfloat16)

    return WeightFile(path, list(tensors), one)


def _tensors(found: Any, name: str, kind: type) -> Iterator[tuple[str, Any]]:
    """The tensors of nested dictionaries, their keys joined by dots."""
    if isinstance(found, kind):
        yield name, found
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from _tensors(value, f"{name}.{key}" if name else str(key), kind)


def _safetensors_bytes(arrays: Mapping[str, Array]) -> bytes:
    library = _library("safetensors.numpy", "cellgraph[weights]")
    try:
        made: bytes = library.save(dict(arrays), {"written_by": f"cellgraph {metadata.version('cellgraph')}"})
    except library.SafetensorError as error:
        raise CellgraphError(f".safetensors does not keep these arrays: {error}") from None
    return made


def _npz_bytes(arrays: Mapping[str, Array]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            if array.dtype.kind == "V":
                raise CellgraphError(f".npz does not keep {array.dtype}, the type of '{name}'; write .safetensors")
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                numpy.lib.format.write_array(file, array, allow_pickle=False)
    return buffer.getvalue()


def _library(name: str, package: str) -> Any:
    """A library that is not always there. Raises CellgraphError with the command that installs it."""
    try:
        return import_module(name)
    except ImportError:
        raise CellgraphError(f"this needs {name.partition('.')[0]}: pip install '{package}'") from None


READERS: Mapping[str, Callable[[str], WeightFile]] = MappingProxyType(
    {".safetensors": _safetensors, ".npz": _npz, ".pt": _torch, ".pth": _torch, ".bin": _torch}
)
WRITERS: Mapping[str, Callable[[Mapping[str, Array]], bytes]] = MappingProxyType(
    {".safetensors": _safetensors_bytes, ".npz": _npz_bytes}
)
