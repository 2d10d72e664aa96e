"""What somebody does with a browser, and what one can say of a page then."""

from collections.abc import Callable
from typing import Any, TypeVar

from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

T = TypeVar("T")
WAIT_SECONDS = 20


class Browser:
    """A window on the service at ``url``."""

    def __init__(self, driver: Chrome, url: str) -> None:
        self.driver = driver
        self.url = url

    def is_like(self, width: int, *, dark: bool) -> None:
        """A window of another width, and who likes it dark or not."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def opens(self, path: str) -> None:
        """Go there."""
        self.driver.get(self.url + path)

    def has_scripts(self, are_on: bool) -> None:
        """Whether scripts of pages run, from the next page on."""
        off = {"value": not are_on}
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", off)

    def keys(self, *keys: str) -> None:
        """Press keys where the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, selector: str) -> WebElement:
        """Press Tab until an element has the focus."""
        for _ in range(50):
            self.keys(Keys.TAB)
            focused = self.driver.switch_to.active_element
            if focused == self.one(selector):
                return focused
        raise AssertionError(f"Tab does not lead to {selector}")

    def one(self, selector: str) -> WebElement:
        """The first element, which has to be there."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        """All of them."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def link(self, text: str) -> WebElement:
        """A link by a part of its text."""
        return self.driver.find_element(By.PARTIAL_LINK_TEXT, text)

    def waits_for(self, what: Callable[[], T]) -> T:
        """Wait until there is something; returns that."""
        return WebDriverWait(self.driver, WAIT_SECONDS, poll_frequency=0.05).until(lambda _: what())

    def asks(self, script: str, *arguments: object) -> Any:
        """What a script returns, or what its promise gives."""
        return self.driver.execute_script(script, *arguments)

    def complaints(self) -> list[Any]:
        """What its console has since this was asked before."""
        found: list[Any] = self.driver.execute("getLog", {"type": "browser"})["value"]
        return found

    @property
    def address(self) -> str:
        """Where it is, without the service."""
        return self.driver.current_url.removeprefix(self.url)

    @property
    def text(self) -> str:
        """All that can be read."""
        return self.one("body").text
