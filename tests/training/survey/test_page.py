"""The page in a real browser, from a file as listeners open it: sounds play, answers are saved and can be read."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jazzassist.training.survey.make import LISTEN, PAGE
from jazzassist.training.survey.read import count
from tests.training.survey.conftest import PAIRS, Survey

webdriver = pytest.importorskip("selenium.webdriver", reason="of the extra `test`")
Service = pytest.importorskip("selenium.webdriver.chrome.service").Service
By = pytest.importorskip("selenium.webdriver.common.by").By
Keys = pytest.importorskip("selenium.webdriver.common.keys").Keys

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--window-size=1000,800",
)
PATIENCE_SECONDS = 20

pytestmark = pytest.mark.skipif(not CHROMIUM or not DRIVER, reason="needs chromium and chromium-driver")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium with a separate profile and download folder."""
    profile = str(tmp_path_factory.mktemp("profile"))
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), profile)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "*")  # the driver is on this machine
        driver = webdriver.Chrome(options=options, service=Service(DRIVER, env={**os.environ, **homes}))
        yield driver
        driver.quit()


@pytest.fixture
def page(browser: Any, survey: Survey, tmp_path: Path) -> Iterator[Any]:
    """The freshly opened page. At the end, its log must be empty."""
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    browser.get((survey.folder / LISTEN / PAGE).as_uri())
    browser.execute_script("localStorage.clear()")
    browser.refresh()
    yield browser
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def wait_for(what: Callable[[], Any]) -> Any:
    """Return the first truthy result within PATIENCE_SECONDS."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def seconds(page: Any, side: str) -> float:
    return float(page.execute_script(f"return sounds.{side}.currentTime"))


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.switch_to.active_element.send_keys(key)


def hear(page: Any, side: str) -> None:
    """Plays a sound by its button; from near its end, once it has been heard to move, so that the test is short."""
    page.find_element(By.ID, f"play-{side}").click()
    wait_for(lambda: seconds(page, side) > 0.1)
    page.execute_script(f"sounds.{side}.currentTime = sounds.{side}.duration - 0.1")
    wait_for(lambda: page.execute_script(f"return sounds.{side}.ended"))


def choice(page: Any, name: str) -> Any:
    return page.find_element(By.CSS_SELECTOR, f"[data-choice={name}]")


def test_a_listener_answers_all_pairs_and_the_answers_are_read(page: Any, survey: Survey, tmp_path: Path) -> None:
    page.find_element(By.CSS_SELECTOR, "[value=some]").click()
    page.find_element(By.ID, "start").click()
    given: dict[str, str] = {}
    for number in range(PAIRS):
        assert f"Pair {number + 1} of {PAIRS}" in page.find_element(By.ID, "count").text
        hear(page, "left")
        assert not choice(page, "left").is_enabled()
        hear(page, "right")
        wait_for(lambda: choice(page, "same").is_enabled())
        pair = page.execute_script("return current().id")
        given[pair] = ("left", "right", "same", "left")[number]
        choice(page, given[pair]).click()
        page.find_element(By.ID, "next").click()
    page.find_element(By.ID, "save").click()
    saved = wait_for(lambda: [path for path in tmp_path.glob("answers-*.json") if path.stat().st_size])[0]
    told = json.loads(saved.read_text())
    assert {row["pair"]: row["choice"] for row in told["answers"]} == given
    assert all(row["plays"] == {"left": 1, "right": 1} for row in told["answers"])
    assert json.loads(page.find_element(By.ID, "text").get_property("value")) == told

    result = count(survey.folder, [saved])
    pairs = {pair["id"]: pair for pair in survey.key["pairs"]}
    human = sum(pairs[pair].get(side) == "human" for pair, side in given.items())
    match = result.matches[0]
    assert (match.first_preferred, match.decided, match.same) == (human, 3, 1)
    assert result.listeners[0].training == "some"


def test_it_can_be_done_by_keys_alone(page: Any) -> None:
    page.find_element(By.ID, "start").send_keys(Keys.ENTER)
    press(page, "1")
    assert not page.execute_script("return answer().choice")
    for key, side in (("a", "left"), (Keys.ARROW_RIGHT, "right")):
        press(page, key)
        wait_for(partial(lambda side: seconds(page, side) > 0.1, side))
        assert not choice(page, "left").is_enabled()  # not before the marked bars of both are over
        page.execute_script(f"sounds.{side}.currentTime = current().to - 0.05")
        wait_for(partial(page.execute_script, f"return sounds.{side}.currentTime > current().to"))
    assert page.execute_script("return sounds.left.paused")  # one sound at a time
    press(page, Keys.ESCAPE)
    assert page.execute_script("return sounds.right.paused")
    wait_for(lambda: choice(page, "right").is_enabled())
    press(page, "3")
    assert choice(page, "right").get_attribute("aria-pressed") == "true"
    press(page, Keys.ENTER)
    assert "Pair 2" in page.find_element(By.ID, "count").text
    press(page, Keys.BACKSPACE)
    assert choice(page, "right").get_attribute("aria-pressed") == "true"


def test_a_reload_loses_nothing_and_pairs_come_in_an_order_of_ones_own(page: Any) -> None:
    orders = set()
    for _ in range(6):
        page.execute_script("localStorage.clear()")
        page.refresh()
        orders.add(tuple(page.execute_script("return state.order")))
    assert len(orders) > 1
    page.execute_script("answer().heard = true; choose('same'); next()")
    before = page.execute_script("return [state.listener, answers(), state.at]")
    page.refresh()
    assert page.execute_script("return [state.listener, answers(), state.at]") == before


def test_light_and_dark(page: Any) -> None:
    colours = []
    for scheme in ("light", "dark"):
        page.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        colours.append(page.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]


def test_it_fits_a_telephone(page: Any) -> None:
    metrics = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        page.find_element(By.ID, "start").click()
        assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
