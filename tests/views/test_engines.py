"""Layout engines: each way to fail gives one clear line, and both agree on where boxes go."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from zoo import cell_of

from cellgraph.errors import RenderError
from cellgraph.views.pictures import graphviz as module
from cellgraph.views.pictures.diagram import Diagram
from cellgraph.views.pictures.draw import draw
from cellgraph.views.pictures.graphviz import dot, layout


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """A program called `dot`, the only one on the PATH, that does what it is told."""

    def put(script: str) -> None:
        path = tmp_path / "dot"
        path.write_text(f"#!/bin/sh\nexport PATH={os.defpath}\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return put


def failure(source: str = "digraph {}", timeout: float = 10) -> str:
    with pytest.raises(RenderError, match=r"dot|layout") as caught:
        layout(source, "system", timeout)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_missing_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "'dot' is not on the PATH: install Graphviz" in failure()


def test_a_failing_engine(program) -> None:  # type: ignore[no-untyped-def]
    program("echo 'syntax error in line 1\nmore' >&2; exit 3")
    assert failure().endswith("failed with exit code 3: 'syntax error in line 1'")


def test_a_crashing_engine(program) -> None:  # type: ignore[no-untyped-def]
    program("kill -SEGV $$")
    assert "was ended by signal 11" in failure()


def test_a_hanging_engine_ends_with_its_children(program, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    program(f"sleep 60 & echo $! > {tmp_path}/child; wait")
    assert "was not done after 0.5 s; stopped" in failure(timeout=0.5)
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if gone(child):
            break
        time.sleep(0.02)
    assert gone(child)


def gone(pid: int) -> bool:
    """Whether a process has ended (one that nobody has asked for its exit code counts as ended)."""
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_embedded_engine_can_be_stopped_where_much_is_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHILD", "import time; time.sleep(60)")
    source = "digraph {" + "".join(f" {k} -> {k + 1};" for k in range(module.MANY + 1)) + " }"
    with pytest.raises(RenderError, match=r"the embedded Graphviz was not done after 0\.5 s; stopped") as caught:
        layout(source, timeout=0.5)
    assert "--detail operations" in str(caught.value)


def sizes(diagram: Diagram) -> dict[str, tuple[float, float]]:
    """Boxes as wide as what is said in them."""
    return {node.id: (20.0 + 7 * len(node.text), 34.0) for node in diagram.nodes}


def test_the_embedded_engine_says_the_same_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    diagram = draw(cell_of("gru"), lang="zh").diagram
    source = dot(diagram, sizes(diagram))
    here = layout(source)
    monkeypatch.setattr(module, "MANY", 0)
    assert layout(source) == here


def test_a_flooding_engine(program, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(module, "LIMIT", 2**20)
    program("exec yes")
    assert "answered with more than 1 MiB; stopped" in failure()


@pytest.mark.parametrize("said", ["", "no json", "{}", '{"bb": "0,0,1,x"}', "[1, 2]", '{"bb": 7}'])
def test_an_answer_that_is_no_layout(program, said: str) -> None:  # type: ignore[no-untyped-def]
    program(f"echo '{said}'")
    assert "gave an answer that cannot be read" in failure()


def test_what_needs_no_engine_asks_none(program) -> None:  # type: ignore[no-untyped-def]
    program("exit 1")
    picture = draw(cell_of("lstm"), engine="system")
    assert picture.dot.startswith("digraph")
    assert "flowchart LR" in picture.mermaid
    assert "<svg" in draw(cell_of("lstm"), detail="operations", engine="system").svg


@pytest.mark.skipif(shutil.which("dot") is None, reason="no Graphviz on this machine")
@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "mgu"])
def test_both_engines_agree(name: str) -> None:
    diagram = draw(cell_of(name)).diagram
    source = dot(diagram, sizes(diagram))
    ours, theirs = layout(source, "embedded"), layout(source, "system")
    for key, (x, y) in ours.items():
        assert (x, y) == pytest.approx(theirs[key], abs=3)


def test_both_engines_read_the_answer_upside_down() -> None:
    """Graphviz counts upwards: what it places above comes out with the smaller y."""
    found = layout("digraph { rankdir=TB; node [width=1, height=1]; a -> b }", "embedded")
    assert found["a"][1] < found["b"][1]


def test_an_interrupt_ends_the_engine(program, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    program(f"echo $$ > {tmp_path}/child; exec sleep 60")
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        layout("digraph {}", "system", 30)
    timer.join()
    assert gone(int((tmp_path / "child").read_text()))
