"""What NumPy's OpenBLAS is told before it is loaded."""

from __future__ import annotations

import os


def configure_openblas() -> None:
    """Let OpenBLAS use one thread, unless the user says otherwise. NumPy reads it when it is first imported.

    Threads of OpenBLAS wait for each other by spinning: on a machine that is busy with other things that makes a flow
    ten times slower. What is large enough for several cores is shared among threads by rows instead.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
