"""The pages in a real browser: by keyboard and pointer, on a phone, in the dark, for everybody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys

from tests.support.browser import Browser
from tests.support.serving import serving

FOUND = "/?entity=dataset&user=ada&q=neutron"
PAGES = {
    "first": "/",
    "found": FOUND,
    "why": f"{FOUND}&why=2",
    "nothing": "/?entity=datafile&user=ada&q=secretium",
    "refused": "/?cursor=nonsense",
    "operate": "/operate",
    "docs": "/docs",
}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200], ids=["phone", "desk"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_anybody_can_read_a_page(
    browser: Browser, axe: str, path: str, width: int, dark: bool
) -> None:
    browser.is_like(width, dark=dark)
    browser.opens(path)
    # What can be opened is looked at too.
    browser.asks("for (const one of document.querySelectorAll('details')) one.open = true")
    browser.asks(axe)
    found = browser.asks("return axe.run().then(found => found.violations)")
    broken = [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]
    assert broken == []
    assert browser.asks("return document.documentElement.scrollWidth <= innerWidth")
    is_dark = browser.asks(
        "return getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g)[0] < 128"
    )
    assert is_dark == dark


def test_nothing_comes_from_elsewhere_and_nothing_goes_wrong(browser: Browser) -> None:
    browser.complaints()  # of pages before
    for path in ("/", FOUND, "/operate", "/docs"):
        browser.opens(path)
        loaded = browser.asks("return performance.getEntriesByType('resource').map(e => e.name)")
        assert loaded
        assert [one for one in loaded if not one.startswith(browser.url)] == []
    assert browser.complaints() == []


# ── by keyboard ──────────────────────────────────────────────────────────────────────────────────


def test_a_suggestion_is_chosen_by_the_keyboard(browser: Browser) -> None:
    browser.opens("/?entity=dataset&user=ada")
    text = browser.tab_to("#q")
    browser.keys("neu")
    browser.waits_for(lambda: browser.all("#suggestions:not([hidden]) [role=option]"))
    assert text.get_attribute("aria-expanded") == "true"
    browser.keys(Keys.ARROW_DOWN)
    chosen = browser.one("#suggestions [aria-selected=true]")
    assert text.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    browser.keys(Keys.ENTER)
    browser.waits_for(lambda: "q=neutron" in browser.address)
    assert len(browser.all(".hit")) == 2
    assert "user=ada" in browser.address


def test_suggestions_close_and_leave_what_was_typed(browser: Browser) -> None:
    browser.opens("/?entity=dataset&user=ada")
    text = browser.tab_to("#q")
    browser.keys("neu")
    browser.waits_for(lambda: browser.all("#suggestions:not([hidden]) [role=option]"))
    browser.keys(Keys.ESCAPE)
    assert browser.all("#suggestions:not([hidden])") == []
    assert text.get_attribute("value") == "neu"
    assert text.get_attribute("aria-expanded") == "false"


def test_the_focus_is_seen(browser: Browser) -> None:
    browser.opens(FOUND)
    for selector in ("#q", "button.main", "aside a", ".more a", ".more summary"):
        browser.tab_to(selector)
        width = browser.asks(
            "const s = getComputedStyle(document.activeElement);"
            "return s.outlineStyle == 'none' ? 0 : parseFloat(s.outlineWidth)"
        )
        assert width >= 2, selector


# ── by pointer ───────────────────────────────────────────────────────────────────────────────────


def test_a_suggestion_is_chosen_by_the_pointer(browser: Browser) -> None:
    browser.opens("/?entity=dataset&user=ada")
    browser.one("#q").send_keys("neu")
    browser.waits_for(lambda: browser.all("#suggestions:not([hidden]) [role=option]"))[0].click()
    browser.waits_for(lambda: "q=neutron" in browser.address)


def test_hits_are_narrowed_and_widened_again(browser: Browser) -> None:
    browser.opens(FOUND)
    browser.one("aside a").click()
    narrowed = browser.one(".chips a")
    assert "f=" in browser.address
    assert len(browser.all(".hit")) == 2
    narrowed.click()
    assert "f=" not in browser.address


def test_a_hit_says_why(browser: Browser) -> None:
    browser.opens(FOUND)
    assert [mark.text for mark in browser.all(".hit mark")] == ["neutron", "neutron"]
    browser.link("Why?").click()
    verdict = browser.one("#why .notice").text
    assert "is found" in verdict
    assert "here: description" in browser.one("#why table").text


def test_a_document_that_was_not_found_says_why(browser: Browser) -> None:
    browser.opens(FOUND)
    browser.one("[name=why]").send_keys("4", Keys.ENTER)
    browser.waits_for(lambda: browser.all("#why"))
    assert "whoever searches may not see it" in browser.one("#why .notice").text


def test_pages_follow_each_other(browser: Browser) -> None:
    browser.opens("/?entity=datafile&user=ada&sort=name:asc")
    first = [hit.text for hit in browser.all(".hit h2")]
    assert len(first) == 6
    assert first == sorted(first)
    browser.opens("/?entity=investigation&user=ada")
    assert browser.all("[rel=next]") == []


# ── without scripts ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[Browser]:
    browser.has_scripts(False)
    yield browser
    browser.has_scripts(True)


def test_all_works_without_scripts(without_scripts: Browser) -> None:
    browser = without_scripts
    browser.opens("/")
    browser.one("[name=entity] [value=dataset]").click()
    browser.one("[name=user]").send_keys("ada")
    browser.one("#q").send_keys("neutron")
    browser.one("button.main").click()
    browser.waits_for(lambda: "q=neutron" in browser.address)
    assert len(browser.all(".hit")) == 2
    browser.link("Why?").click()
    assert "is found" in browser.one("#why .notice").text
    browser.opens("/operate")
    assert "Ready" in browser.text
    assert not browser.one("[data-refresh]").is_displayed()


# ── operators ────────────────────────────────────────────────────────────────────────────────────


def test_who_stops_the_refreshing_is_not_asked_again(browser: Browser) -> None:
    browser.opens("/operate")
    box = browser.one("[data-refresh] input")
    assert box.is_selected()
    box.click()
    browser.opens("/operate")
    assert not browser.one("[data-refresh] input").is_selected()
    browser.one("[data-refresh] input").click()


def test_what_searches_asked_is_shown_as_text(driver: Chrome, tmp_path: Path) -> None:
    # Of a service of its own, the searches of other tests may all be slower.
    with serving(tmp_path / "data", {"workers": 1}) as served:
        browser = Browser(driver, served.url)
        browser.opens("/operate")
        script = "fetch('/v1/search', {method: 'POST', body: arguments[0]}).then(r => r.status)"
        asked = '{"entity": "dataset", "user": "<img src=x onerror=alert(1)>", "text": "a"}'
        assert browser.asks(f"return {script}", asked) == 200
        browser.opens("/operate")
        assert "onerror=alert" in browser.text
        assert browser.all("table img") == []
