"""The live page in a real browser."""

import os
import re
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.patience import PATIENCE_SECONDS

from .conftest import Site, StartSite

pytestmark = [pytest.mark.any_database, pytest.mark.browser]

STEPS = 9


def place(driver: webdriver.Chrome, site: Site) -> None:
    driver.get(f"{site.url}/")
    driver.find_element(By.CSS_SELECTOR, "#order-form button").click()


def wait(driver: webdriver.Chrome, selector: str) -> None:
    WebDriverWait(driver, PATIENCE_SECONDS).until(lambda page: page.find_elements(By.CSS_SELECTOR, selector))


def test_one_click_shows_every_step_without_a_reload(browser: webdriver.Chrome, start_site: StartSite) -> None:
    site = start_site()
    place(browser, site)
    browser.execute_script("window.loaded = 'once'")
    wait(browser, "#steps[data-state=complete]")

    # The first order may have met a worker that was still starting; the second one is the one to look at.
    first = browser.current_url
    browser.find_element(By.CSS_SELECTOR, "#order-form button").click()
    # Its page has an address of its own, and begins without a state; that may be complete at the next look.
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda page: page.current_url != first)
    wait(browser, "#steps[data-state=complete]")

    times = [element.text for element in browser.find_elements(By.CSS_SELECTOR, ".step.seen .ms")]
    elapsed = [float(re.sub(r"[^\d.]", "", text)) for text in times]
    assert len(elapsed) == STEPS
    assert elapsed == sorted(elapsed)
    assert all(element.text for element in browser.find_elements(By.CSS_SELECTOR, ".step .detail"))
    assert browser.find_element(By.ID, "summary-how").text == "recomputed"
    assert browser.execute_script("return window.loaded") == "once"
    assert browser.get_log("browser") == []
    if picture := os.environ.get("LIVE_PAGE_PICTURE"):
        save_picture(browser, Path(picture))


def test_the_page_fits_any_width_and_without_javascript_comes_back_until_all_is_there(
    browser: webdriver.Chrome, start_site: StartSite
) -> None:
    site = start_site()
    widths = {}
    for width in (360, 1280):
        resize(browser, width, 800)
        place(browser, site)
        wait(browser, "#steps[data-state=complete]")
        widths[width] = browser.execute_script("return document.documentElement.scrollWidth")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    place(browser, site)
    ignored = (NoSuchElementException, StaleElementReferenceException)
    WebDriverWait(browser, PATIENCE_SECONDS, ignored_exceptions=ignored).until(
        lambda page: page.find_element(By.ID, "status").text == "Complete."
    )

    assert len(browser.find_elements(By.CSS_SELECTOR, ".step.seen")) == STEPS
    # Nothing needs sideways scrolling.
    assert widths == {360: 360, 1280: 1280}


def resize(driver: webdriver.Chrome, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def save_picture(driver: webdriver.Chrome, path: Path) -> None:
    resize(driver, 1280, 800)
    resize(driver, 1280, driver.execute_script("return document.documentElement.scrollHeight"))
    # The animation of the last step ends before the picture is taken.
    driver.execute_async_script("Promise.all(document.getAnimations().map((a) => a.finished)).then(arguments[0])")
    path.parent.mkdir(parents=True, exist_ok=True)
    assert driver.get_screenshot_as_file(str(path))
