"""Whether what a command writes into a data directory could be read by its service.

Files belong to who writes them, and are for that user alone. So whoever writes has to be the user
that the service runs as: root too, who could write anywhere.
"""

import os
import pwd
import tempfile
from contextlib import suppress
from pathlib import Path

from search_service.client import connection
from search_service.errors import AnotherOwner

_CURRENT = "current"  # the first file of an index


def refuse_other_user(root: Path, command: str, *, serves: bool = False) -> None:
    """Raises AnotherOwner, before anything is written.

    ``serves``: the command is the service, and in an empty directory it is who it likes to be.
    """
    if not root.is_dir():
        return
    user = _user_of(root, serves=serves)
    if user is None or user == os.geteuid() or _written_as(root) == user:
        return
    name = _name_of(user)
    raise AnotherOwner(
        f"{root} is used by a service of {name}, and this command runs as "
        f"{_name_of(os.geteuid())}: the service could not read what it writes. Run it as that "
        f"user: sudo -u {name} icat-search {command} …"
    )


def _user_of(root: Path, *, serves: bool) -> int | None:
    """Who the service is, or was; None when anybody may be."""
    if not os.access(root, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
        return root.stat().st_uid
    with suppress(OSError):
        running = connection.owner(root)
        if running is not None:
            return running
    with suppress(OSError):
        return (root / _CURRENT).stat().st_uid
    # Whom an empty directory was made for has to be able to write there; root always is.
    return root.stat().st_uid if os.geteuid() == 0 and not serves else None


def _written_as(root: Path) -> int | None:
    """To whom a file belongs that is made there now: some file systems decide that themselves."""
    try:
        with tempfile.TemporaryFile(dir=root) as file:
            return os.fstat(file.fileno()).st_uid
    except OSError:
        return None


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"  # as sudo takes it
