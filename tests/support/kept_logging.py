"""Logging as it was before: a test may configure it, the next one is not to know.

Commands that are called within the process of the tests configure logging, and some programs turn
off all loggers that they do not know; what is logged later would be lost to tests that look at it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class _State:
    level: int
    handlers: tuple[logging.Handler, ...]
    propagate: bool
    disabled: bool

    @classmethod
    def of(cls, logger: logging.Logger) -> "_State":
        return cls(logger.level, tuple(logger.handlers), logger.propagate, logger.disabled)

    def give_to(self, logger: logging.Logger) -> None:
        logger.setLevel(self.level)
        logger.handlers[:] = self.handlers
        logger.propagate, logger.disabled = self.propagate, self.disabled


# Of a logger that nobody has configured.
_NEW = _State(level=logging.NOTSET, handlers=(), propagate=True, disabled=False)


@contextmanager
def logging_kept() -> Iterator[None]:
    """Every logger is afterwards as it was before, and one that is new as new ones are."""
    before = {logger: _State.of(logger) for logger in _loggers()}
    disabled = logging.root.manager.disable
    try:
        yield
    finally:
        logging.disable(disabled)
        for logger in _loggers():
            found, wanted = _State.of(logger), before.get(logger, _NEW)
            if found != wanted:
                wanted.give_to(logger)


def _loggers() -> list[logging.Logger]:
    known = logging.root.manager.loggerDict.values()
    return [logging.root, *(one for one in known if isinstance(one, logging.Logger))]
