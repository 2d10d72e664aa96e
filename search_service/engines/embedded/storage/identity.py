"""Which data directory this is: a number by chance, made with it, that a service tells.

Whoever calls a service at an address compares it with the directory that is meant. A copy of a
directory, for a standby, is taken for the same one.
"""

import logging
import re
import uuid
from contextlib import suppress
from pathlib import Path

from search_service.files import write_durably

log = logging.getLogger(__name__)

NAME = "identity"
_NUMBER = re.compile("[0-9a-f]{32}")


def read(root: Path) -> str:
    """Empty when the directory has none: no service has opened it since there are any."""
    with suppress(OSError, UnicodeDecodeError):
        found = (root / NAME).read_text().strip()
        if _NUMBER.fullmatch(found):
            return found
    return ""


def read_or_make(root: Path) -> str:
    """To be called by whoever holds the directory. Empty when it cannot be written."""
    found = read(root)
    if found:
        return found
    made = uuid.uuid4().hex
    try:
        write_durably(root / NAME, f"{made}\n".encode())
    except OSError as error:
        log.warning("identity of the data directory not written", extra={"why": str(error)})
        return ""
    return made
