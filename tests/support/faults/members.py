"""The processes of a service, told apart from outside."""

from pathlib import Path

from tests.support.processes import descendants

WORKER, ENCODER, REINDEX_WORKER = "search-worker", "encoder", "reindex-worker"
FORK_SERVER, TRACKER = "multiprocessing.forkserver", "multiprocessing.resource_tracker"


def members(service: int, kind: str) -> list[int]:
    """The living processes of that kind which a service, or a command, has started."""
    return sorted(pid for pid in descendants(service) if _is(pid, kind, service))


def _is(pid: int, kind: str, service: int) -> bool:
    try:
        if kind in (FORK_SERVER, TRACKER):
            # Those that were forked of the server have its command line too.
            return kind in _read(pid, "cmdline") and _parent(pid) == service
        return _read(pid, "comm").strip() == kind
    except (FileNotFoundError, ProcessLookupError):
        return False  # it has ended


def _parent(pid: int) -> int:
    return int(_read(pid, "stat").rpartition(")")[2].split()[1])


def _read(pid: int, file: str) -> str:
    return Path(f"/proc/{pid}/{file}").read_text(errors="replace")
