"""What the steps of a search take: each without those within it, for the log of slow ones; and when
they began and ended, for a trace.

A step that nobody measures costs a look at a variable. Not here: waiting for a worker, which the
pool measures.
"""

import time
from contextvars import ContextVar
from enum import StrEnum
from types import TracebackType


class Step(StrEnum):
    """What a search worker does of a search, in this order."""

    READ = "read"  # the request
    ANALYSE = "analyse"  # its text, and its conditions
    ENGINE = "engine"  # the page of hits, and whether there are any
    DOCUMENTS = "documents"  # of the hits, and what joins to them
    COUNT = "count"
    FACETS = "facets"
    SPELLING = "spelling"  # another text that finds more
    WRITE = "write"  # the answer, with its highlights


Time = tuple[str, float, float]
"""What was done, and when it began and ended: by ``time.perf_counter``, which is one clock for all
processes of a machine."""


class Steps:
    """Of one search. As a context it measures what is done within it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}  # of each step, without those within it
        self.times: list[Time] = []  # of each time that a step was done, with those within it
        self._open: list[tuple[Step, float]] = []
        self._since = 0.0

    def begin(self, step: Step) -> None:
        """From now on time counts for this step."""
        self._note()
        self._open.append((step, self._since))

    def end(self) -> None:
        """From now on time counts for the step around the one that began last, if any."""
        self._note()
        ended, began = self._open.pop()
        self.times.append((ended.value, began, self._since))

    def _note(self) -> None:
        now = time.perf_counter()
        if self._open:
            name = self._open[-1][0].value
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


MEASURED: ContextVar[Steps | None] = ContextVar("steps", default=None)
"""Of the search that this process works on; None: nothing is measured."""


class step:  # noqa: N801 (used as a function in `with`)
    """``with step(Step.ENGINE):`` what is done within counts for the step."""

    __slots__ = ("_step", "_steps")

    def __init__(self, which: Step) -> None:
        self._step = which
        self._steps = MEASURED.get()

    def __enter__(self) -> None:
        if self._steps is not None:
            self._steps.begin(self._step)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._steps is not None:
            self._steps.end()
