"""The walk of a command: which functions of the package a command enters, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

SCRIPT = """
import inspect, json, os, sys
from cellgraph.cli import main
root = os.path.dirname(sys.modules["cellgraph"].__file__) + os.sep
codes = set()

def note(frame, event, argument):
    codes.add(frame.f_code)

sys.argv = ["cellgraph", *json.loads(sys.argv[1])]
stdout, sys.stdout = sys.stdout, open(os.devnull, "w")
sys.setprofile(note)
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
finally:
    sys.setprofile(None)
# Bodies of modules and classes are no functions (CO_OPTIMIZED); <lambda> and <listcomp> have no names of their own.
functions = [c for c in codes if c.co_flags & inspect.CO_OPTIMIZED and not c.co_name.startswith("<")]
own = [(c.co_filename.removeprefix(root), c.co_qualname) for c in functions if c.co_filename.startswith(root)]
json.dump(own, stdout)
"""


def walk(argv: Sequence[str]) -> tuple[set[tuple[str, str]], set[str]]:
    """The functions that `cellgraph *argv` enters, as (file, qualified name), and the files that these lie in."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, json.dumps(list(argv))], capture_output=True, check=True)
    functions = {(file, name) for file, name in json.loads(done.stdout)}
    return functions, {file for file, _ in functions}
