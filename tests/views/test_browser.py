"""The interactive page in a real browser: pointer, keyboard, sizes, slider, languages; nothing asked for, no error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cellgraph as cg
from cellgraph.pages import page as made

pytest.importorskip("selenium", reason="no selenium: pip install 'cellgraph[test]'")

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

OWN = """
name: own
dims: {m: input size, n: hidden size}
inputs: {x: [m]}
states: {h: [n], s: [n]}
params: {A: [n, m], B: [n, n], w: [n]}
equations: |
  k = sigmoid(A @ x + B @ h[t-1])
  s = k * s[t-1] + w * h[t-1]
  h = tanh(s)
output: h
labels: {k: {en: keeper}}
"""
HEAD = "dims: {n: hidden size}\ninputs: {x: [n]}\nstates: {h: [n]}\nparams: {b: [n]}\n"
STILL = f"name: still\n{HEAD}equations: h = tanh(b * x)\n"
GROWING = f"name: growing\n{HEAD}equations: h = h[t-1] ** 2 + 3 + b * x\n"
CELLS = {"rnn": "rnn", "lstm": "lstm", "gru": "gru", "own": OWN, "still": STILL, "growing": GROWING}


@pytest.fixture(scope="module")
def opened(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Page]:
    """opened("lstm"): a page about these cells, opened anew, with the logs of the browser emptied."""
    folder = tmp_path_factory.mktemp("pages")

    def open_(*names: str) -> Page:
        path = folder / f"{'-'.join(names)}.html"
        if not path.exists():
            texts = [CELLS.get(name, name) for name in names]
            cells = [cg.loads(text) if "\n" in text else cg.load(text) for text in texts]
            path.write_text(made(*cells), encoding="utf-8")
        return Page(chromium, path)

    return open_


class Page:
    """A page in the browser, and what a visitor can do with it."""

    def __init__(self, browser: Any, path: Path) -> None:
        self.browser = browser
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.get("about:blank")
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.get(path.as_uri())
        assert browser.find_element(By.TAG_NAME, "html").get_attribute("data-ready") == "true"

    def one(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[Any]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def quantity(self, name: str, cell: int = 0) -> Any:
        found = self.all(f'[data-cell="{cell}"] .diagram:not([hidden]) [data-node="{name}"]')
        return found[0]

    def button(self, name: str) -> Any:
        """What the keyboard reaches of a quantity."""
        return self.quantity(name).find_element(By.CSS_SELECTOR, "[role=button]")

    def focused(self) -> str | None:
        """The quantity that has the focus."""
        return self.browser.execute_script("return document.activeElement.parentNode.dataset.node")

    def put(self, tool: str, value: str) -> None:
        """Give a tool a value, as a visitor's choice would."""
        element = self.one(f"[data-tool={tool}]")
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"
        self.browser.execute_script(script, element, value)

    def lit(self) -> set[tuple[str, str]]:
        edges = self.all(".diagram:not([hidden]) [data-from].lit")
        return {(e.get_attribute("data-from"), e.get_attribute("data-to")) for e in edges}

    def requests(self) -> list[str]:
        messages = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if not url.startswith("data:")]

    def problems(self) -> list[str]:
        return [entry["message"] for entry in self.browser.get_log("browser")]


@pytest.mark.parametrize("name", CELLS)
def test_a_page_opens_fast_without_request_or_error(opened: Callable[..., Page], name: str) -> None:
    page = opened(name)
    requests = page.requests()
    assert [url for url in requests if not url.startswith("file:")] == []
    assert len(requests) == 1
    assert page.problems() == []
    timing = page.browser.execute_script("return performance.getEntriesByType('navigation')[0].toJSON()")
    # Generous: a machine that is busy with other things must not fail. Alone it takes a tenth of a second.
    assert 0 < timing["domComplete"] < 5000


@pytest.mark.parametrize("name", CELLS)
def test_pointing_at_a_quantity_and_moving_to_it_with_the_keyboard_say_the_same(
    opened: Callable[..., Page], name: str
) -> None:
    page = opened(name)
    detail = page.one(".detail")
    before = detail.text
    ActionChains(page.browser).move_to_element(page.quantity("h")).perform()
    pointed = detail.text
    assert pointed != before
    assert "shape" in pointed
    assert len(detail.find_elements(By.TAG_NAME, "math")) >= 3
    ActionChains(page.browser).move_to_element(page.one("h1")).perform()
    page.browser.execute_script("arguments[0].focus()", page.button("h"))
    assert detail.text == pointed


