"""The pages of the admin in a real browser, under the policy of the whole site: nothing unsafe, nothing missed."""

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.patience import PATIENCE_SECONDS

from .conftest import Site, StartSite

pytestmark = [pytest.mark.any_database, pytest.mark.browser]

PASSWORD = "correct horse battery staple"
TABLES = (
    "accounts/user",
    "auth/group",
    "features/flagswitch",
    "features/flagchange",
    "tasks/task",
    "tasks/schedule",
)
#: Of forms of a new row; the others are not written by hand.
FORMS = ("accounts/user", "auth/group", "features/flagswitch")

type Visit = Callable[[str], None]


@pytest.fixture
def site(start_site: StartSite) -> Site:
    """Return a running site with something to show."""
    started = start_site()
    users = [get_user_model().objects.create_user(f"user{number}@example.com") for number in range(3)]
    users[0].groups.add(Group.objects.create(name="testers"))
    return started


@pytest.fixture
def visit(browser: webdriver.Chrome, site: Site) -> Visit:
    """Return a function that opens a page as a superuser, and waits until Alpine has begun."""
    get_user_model().objects.create_superuser("root@example.com", PASSWORD)

    def visit(path: str) -> None:
        browser.get(f"{site.url}{path}")
        begun = "return !!window.Alpine && !document.documentElement.hasAttribute('x-cloak')"
        WebDriverWait(browser, PATIENCE_SECONDS).until(lambda page: page.execute_script(begun))

    visit("/admin/")
    browser.find_element(By.NAME, "username").send_keys("root@example.com")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)

    wait(browser, lambda page: page.find_elements(By.ID, "nav-sidebar"))
    return visit


def complaints(browser: webdriver.Chrome) -> list[str]:
    """Return what the browser noted since it was asked last."""
    return [str(entry["message"]) for entry in browser.get_log("browser") if entry["source"] != "recommendation"]


def reported(site: Site) -> list[str]:
    """Return the violations that the browser told the site."""
    return [line for line in site.log.read_text(encoding="utf-8").splitlines() if "csp_violation" in line]


def wait(browser: webdriver.Chrome, condition: Callable[[webdriver.Chrome], object]) -> None:
    """Wait until ``condition`` holds."""
    WebDriverWait(browser, PATIENCE_SECONDS).until(condition)


def shown(browser: webdriver.Chrome, selector: str) -> list[WebElement]:
    """Return what is to be seen of ``selector``."""
    return [found for found in browser.find_elements(By.CSS_SELECTOR, selector) if found.is_displayed()]


def choose_first_row(browser: webdriver.Chrome) -> bool:
    """Return whether the first row of a list is chosen now; while the page still moves a click may miss."""
    row = browser.find_element(By.CSS_SELECTOR, "input.action-select")
    if not row.is_selected():
        row.click()
    return row.is_selected()


def test_the_admin_needs_nothing_unsafe_and_what_moves_in_it_moves(
    browser: webdriver.Chrome, site: Site, visit: Visit
) -> None:
    assert_that_pages_are_quiet(browser, visit)
    assert_that_parts_move(browser, visit)
    assert_that_what_is_added_in_a_frame_comes_back_chosen(browser, visit)

    assert complaints(browser) == []
    assert reported(site) == []


def assert_that_pages_are_quiet(browser: webdriver.Chrome, visit: Visit) -> None:
    """Look at every page."""
    root = get_user_model().objects.get(email="root@example.com")
    paths = [
        "/admin/",
        reverse("operations"),
        *(f"/admin/{table}/" for table in TABLES),
        *(f"/admin/{table}/add/" for table in FORMS),
        f"/admin/accounts/user/{root.pk}/change/",
        f"/admin/accounts/user/{root.pk}/password/",
        f"/admin/accounts/user/{root.pk}/history/",
        f"/admin/accounts/user/{root.pk}/delete/",
        "/admin/password_change/",
    ]
    found = {}
    for path in paths:
        visit(path)
        found[path] = complaints(browser)

    assert {path: said for path, said in found.items() if said} == {}


def assert_that_parts_move(browser: webdriver.Chrome, visit: Visit) -> None:
    """Use what Alpine and htmx drive."""
    browser.set_window_size(1500, 900)
    visit("/admin/accounts/user/")
    sidebar = browser.find_element(By.ID, "nav-sidebar")
    width = sidebar.size["width"]

    # The user's menu, and the theme in it.
    browser.find_element(By.CSS_SELECTOR, "[x-data='{ openUserLinks: false }'] > div").click()
    wait(browser, lambda page: shown(page, "[x-data='{ openUserLinks: false }'] > nav"))
    for switch in browser.find_elements(By.CSS_SELECTOR, "[x-on\\:click=\"switchTheme('dark')\"]"):
        if switch.is_displayed():
            switch.click()
    browser.find_element(By.TAG_NAME, "h1").click()
    # The edge of the sidebar.
    edge = browser.find_element(By.CSS_SELECTOR, "#nav-sidebar .cursor-col-resize")
    ActionChains(browser).click_and_hold(edge).move_by_offset(50, 0).release().perform()
    wait(browser, lambda page: sidebar.size["width"] > width + 30)
    # A chosen row brings the bar of actions, as wide as the list.
    wait(browser, choose_first_row)
    wait(browser, lambda page: shown(page, "#changelist-actions"))
    wide = browser.find_element(By.ID, "changelist-actions").size["width"]
    # The search over everything, by its keys.
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.CONTROL, "k")
    wait(browser, lambda page: shown(page, "#search-input-command"))
    browser.find_element(By.ID, "search-input-command").send_keys("users")
    wait(browser, lambda page: shown(page, "#command-results a"))
    browser.find_element(By.ID, "search-input-command").send_keys(Keys.ARROW_DOWN, Keys.ENTER)

    assert wide > 200


def assert_that_what_is_added_in_a_frame_comes_back_chosen(browser: webdriver.Chrome, visit: Visit) -> None:
    """Add a group from the page of a user."""
    root = get_user_model().objects.get(email="root@example.com")
    visit(f"/admin/accounts/user/{root.pk}/change/")

    # The link shows when the mouse is over it.
    browser.execute_script("document.getElementById('add_id_groups').click()")
    wait(browser, lambda page: shown(page, "iframe"))
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    wait(browser, lambda page: shown(page, "input[name=name]"))
    browser.find_element(By.NAME, "name").send_keys("buyers", Keys.ENTER)
    browser.switch_to.default_content()
    wait(browser, lambda page: not shown(page, "iframe"))

    chosen = browser.find_element(By.ID, "id_groups_to").text
    assert chosen == "buyers"
