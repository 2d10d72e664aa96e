"""A service that hangs must not hang the tests."""

from tests.support.time_limit import time_limit

__all__ = ["time_limit"]
