"""What the engine raises, in the errors of the table: the one place that knows its panics.

A panic of the engine is no ``Exception``: whoever calls it calls it inside ``engine_failures``, or
asks ``is_failure``. Not here: whether damaged files were the cause, see ``damage``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from search_service.errors import EngineFailed

# The class is nowhere to be imported from.
_PANIC = "PanicException"
# The engine's own errors are ValueErrors; RuntimeError and SystemError come of its binding.
_RAISED = (OSError, ValueError, RuntimeError, SystemError, MemoryError)


def is_panic(error: BaseException | None) -> bool:
    """Whether the engine came upon what it holds for impossible."""
    return type(error).__name__ == _PANIC


def is_failure(error: BaseException | None) -> bool:
    """Whether an error out of the engine is the engine's: an error of its own or a panic."""
    return isinstance(error, _RAISED) or is_panic(error)


@contextmanager
def engine_failures(what: str) -> Iterator[None]:
    """Whatever the engine raises meanwhile is an EngineFailed; ``what`` could not be done."""
    try:
        yield
    except BaseException as error:
        if not is_failure(error):
            raise
        raise EngineFailed(what, error) from error
