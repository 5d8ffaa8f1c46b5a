"""Runs every benchmark, or those named: python -m bench [NAME...]."""

import sys
from importlib import import_module

NAMES = ("cold", "drawing", "adjoint", "unroll", "jacobian", "flow")

for name in sys.argv[1:] or NAMES:
    import_module(f"bench.{name}").run()
