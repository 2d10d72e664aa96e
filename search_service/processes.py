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
from multiprocessing import connection, forkserver, parent_process, resource_tracker

PR_SET_PDEATHSIG = 1  # Linux: the kernel sends this signal when our parent ends
_OF_THE_GROUP = (signal.SIGINT, signal.SIGTERM)


def start_forkserver() -> None:
    """Start the process that others are forked from, unless it runs. Signals do not end it.

    It inherits which signals the calling thread holds back, and so do those that it forks: there
    is no moment at which one of them would be ended in place of its parent.
    """
    resource_tracker.ensure_running()  # its start would let the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_THE_GROUP)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """End when the parent does, or when it says so, and not before. To be called first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if sys.platform == "linux":
        # Ends us also while C code holds Python's lock. The parent is the process that forked us,
        # which leaves as soon as the one that asked for us has gone.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
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
