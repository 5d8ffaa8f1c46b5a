"""Runs every benchmark, or those named: python -m bench [NAME...]."""

import os
import sys
from importlib import import_module

# As the commands have it; JAX and PyTorch have threads of their own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

NAMES = ("cold", "drawing", "adjoint", "unroll", "jacobian", "flow")

for name in sys.argv[1:] or NAMES:
    import_module(f"bench.{name}").run()
