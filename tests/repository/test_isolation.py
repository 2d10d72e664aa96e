"""What a test does to the process of all tests is gone before the next one."""

import logging
import logging.config

import pytest

from search_service import logs

log = logging.getLogger("search_service.isolation")


@pytest.mark.parametrize("turn", range(2))
def test_a_test_that_turns_off_all_loggers_does_so_for_itself(
    turn: int, caplog: pytest.LogCaptureFixture
) -> None:
    log.warning("in turn %d", turn)
    assert caplog.messages == [f"in turn {turn}"]
    logging.config.dictConfig({"version": 1})
    logging.disable()
    log.warning("lost")
    assert len(caplog.messages) == 1


@pytest.fixture(scope="module")
def _configured() -> None:
    logs.configure(as_json=False)
    logging.getLogger("search_service.isolation").propagate = False


@pytest.mark.usefixtures("_configured")
def test_a_fixture_of_a_module_may_configure_logging() -> None:
    assert logging.root.level == logging.INFO
    assert not log.propagate


def test_what_it_configured_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    handlers = [type(handler).__name__ for handler in logging.root.handlers]
    assert "StreamHandler" not in handlers
    log.warning("seen")
    assert caplog.messages == ["seen"]
