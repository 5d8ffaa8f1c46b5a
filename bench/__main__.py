"""Runs every benchmark, or those named: python -m bench [NAME...]."""

import os
import sys
from importlib import import_module

from cellgraph.cli.blas import configure_openblas

# As the commands have it; JAX and PyTorch have threads of their own, and choose their kernels whatever is said here.
os.environ.pop("OPENBLAS_CORETYPE", None)
configure_openblas()

NAMES = ("cold", "zoo", "drawing", "adjoint", "unroll", "jacobian", "flow", "heads")

for name in sys.argv[1:] or NAMES:
    import_module(f"bench.{name}").run()
