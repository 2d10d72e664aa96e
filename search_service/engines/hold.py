"""The hold of a data directory: one service at a time keeps files in it, or one command."""

import fcntl
import logging
import os
from pathlib import Path
from typing import TextIO

from search_service.errors import DirectoryInUse, DirectoryRefused

log = logging.getLogger(__name__)


def hold_directory(root: Path) -> TextIO:
    """Hold a directory until the file is closed. Raises DirectoryInUse, DirectoryRefused."""
    try:
        file = (root / "service.lock").open("a+")
    except OSError as error:
        raise DirectoryRefused(
            f"{root} cannot be written ({error.strerror}), where the service and its commands keep "
            "what they are told: run them as the account that owns it, on a disk that is not "
            "mounted read-only"
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise DirectoryInUse(root, holder) from error
    try:
        # Unbuffered: what could not be written must not be written when the file is closed.
        os.truncate(file.fileno(), 0)
        os.write(file.fileno(), f"process {os.getpid()}".encode())
    except OSError as error:
        log.warning("lock not signed", extra={"path": file.name, "why": str(error)})
    return file
