"""What every test may use: golden files, and a browser."""

from __future__ import annotations

import os

# Processes that test at the same time have one processor each, and threads that wait for each other waste it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

GOLDEN = Path(__file__).parent / "golden"

# A machine that does other things at the same time is slow now and then, and no example is wrong for that; and a suite
# that is green today must be green tomorrow, so that the examples are the same in every run.
settings.register_profile("cellgraph", deadline=None, derandomize=True)
settings.load_profile("cellgraph")

# Whoever starts the tests in the background has them ignore interrupts, and so would every process that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# On a machine that does other things at the same time a command may take longer than its deadline.
os.environ.setdefault("CELLGRAPH_LIMIT_SECONDS", "0")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, help="so many random cells go through every command; without it, a few do")
    parser.addoption("--overwrite", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """golden("views/lstm.md", text): the text equals the file of that name, or becomes it with --overwrite."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--overwrite"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no golden file {name}; make it with --overwrite and look at it"
        assert text == path.read_text(encoding="utf-8")

    return compare


FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars", "--window-size=1200,1000",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser that keeps its logs: one for all tests of a process, which are skipped where there is none."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    binary, driver = next(filter(None, found), None), shutil.which("chromedriver")
    if not (binary and driver):
        pytest.skip("no browser: on Debian, apt install chromium chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium: pip install 'cellgraph[test]'")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield browser
    browser.quit()
