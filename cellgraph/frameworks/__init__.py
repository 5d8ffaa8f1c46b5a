"""Real cells of real libraries, run beside a spec; here stands which classes can be. Imports no library."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ADAPTERS: Mapping[str, str] = MappingProxyType(
    {
        "torch.nn": "torch",
        "torchrecurrent": "torch",
        "keras.layers": "keras",
        "flax.linen": "flax",
        "flax.nnx": "flax",
        "onnx": "onnx",
        "sru": "packages",
        "ncps.torch": "packages",
        "xlstm": "packages",
        "xlstm.blocks.mlstm.cell": "packages",
        "transformers.models.mamba.modeling_mamba": "packages",
        "transformers.models.mamba2.modeling_mamba2": "packages",
        "transformers.models.rwkv.modeling_rwkv": "packages",
        "transformers.models.recurrent_gemma.modeling_recurrent_gemma": "packages",
    }
)
"""The module beside this one that runs the classes of each home. No other home is ever imported."""


def runnable(name: str) -> bool:
    """Whether there is an adapter for the class of this dotted name; the library need not be installed."""
    return name.rpartition(".")[0] in ADAPTERS
