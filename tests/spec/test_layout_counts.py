"""Counts and array shapes of our layouts against what the libraries themselves were measured to hold."""

import json
from collections import Counter
from itertools import product
from pathlib import Path

from laws import over

import cellgraph as cg
from cellgraph.derive.counts.sizes import Stack
from cellgraph.graph import Cell, size
from cellgraph.implementations.implementation import Implementation, formula, shapes

RECORDS = json.loads((Path(__file__).parent.parent / "data" / "counts.json").read_text(encoding="utf-8"))
"""What live objects of the versions named there held, asked once: class, configuration, number, arrays."""

STACK = ("num_layers", "bidirectional")
SIZES = {"input": "m", "hidden": "n", "proj_size": "p"}


def described(record: dict) -> tuple[Cell, Implementation, dict[str, int], int, bool]:
    """The spec of a record, its sizes, its layers and whether it runs both ways."""
    name, config = record["cell"], record["config"]
    wrapped = name.startswith("keras.layers.Bidirectional(")
    if wrapped:
        name = "keras.layers." + name.partition("(")[2].rstrip(")")
    options = {key: value for key, value in config.items() if key not in (*STACK, "input", "hidden")}
    if name in ("onnx.RNN", "onnx.GRU"):
        options.pop("peephole")  # the records say it of every operator; only the LSTM has such an input
    cell, implementation = cg.find(name, **options)
    sizes = {size(dim): config[key] for key, dim in SIZES.items() if key in config}
    return cell, implementation, sizes, config.get("num_layers", 1), wrapped or config.get("bidirectional", False)


def arrays(cell: Cell, implementation: Implementation, sizes: dict, layers: int, both: bool) -> list[tuple[str, list]]:
    """Every native array of a stack by name, with its shape in numbers."""
    own, stack = shapes(implementation, 2 if both else 1), Stack(layers, both)
    return [
        (
            implementation.native_name(name, layer, reverse),
            [int(s.subs(stack.further(cell) if layer else {}).subs(sizes)) for s in shape],
        )
        for layer, reverse in product(range(layers), (False, True)[: stack.directions])
        for name, shape in own.items()
        if not (implementation.axis and reverse)
    ]


def named(record: dict) -> str:
    return f"{record['cell']}-{'-'.join(f'{k}={v}' for k, v in record['config'].items() if k not in SIZES)}"


@over(RECORDS)
def test_a_layout_holds_what_the_library_holds(record: dict) -> None:
    cell, implementation, sizes, layers, both = described(record)
    found = arrays(cell, implementation, sizes, layers, both)
    assert Stack(layers, both).total(cell, formula(implementation)).subs(sizes) == record["params"]
    if record["cell"].startswith("keras.layers.Bidirectional("):
        # Keras numbers such objects in the order in which a program makes them.
        assert Counter(map(str, (shape for _, shape in found))) == Counter(map(str, record["arrays"].values()))
    else:
        assert dict(found) == record["arrays"]


def test_no_record_was_lost() -> None:
    counted = Counter(record["cell"].split(".")[0] for record in RECORDS)
    assert counted == {"torch": 62, "keras": 24, "flax": 9, "onnx": 16, "torchrecurrent": 4}
