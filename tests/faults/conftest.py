"""Each test has to end by the ``SECONDS`` of its module: what hangs must not hang all tests."""

from tests.support.time_limit import time_limit

__all__ = ["time_limit"]
