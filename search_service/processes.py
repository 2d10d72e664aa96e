"""Processes of our own: they end with the one that needs them, and leave signals to it.

A terminal, a service manager or `timeout` sends SIGINT and SIGTERM to every process of a group.
Only the first of them may act on it: it lets the others finish what they do. Not here: what such a
process does, see ``workers.process`` and ``reindex.worker``.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection, forkserver, parent_process, resource_tracker

PR_SET_PDEATHSIG = 1  # Linux: the kernel sends this signal when our parent ends
_PR_SET_NAME = 15  # Linux: what `ps -o comm` and `top` call us
_OF_THE_GROUP = (signal.SIGINT, signal.SIGTERM)
_KILLED_SECONDS = 1.0
_HAS_ENDED = os.WEXITED | os.WNOHANG | os.WNOWAIT


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Where a process is started: signals of the group wait until that is done.

    The process inherits that they are blocked, so there is no moment at which it would be ended in
    place of its parent; and the parent is not interrupted before it has told what is to be done.
    """
    resource_tracker.ensure_running()  # its start would let the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_THE_GROUP)
    try:
        with _handlers_deferred():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _handlers_deferred() -> Iterator[None]:
    """Python calls them in the main thread, whichever thread the signal came to."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda late, _: came.append(late)) for number in _OF_THE_GROUP
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)


def start_forkserver() -> None:
    """Start the process that others are forked from, unless it runs; they inherit its signals."""
    with signals_blocked():
        forkserver.ensure_running()


@contextmanager
def forking() -> Iterator[None]:
    """Where processes are started that are forked from the one of ``start_forkserver``.

    Raises OSError when it cannot be started, or ends meanwhile; the next time there is a new one.
    """
    start_forkserver()
    try:
        yield
    except EOFError as error:
        raise ChildProcessError("the process that others are forked from has ended") from error


def kill_forkserver() -> None:
    """End the process that others are forked from, and so all of them, though it stands still.

    Who waits for a process that it was to start is told that there is none. The next start makes
    another one.
    """
    pid: int | None = getattr(forkserver, "_forkserver")._forkserver_pid  # noqa: B009
    if pid is None:
        return
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        # A start that comes before its end would take it for one that is there. It is left to be
        # waited for by that start.
        until = time.monotonic() + _KILLED_SECONDS
        while time.monotonic() < until and not os.waitid(os.P_PID, pid, _HAS_ENDED):
            time.sleep(_KILLED_SECONDS / 1_000)


def end_with_parent(name: str) -> None:
    """End when the parent does, or when it says so, and not before. To be called first.

    ``name``: what the system calls the process, up to 15 letters.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if sys.platform == "linux":
        # Ends us also while C code holds Python's lock. The parent is the process that forked us,
        # which leaves as soon as the one that asked for us has gone.
        system = ctypes.CDLL(None)
        system.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        system.prctl(_PR_SET_NAME, name.encode())
        if parent is not None and parent.pid is not None:
            # In every thread, those that come later inherit it.
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))
            threading.Thread(target=_obey, args=(parent.pid,), daemon=True).start()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _obey(parent: int) -> None:
    """End by a SIGTERM of the parent's: so pools of the standard library end their processes."""
    if sys.platform == "linux":
        while signal.sigwaitinfo((signal.SIGTERM,)).si_pid != parent:
            pass
        os._exit(128 + signal.SIGTERM)


def _watch(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
