"""The floors of DESIGN: a module imports from floors below its own, and each third-party package has one door."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import networkx as nx
import pytest
from laws import over

from cellgraph.integrations.running import DRAWING, PRINTING

PACKAGE = Path(__file__).parent.parent / "cellgraph"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))

FLOORS = {
    "errors": -2, "deadline": -1, "display": -1,
    "ops": 0, "messages": 0, "names": 0, "roles": 0,
    "implementations": 1, "graph": 1, "chart": 1,
    "parse": 2, "table": 2,
    "report": 3, "spec": 3,
    "derive": 4,
    "views": 5,
    "transforms": 6, "drawing": 6,
    "identification": 7, "pages": 7,
    "imports": 8,
    "frameworks": 9, "weights": 9,
    "cli": 10, "integrations": 11, "__main__": 12,
}  # fmt: skip
"""The floor of each module or package; `cellgraph/__init__` stands above all and imports lazily."""

DOORS = {
    "polib": {"messages"},
    "ruamel": {"spec"},
    "networkx": {"graph", "derive"},
    "graphviz": {"views"},
    "pygraphviz": {"views"},
    "ziamath": {"views"},
    "ziafont": {"views"},
    "resvg_py": {"views"},
    "latex2mathml": {"views"},
    "click": {"cli", "integrations"},
    "rich": {"cli", "views", "errors"},
    "torch": {"frameworks", "weights"},
    "keras": {"frameworks"},
    "jax": {"frameworks"},
    "flax": {"frameworks"},
    "onnx": {"frameworks"},
    "onnxruntime": {"frameworks"},
    "torchrecurrent": {"frameworks"},
    "sru": {"frameworks"},
    "ncps": {"frameworks"},
    "xlstm": {"frameworks"},
    "transformers": {"frameworks"},
    "safetensors": {"weights"},
    "ml_dtypes": {"weights"},
    "sphinx": {"integrations"},
    "docutils": {"integrations"},
    "markdown": {"integrations"},
    "mkdocs": {"integrations"},
}
"""Which part of the package may import which library."""


@cache
def tree(path: Path) -> ast.Module:
    """What a file says, parsed once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def part(path: Path) -> str:
    """The top-level module or package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, members: bool = False) -> list[str]:
    """The dotted names that a file imports, relative ones resolved, those for type checking alone left out.

    With `members`, a name from a package that is a module of it stands for this module.
    """
    package = ["cellgraph", *path.relative_to(PACKAGE).parts[:-1]]
    typing = {
        id(node)
        for block in ast.walk(tree(path))
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = []
    for node in ast.walk(tree(path)):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            inner = [f"{prefix}.{alias.name}" for alias in node.names]
            if members:
                found += [name if name in NAMES else prefix for name in inner]
            else:
                found += [prefix] if node.module else inner
    return found


@over(MODULES)
def test_imports_go_down_and_through_the_right_door(path: Path) -> None:
    own = part(path)
    if own == "__init__":
        return
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "cellgraph" and rest:
            other = rest.split(".")[0]
            below = FLOORS[other] < FLOORS[own] or other == own
            assert below, f"{own} (floor {FLOORS[own]}) imports {other} (floor {FLOORS[other]})"
        elif top in DOORS:
            assert own in DOORS[top], f"{own} imports {top}"


def dotted(path: Path) -> str:
    """The name under which a file is imported."""
    parts = ["cellgraph", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {dotted(path): path for path in MODULES}


def dispatched(path: Path) -> set[str]:
    """The modules of the package that a file imports by name: its text as it fills what `import_module` is called with.

    So every entry of a table such as ANALYSES, HOMES or COMMANDS counts as an import of the module with the table.
    """
    calls = [
        n for n in ast.walk(tree(path)) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "import_module"
    ]
    texts = {
        n.value.partition(":")[0] for n in ast.walk(tree(path)) if isinstance(n, ast.Constant) and type(n.value) is str
    }
    found = set()
    for call in calls:
        pieces = call.args[0].values if isinstance(call.args[0], ast.JoinedStr) else [call.args[0]]
        for text in texts:
            name = "".join(
                str(piece.value) if isinstance(piece, ast.Constant)
                else dotted(path) if "__name__" in ast.unparse(piece)
                else text
                for piece in pieces
            )  # fmt: skip
            found.add(f"{dotted(path)}{name}" if name.startswith(".") else name)
    return found & set(NAMES)


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Whatever is imported counts, within functions and by name as well, but not for type checking alone.

    What is not counted is the `__init__` of a package, which Python runs before any module in it.
    """
    graph = nx.DiGraph()
    for name, path in NAMES.items():
        members = imports(path, members=True)
        graph.add_edges_from((name, other) for other in {*members, *dispatched(path)} if other in NAMES)
    assert graph.has_edge("cellgraph.derive", "cellgraph.derive.prose.explain")
    assert graph.has_edge("cellgraph.cli", "cellgraph.cli.analyses")
    assert graph.has_edge("cellgraph.views.json", "cellgraph.views.values")
    circles = [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1]
    assert circles == []


RUNS_CODE = ("cellgraph.frameworks.importing", "cellgraph.frameworks.tracing")
"""What runs code of users. From Python, public names reach it; otherwise these commands do, and nothing else."""
COMMANDS = {"cellgraph.cli.importing", "cellgraph.cli.verification", "cellgraph.cli.coded", "cellgraph.cli.isolation"}


def test_only_import_and_verify_reach_what_runs_code_of_users() -> None:
    """No document, page, check or gallery can: whatever a module imports counts, by name and within functions too."""
    reaching = {
        name
        for name, path in NAMES.items()
        if not name.startswith("cellgraph.frameworks.") and name != "cellgraph"
        for other in {*imports(path, members=True), *dispatched(path)}
        if other.startswith(RUNS_CODE)
    }
    assert "cellgraph.cli.verification" in reaching
    assert reaching <= COMMANDS
    inside = {name for name in NAMES if name.startswith("cellgraph.frameworks.") and not name.startswith(RUNS_CODE)}
    assert [n for n in inside if any(o.startswith(RUNS_CODE) for o in imports(NAMES[n], members=True))] == []
    assert not {"import", "verify"} & {*PRINTING, *DRAWING}


def test_every_part_has_a_floor() -> None:
    assert {part(path) for path in MODULES} - {"__init__"} <= set(FLOORS)


@over(MODULES)
def test_modules_are_small_and_say_what_they_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(tree(path)), "a module opens with a sentence that says what it owns"
    assert text.count("\n") <= 300


def test_a_class_name_means_one_thing() -> None:
    names = Counter(node.name for path in MODULES for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


def test_text_is_never_evaluated() -> None:
    banned = {"eval", "exec", "sympify", "parse_expr", "lambdify", "compile"}
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                owner = getattr(getattr(node.func, "value", None), "id", "")
                assert name not in banned or (name == "compile" and owner == "re"), f"{path}:{node.lineno} calls {name}"


@pytest.mark.parametrize("command", [["--help"], ["list"], ["schema"]])
def test_cheap_commands_import_no_heavy_library(command: list[str]) -> None:
    script = (
        "import sys; from cellgraph.cli import commands\n"
        f"try: commands({command!r}, standalone_mode=True)\n"
        "except SystemExit: pass\n"
        "heavy = {'sympy', 'networkx', 'numpy', 'pygraphviz', 'ziamath', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]")
    assert done.stdout
