"""A service with a small facility, a browser that looks at it, and the rules of axe-core."""

import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service as Driver

from tests.support.browser import Browser
from tests.support.calling import Caller
from tests.support.front_ends import facility
from tests.support.programs import program
from tests.support.serving import Served, serving

AXE = "axe-core@4.14.1"
PROGRAM_SECONDS = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these need a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("pages") / "data", {"workers": 2}) as served:
        Caller(served.url).put(facility())
        yield served


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core."""
    directory = tmp_path_factory.mktemp("axe")
    command = [program("npm"), "pack", "--silent", AXE]
    subprocess.run(command, cwd=directory, check=True, timeout=PROGRAM_SECONDS)
    (packed,) = directory.glob("*.tgz")
    with tarfile.open(packed) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = program("chromium")
    for argument in (
        "--headless=new",
        "--no-sandbox",  # tests may run as root
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={tmp_path_factory.mktemp('browser')}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = Chrome(options, Driver(program("chromedriver")))
    try:
        yield found
    finally:
        found.quit()


@pytest.fixture
def browser(driver: Chrome, service: Served) -> Browser:
    """A wide window in the light, that remembers nothing."""
    found = Browser(driver, service.url)
    found.is_like(1200, dark=False)
    return found
