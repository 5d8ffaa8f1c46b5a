"""Graphviz: the diagram in its language, DOT, and its engine, embedded or as a program of the system.

DOT is for people with their own Graphviz. With fixed sizes it is for the engine, which says where boxes go (not wires:
see `route`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from cellgraph.deadline import remaining, waited
from cellgraph.errors import RenderError, quoted
from cellgraph.views.pictures.colours import LOOKS, PALETTES
from cellgraph.views.pictures.diagram import STRAIGHT, Diagram, Edge, Node
from cellgraph.views.pictures.sheets import caption, clusters, meeting

Engine = Literal["embedded", "system"]
Centre = tuple[float, float]
Sizes = Mapping[str, tuple[float, float]]
"""Width and height of every node, in points."""
Attributes = dict[str, Any]

POINTS, LARGE = 72, 60
SHAPES = {
    "before": "plaintext", "after": "plaintext", "input": "plaintext", "output": "plaintext",
    "operation": "ellipse", "join": "point",
}  # fmt: skip
MARKS: Mapping[str, Mapping[str, str]] = {
    "added": {"color": "added", "penwidth": "2.5"},
    "removed": {"color": "removed", "penwidth": "2.5", "style": "dashed"},
    "gradient": {"color": "gradient", "penwidth": "2"},
    "carry": {"color": "gradient", "penwidth": "4"},
    "calm": {"color": "calm"},
}
"""What an overlay's marks look like in DOT: a colour of the theme, and attributes."""
FIXED = {
    "graph_attr": {"nodesep": "0.3"},
    "node_attr": {"shape": "box", "fixedsize": "true", "label": ""},
}
ROOMY = {"margin": "26"}
"""Room for the edge of a sheet between its boxes and all others."""
FEET: Mapping[str, Mapping[str, str]] = {
    "fan": {"arrowhead": "crow"},
    "join": {"dir": "both", "arrowtail": "crow"},
}
SHOWN = {
    "graph_attr": {"ranksep": "0.45", "nodesep": "0.22", "fontname": "sans-serif", "labelloc": "t"},
    "node_attr": {"shape": "box", "style": "rounded,filled", "fontname": "sans-serif", "fontsize": "12"},
    "edge_attr": {"fontname": "sans-serif", "fontsize": "11", "arrowsize": "0.7"},
}

MANY = 150
"""A diagram with so many arrows is laid out in a process of its own, which can be stopped: Graphviz cannot."""
CHILD = """
import sys, pygraphviz
sys.stdout.buffer.write(pygraphviz.AGraph(string=sys.stdin.read()).draw(format="json0", prog="dot"))
"""
LIMIT = 32 * 1024 * 1024
"""More bytes than this of answer are no layout of ours."""
PAUSE = 0.02
ADVICE = " (--detail operations, from left to right, needs no engine)"


def dot(diagram: Diagram, sizes: Sizes | None = None, ranks: float = 0.8) -> str:
    """The diagram in Graphviz's language.

    With `sizes` the boxes are fixed and empty, with so many inches between ranks: what the layout engines get.
    """
    from graphviz import Digraph

    graph = Digraph(diagram.name, **(SHOWN if sizes is None else FIXED))
    graph.attr(rankdir=diagram.rankdir, newrank="true")
    if sizes is not None:
        # Room between the boxes for the arrows that we draw.
        graph.attr(ranksep=f"{ranks:g}")
    if len(diagram.nodes) > LARGE:
        # Without limits dot's network simplex can take minutes on a large graph; with them belts of small ones bend.
        graph.attr(nslimit="1", nslimit1="1")
    if sizes is None:
        graph.attr(label=_plain([diagram.title]))
    belts = {name: after for before, after in diagram.belts.items() for name in (before, after, f"{after} out")}
    for node in diagram.nodes:
        group = {"group": belts[node.id]} if node.id in belts else {}
        width, height = (side / POINTS for side in sizes[node.id]) if sizes else (0, 0)
        fixed = {"width": f"{width:.4f}", "height": f"{height:.4f}"}
        graph.node(node.id, **(_looks(node) if sizes is None else fixed), **group)
    if diagram.each:
        _cluster(graph, diagram, sizes is None)
    # States before at the very left and after at the very right, in one order; inputs below the states.
    for rank, members in (("source", (*diagram.before, *diagram.inputs)), ("sink", diagram.after)):
        with graph.subgraph(graph_attr={"rank": rank}) as level:
            for member in members:
                level.node(member)
        for upper, lower in pairwise(members):
            graph.edge(upper, lower, style="invis")
    for edge in diagram.edges:
        weight = {"weight": "100"} if edge.kind in STRAIGHT else {}
        line = _line(edge) | _feet(diagram, edge) if sizes is None else {}
        graph.edge(edge.tail, edge.head, **weight, **line)
    return str(graph.source)


def _cluster(graph: Any, diagram: Diagram, shown: bool) -> None:
    """What has the same lifted axes stands together, with nothing else among it."""
    for axes, members in clusters(diagram).items():
        look = {"label": _plain([caption(diagram, axes)]), "style": "rounded", "labeljust": "l"} if shown else ROOMY
        with graph.subgraph(name=f"cluster {' '.join(axes)}", graph_attr=look) as sheet:
            for name in members:
                sheet.node(name)


