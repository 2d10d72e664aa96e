"""Which operations a commit fails because of, when it fails: the others are committed without them.

An operation that was acknowledged should be committed; one that the engine cannot take all the same
would keep all others from it for ever. What the disk is to blame for is no operation's fault. Not
here: where they are kept, see ``set_aside``.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from search_service.errors import ServiceError, ShardDamaged
from search_service.files import NotDurable

T = TypeVar("T")

# So many that fail one by one, and none that does not, is no fault of theirs.
MOST_ALONE = 100

_OF_STORAGE = (OSError, sqlite3.Error, NotDurable, ShardDamaged)
# How the engine says that a file could not be read or written, or that another has it open.
_WORDS = ("(os error ", "io::Error", "Lockfile")


def is_of_storage(error: BaseException | None) -> bool:
    """Whether something failed for what the disk holds or does not take."""
    while error is not None:
        if isinstance(error, _OF_STORAGE) or any(words in str(error) for words in _WORDS):
            return True
        error = error.__cause__
    return False


def reason_of(error: Exception) -> str:
    """What to tell of a failure: a defect has no sentence of its own."""
    return str(error) if isinstance(error, ServiceError) else f"{type(error).__name__}: {error}"


def taken_apart(
    operations: Sequence[T], apply: Callable[[Sequence[T]], None]
) -> Sequence[tuple[T, Exception]]:
    """Apply those that can be, in order. Returns the others, each with its failure.

    Raises what is no operation's fault; then some of them may have been applied.
    """
    return list(_Apart(apply).halves(operations))


class _Apart(Generic[T]):
    def __init__(self, apply: Callable[[Sequence[T]], None]) -> None:
        self._apply = apply
        self._applied = False
        self._alone = 0

    def halves(self, operations: Sequence[T]) -> Iterator[tuple[T, Exception]]:
        try:
            self._apply(operations)
        except Exception as error:
            self._alone += len(operations) == 1
            if is_of_storage(error) or (self._alone > MOST_ALONE and not self._applied):
                raise
            if len(operations) == 1:
                yield operations[0], error
                return
        else:
            self._applied = True
            return
        middle = len(operations) // 2
        yield from self.halves(operations[:middle])
        yield from self.halves(operations[middle:])
