"""A fixture that ends a test whose process hangs."""

import signal
from collections.abc import Iterator

import pytest

SECONDS = 180  # a slow machine that runs another suite beside is none that hangs


@pytest.fixture(autouse=True)
def time_limit(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test has to end by then; a module may have its own ``SECONDS``."""
    seconds: int = getattr(request.module, "SECONDS", SECONDS)

    def end_it(*_: object) -> None:
        raise TimeoutError(f"the test took more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, end_it)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