def _feet(diagram: Diagram, edge: Edge) -> Attributes:
    """The crow's foot at the end where the members are."""
    return dict(FEET.get(meeting(diagram, edge), {})) if diagram.each else {}


def _plain(lines: list[str]) -> Any:
    """Lines of any text as a label that means nothing else to Graphviz; control characters go."""
    from graphviz import escape, nohtml

    # What escape() returns is not read as HTML, but its sum would be.
    return nohtml("\\n".join(escape("".join(filter(str.isprintable, text))) for text in lines))


def _looks(node: Node) -> Attributes:
    colours, role = PALETTES["light"], node.look
    look = {"label": _plain(node.said()), "fillcolor": colours[f"{role}.fill"], "color": colours[f"{role}.stroke"]}
    look["class"] = node.role
    shape = {"shape": SHAPES[node.kind]} if node.kind in SHAPES else {}
    dashed = {"style": "rounded,filled,dashed"} if LOOKS[role].dash or node.mark == "removed" else {}
    return look | shape | _marked(node.mark) | dashed


def _line(edge: Edge) -> Attributes:
    label = {"label": _plain([edge.text])} if edge.text else {}
    return label | ({"penwidth": "2.2"} if edge.kind == "belt" else {}) | _marked(edge.mark)


def _marked(mark: str) -> Attributes:
    attributes = dict(MARKS.get(mark, {}))
    return attributes | ({"color": PALETTES["light"][attributes["color"]]} if attributes else {})


def layout(source: str, engine: Engine = "embedded", timeout: float = 30) -> dict[str, Centre]:
    """The centres of nodes by id, in points, y downwards, for a DOT source with fixed sizes.

    Raises RenderError where the engine is missing, fails or, given much to do, is not done in `timeout` seconds.
    """
    if engine == "embedded":
        answer = _embedded(source, timeout)
    else:
        from graphviz.backend.dot_command import command

        answer = limited([str(part) for part in command("dot", "json0")], "dot", source, timeout)
    try:
        document = json.loads(answer)
        left, _, _, high = map(float, document["bb"].split(","))
        centres = {item["name"]: item["pos"].split(",") for item in document.get("objects", ()) if "pos" in item}
        return {name: (float(x) - left, high - float(y)) for name, (x, y) in centres.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RenderError(f"the layout engine gave an answer that cannot be read ({type(error).__name__})") from error


def _embedded(source: str, timeout: float) -> bytes:
    try:
        import pygraphviz
    except ImportError as error:
        raise RenderError(
            "no layout engine: 'pip install pygraphviz', or use --engine system with Graphviz installed; "
            "--format dot and --format mermaid need none"
        ) from error
    if source.count(" -> ") > MANY:
        # UTF-8 whatever the locale says, as in this process.
        return limited([sys.executable, "-X", "utf8", "-c", CHILD], "the embedded Graphviz", source, timeout)
    try:
        answer: bytes = pygraphviz.AGraph(string=source).draw(format="json0", prog="dot")
    except (OSError, ValueError, pygraphviz.DotError) as error:
        first = str(error).strip().splitlines()[:1]
        raise RenderError(f"the embedded Graphviz could not lay out this diagram: {' '.join(first)}") from error
    return answer


def limited(command: Sequence[str], name: str, source: str, timeout: float) -> bytes:
    """What a command says to a source on its standard input; `name` is what messages call it.

    The package graphviz runs a program too, but lets it take any time and say any number of bytes. Here it is ended
    with everything that it started, whatever happens.

    Raises RenderError, in one line, where the program is missing, fails, hangs, crashes or floods.
    """
    # Files, not pipes: the program can fill them without anybody reading, and their size can be watched.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
        given.write(source.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(command, stdin=given, stdout=out, stderr=told, start_new_session=True)
        except FileNotFoundError as error:
            raise RenderError(f"'{name}' is not on the PATH: install Graphviz, or leave out --engine system") from error
        except OSError as error:
            raise RenderError(f"{name} cannot be run: {error.strerror}") from error
        try:
            code = _awaited(process, (out.fileno(), told.fileno()), name, timeout)
        finally:
            _end(process)
        out.seek(0)
        told.seek(0)
        if code:
            line = told.read(2000).decode(errors="replace").strip().partition("\n")[0]
            how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
            raise RenderError(f"{name} {how}" + (f": {quoted(line)}" if line else ""))
        return out.read(LIMIT)


def _awaited(process: subprocess.Popen[bytes], files: tuple[int, ...], name: str, timeout: float) -> int:
    begin = time.monotonic()
    end = begin + min(timeout, remaining())
    while True:
        try:
            code = process.wait(PAUSE)
        except subprocess.TimeoutExpired:
            if any(os.fstat(file).st_size > LIMIT for file in files):
                raise RenderError(f"{name} answered with more than {LIMIT // 2**20} MiB; stopped") from None
            if time.monotonic() > end:
                waited(time.monotonic() - begin)
                raise RenderError(f"{name} was not done after {timeout:g} s; stopped{ADVICE}") from None
        else:
            waited(time.monotonic() - begin)
            return code


def _end(process: subprocess.Popen[bytes]) -> None:
    """The program and what it started, gone: done, too long, too much, or Ctrl-C."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except ProcessLookupError:
        pass
    process.wait()