def test_a_click_writes_a_function_out(opened: Callable[..., Page]) -> None:
    page = opened("deltanet")
    ActionChains(page.browser).move_to_element(page.quantity("k")).click().perform()
    # What is told of a quantity is written anew as the pointer leaves it.
    ActionChains(page.browser).move_to_element(page.one(".detail strong")).perform()
    assert not page.one(".detail details math").is_displayed()
    page.one(".detail details summary").click()
    assert page.one(".detail details math").is_displayed()
    assert page.problems() == []


def test_tab_reaches_every_quantity_and_enter_chooses(opened: Callable[..., Page]) -> None:
    page = opened("lstm")
    page.browser.execute_script("document.querySelector('[data-tool=theme]').focus()")
    reached = []
    for _ in range(9):
        page.browser.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(page.focused())
    assert set(reached) == {"x", "h[t-1]", "c[t-1]", "f", "i", "g", "o", "c", "h"}
    page.browser.switch_to.active_element.send_keys(Keys.ENTER)
    chosen = page.browser.switch_to.active_element
    assert chosen.get_attribute("aria-pressed") == "true"
    assert chosen.get_attribute("aria-label").startswith(f"{page.focused()} ")
    chosen.send_keys(Keys.ESCAPE)
    assert chosen.get_attribute("aria-pressed") == "false"


PATHS = [
    ("rnn", "h[t-1]", "h", 1, "candidate", "h[t-1]>h"),
    ("lstm", "c[t-1]", "c", 1, "carry", "c[t-1]>c"),
    ("lstm", "c", "h[t-1]", 3, "gate", "h[t-1]>f f>c h[t-1]>i i>c h[t-1]>g g>c"),
    ("gru", "h[t-1]", "h", 4, "carry", "h[t-1]>h h[t-1]>z z>h h[t-1]>r r>g h[t-1]>g g>h"),
    ("own", "s[t-1]", "h", 1, "carry", "s[t-1]>s s>h"),
]
"""Cell, two quantities in the order of the clicks, number of paths, kind of the first, edges that are lit."""


@pytest.mark.parametrize(("name", "first", "second", "count", "kind", "edges"), PATHS)
def test_two_clicks_light_the_paths_between_two_quantities(
    opened: Callable[..., Page], name: str, first: str, second: str, count: int, kind: str, edges: str
) -> None:
    page = opened(name)
    for quantity in (first, second):
        ActionChains(page.browser).move_to_element(page.quantity(quantity)).click().perform()
    items = page.all(".between li")
    assert len(items) == count
    assert items[0].find_element(By.CLASS_NAME, "kind").text == kind
    assert all(item.find_elements(By.TAG_NAME, "math") for item in items)
    assert page.lit() == {tuple(edge.split(">")) for edge in edges.split()}
    page.button(second).send_keys(Keys.ESCAPE)
    assert page.lit() == set()


def test_one_path_of_several_can_be_lit_alone(opened: Callable[..., Page]) -> None:
    page = opened("gru")
    for quantity in ("h[t-1]", "h"):
        page.quantity(quantity).click()
    page.browser.execute_script("document.querySelector('.between li').focus()")
    assert page.lit() == {("h[t-1]", "h")}


def test_paths_light_among_the_operations_too(opened: Callable[..., Page]) -> None:
    page = opened("lstm")
    page.put("detail", "operations")
    for quantity in ("c[t-1]", "c"):
        page.quantity(quantity).click()
    assert page.lit() == {("c[t-1]", "c.1"), ("c.1", "c")}
    page.button("c").send_keys(Keys.ESCAPE)
    for quantity in ("x", "o"):
        page.quantity(quantity).click()
    assert page.lit() == {("x", "join 1"), ("join 1", "o")}


def test_typed_sizes_change_every_count_under_each_convention(opened: Callable[..., Page]) -> None:
    page = opened("lstm")
    for name, value in (("m", "128"), ("n", "256")):
        box = page.one(f"[data-size={name}]")
        box.clear()
        box.send_keys(value)
    counted = page.all("tbody tr:has([data-count^=counts])")
    rows = {row.text.split()[0]: row.find_element(By.CLASS_NAME, "number").text for row in counted}
    assert rows["the"] == "394,240"
    assert rows["torch.nn.LSTMCell"] == "395,264"
    assert rows["keras.layers.LSTMCell"] == "394,240"
    page.one("[data-size=n]").send_keys("x")
    assert page.one("[data-size=n]").get_attribute("aria-invalid") == "true"
    assert {cell.text for cell in page.all("[data-count^=counts]")} == {"–"}
    box = page.one("[data-size=n]")
    box.clear()
    box.send_keys("999999999999")
    assert page.one('[data-count="counts 0"]').text == f"{4 * 999999999999 * (128 + 999999999999 + 1):,}"


