"""Processes of our own that must not outlive the one that needs them, however that one ends.

Not here: what such a process does, see ``api.worker`` and ``reindex.worker``.
"""

import ctypes
import os
import signal
import sys
import threading
from multiprocessing import connection, parent_process

PR_SET_PDEATHSIG = 1  # Linux: the kernel sends this signal when our parent ends


def end_with_parent() -> None:
    """See to it that this process does not outlive its parent. To be called first in it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if sys.platform == "linux":
        # Ends us also while C code holds Python's lock. The parent is the process that forked us,
        # which leaves as soon as the one that asked for us has gone.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
