"""What NumPy's OpenBLAS is told before it is loaded: not to wait spinning, and which processor this is."""

from __future__ import annotations

import os
from pathlib import Path

PROCESSOR = Path("/proc/cpuinfo")
NEEDED = frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"})
"""What the kernels for Skylake-X use."""


def tell() -> None:
    """Set what is not set yet; NumPy reads it when it is first imported.

    Threads of OpenBLAS wait for each other by spinning: on a machine that is busy with other things that makes a flow
    ten times slower, and alone not even twice as fast.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    kernels = unrecognised(PROCESSOR.read_text("utf-8", "replace")) if PROCESSOR.is_file() else None
    if kernels is not None:
        os.environ.setdefault("OPENBLAS_CORETYPE", kernels)


def unrecognised(described: str) -> str | None:
    """The kernels for a processor that OpenBLAS (0.3.31) takes for an older one, from what Linux says of it; else None.

    It gives AMD's family 26, Zen 5, kernels without AVX-512, with which matrix products take 1.7 times as long.
    """
    lines = (line.partition(":") for line in described.partition("\n\n")[0].splitlines())
    facts = {key.strip(): value.strip() for key, _, value in lines}
    zen5 = facts.get("vendor_id") == "AuthenticAMD" and facts.get("cpu family") == "26"
    return "SkylakeX" if zen5 and set(facts.get("flags", "").split()) >= NEEDED else None