def test_the_slider_goes_through_time(opened: Callable[..., Page]) -> None:
    page = opened("gru")
    page.put("steps", "3")
    assert len(page.all(".strip .step")) == 4
    assert len(page.all(".strip .carried")) == 4
    assert "3 steps back" in page.one(".told").text
    assert "64 products" in page.one(".told").text
    three = page.one(".told").text
    page.one("[data-tool=steps]").send_keys(Keys.ARROW_RIGHT)
    assert len(page.all(".strip .step")) == 5
    page.put("steps", "3")
    page.put("init", "chrono")
    assert page.one(".told").text != three


def test_where_nothing_flows_or_a_run_overflows_the_page_says_so(opened: Callable[..., Page]) -> None:
    page = opened("still")
    assert page.one(".told").text == "No later step reads a state, so no gradient flows through time."
    page = opened("growing")
    page.put("steps", "40")
    assert re.match(r"At step \d+ a state overflows", page.one(".told").text)
    assert 2 < len(page.all(".strip .step")) < 20
    assert page.problems() == []


def test_the_page_speaks_chinese_and_english(opened: Callable[..., Page]) -> None:
    page = opened("lstm")
    english = page.one("body").text
    page.one("[data-tool=lang]").click()
    chinese = page.one("body").text
    assert page.one("html").get_attribute("lang") == "zh"
    assert "Where the gradient goes" in english
    assert "梯度流向何处" in chinese
    assert "Where the gradient goes" not in chinese
    assert page.quantity("f").find_element(By.CSS_SELECTOR, "text[lang=zh]").is_displayed()
    assert "遗忘门" in page.button("f").get_attribute("aria-label")
    page.one("[data-tool=lang]").click()
    assert page.one("body").text == english


def test_light_and_dark(opened: Callable[..., Page]) -> None:
    page = opened("rnn")
    colour = "return getComputedStyle(document.body).backgroundColor"
    first = page.browser.execute_script(colour)
    page.one("[data-tool=theme]").click()
    assert page.browser.execute_script(colour) != first
    page.one("[data-tool=theme]").click()
    assert page.browser.execute_script(colour) == first


def test_two_cells_stand_side_by_side_and_what_they_share_fades(opened: Callable[..., Page]) -> None:
    page = opened("rnn", "gru")
    left, right = page.all(".cell")
    assert left.rect["x"] + left.rect["width"] <= right.rect["x"]
    assert page.all(".difference tbody tr")
    page.put("compare", "on")
    different = [
        n.get_attribute("data-node") for n in page.all('[data-cell="1"] .diagram:not([hidden]) [data-node]:not(.same)')
    ]
    assert "z" in different
    assert "x" not in different
    assert page.problems() == []


def test_hostile_text_stays_text_and_other_scripts_do_not_run(chromium: Any, tmp_path: Path) -> None:
    from test_page import HOSTILE

    path = tmp_path / "hostile.html"
    path.write_text(made(cg.loads(HOSTILE)), encoding="utf-8")
    page = Page(chromium, path)
    for quantity in ("h[t-1]", "h"):
        page.quantity(quantity).click()
    page.one("[data-tool=lang]").click()
    assert page.problems() == []
    assert page.browser.execute_script("return window.hurt === undefined")
    assert "<img src=x onerror" in page.one("h1").text
    script = "const s = document.createElement('script'); s.textContent = 'window.hurt = 2'; document.body.append(s)"
    page.browser.execute_script(script)
    assert page.browser.execute_script("return window.hurt === undefined")
    assert "Content Security Policy" in page.problems()[0]


@pytest.mark.parametrize(("name", "width"), [("lstm", 390), ("gru", 768), ("own", 1600)])
def test_nothing_is_wider_than_the_screen(opened: Callable[..., Page], name: str, width: int) -> None:
    page = opened(name)
    mobile = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", mobile)
    assert page.browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert len(page.browser.get_screenshot_as_png()) > 10_000


@pytest.mark.parametrize("names", [("lstm",), ("rnn", "gru")], ids="-".join)
def test_axe_finds_nothing_serious(opened: Callable[..., Page], names: tuple[str, ...]) -> None:
    axe = pytest.importorskip("axe_selenium_python", reason="no axe-core: pip install 'cellgraph[test]'")
    page = opened(*names)
    for quantity in ("h[t-1]", "h"):
        page.quantity(quantity).click()
    for theme in ("light", "dark"):
        page.browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
        checker = axe.Axe(page.browser)
        checker.inject()
        found = checker.run()["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:150]) for v in found if v["impact"] in ("serious", "critical")] == []
