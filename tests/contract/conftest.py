"""``pytest tests/contract --url http://…``: another service is tested, and cleared."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--url", help="play the exchanges to this service, which is cleared")
