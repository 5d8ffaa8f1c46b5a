"""The documentation of cellgraph: it builds without a warning, and every command stands in it."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import browser
import pytest
from click.testing import CliRunner
from sites import once
from zoo import DEEP

import cellgraph as cg
from cellgraph.cli import COMMANDS, commands

for needed in ("sphinx", "furo", "myst_parser"):
    pytest.importorskip(needed, reason=f"{needed} is not installed: pip install 'cellgraph[test]'")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as it is published."""
    if not DEEP:
        pytest.skip("make test-deep builds the documentation")

    def make(folder: Path) -> None:
        command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "-j", "2"]
        places = ["-d", str(folder / "trees"), str(ROOT / "docs"), str(folder / "html")]
        done = subprocess.run([*command, *places], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    return once(tmp_path_factory, "docs", make) / "html"


def test_every_command_has_its_section(site: Path) -> None:
    page = html.unescape((site / "commands.html").read_text(encoding="utf-8"))
    for name in COMMANDS:
        assert f'id="command-{name}"' in page
        assert f"Usage: cellgraph {name}" in re.sub("<[^>]+>", "", page)


def test_every_public_name_has_its_entry(site: Path) -> None:
    page = (site / "reference.html").read_text(encoding="utf-8")
    assert [name for name in cg.__all__ if f'id="cellgraph.{name}"' not in page] == []
    # The examples stand there, coloured; sentences are not broken by the markup of docstrings.
    assert page.count('<span class="gp">&gt;&gt;&gt; </span>') > 150
    assert "system-message" not in page


def test_mathematics_needs_no_script(site: Path) -> None:
    page = (site / "mathematics.html").read_text(encoding="utf-8")
    assert page.count("<math ") > 30
    assert 'src="http' not in page
    assert r"\frac" not in page
    assert 'href="#equation-lstm-c"' in page


def test_the_documentation_in_a_browser(chromium: Any, site: Path) -> None:
    seen = browser.found(chromium, site / "index.html")
    assert sum("cellgraph" in image["classes"] for image in seen["images"]) == 1
    assert seen["wide"] <= 0
    assert len(browser.found(chromium, site / "mathematics.html")["photograph"]) > 100_000


def test_the_readmes_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(commands, ["embed", "README.md", "README.zh.md", "--check"])
    assert result.exit_code == 0, result.stderr


def test_the_readmes_have_the_same_parts() -> None:
    def parts(name: str) -> list[str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        found = re.findall(r"(?m)^(#+ |```\w*|<!-- .*? -->|\| `)", text)
        return [part.strip().replace(".zh.", ".") for part in found]

    assert parts("README.md") == parts("README.zh.md")
