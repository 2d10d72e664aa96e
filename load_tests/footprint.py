"""What the processes of a service hold: memory, maps of files, open files. From /proc, so Linux.

Not here: their processor time, see ``service``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_VALUE = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Footprint:
    """A process. ``own``: bytes of memory that are its alone and no file's; ``resident``: all that
    is in memory, with pages of files that all processes share; ``maps`` are limited by the system
    (``vm.max_map_count``), as is ``address_space`` (bytes)."""

    own: int
    resident: int
    address_space: int
    maps: int
    files: int


def footprint(pid: int) -> Footprint:
    """That of one process. Raises OSError when it is gone, or another user's."""
    place = Path(f"/proc/{pid}")
    rollup = dict(_VALUE.findall((place / "smaps_rollup").read_text()))
    status = dict(_VALUE.findall((place / "status").read_text().replace("\t", " ")))
    return Footprint(
        own=1024 * int(rollup["Anonymous"]),
        resident=1024 * int(rollup["Rss"]),
        address_space=1024 * int(status["VmSize"]),
        maps=(place / "maps").read_bytes().count(b"\n"),
        files=sum(1 for _ in (place / "fd").iterdir()),
    )


def footprints(root: int) -> Sequence[Footprint]:
    """Those of a process and of all below it, that process first; those that end are left out."""
    found = []
    for pid in below(root):
        try:
            found.append(footprint(pid))
        except OSError:
            continue
    return found


def below(root: int) -> list[int]:
    """A process and all below it, ascending but for the first."""
    parents = dict(_parents())
    known = {root}
    while more := {pid for pid, parent in parents.items() if parent in known} - known:
        known |= more
    return [root, *sorted(known - {root})]


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The command's name, in brackets, may hold anything.
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        yield int(entry.parent.name), int(fields[1])
