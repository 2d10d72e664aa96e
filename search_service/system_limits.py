"""Limits of the system that a large index comes to: which are too low for it, and what to do.

A process that searches maps every file of the index, which counts for ``vm.max_map_count`` and for
the address space; files that are open at a time are few, but for connections. Not here: how much
an index needs, which its engine knows.
"""

import errno
import os
import re
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_MAPS = "sys/vm/max_map_count"
_PIECE = 4096
_NEAR = 0.9  # of the maps there may be: one that fails takes several at once
_NO_MEMORY = re.compile(r"os error 12\b|code: 12\b|cannot allocate memory", re.IGNORECASE)
_NO_FILES = re.compile(r"os error 2[34]\b|code: 2[34]\b|too many open files", re.IGNORECASE)

_RAISE_MAPS = (
    "raise it by `sysctl -w vm.max_map_count={wanted}`, and for good by the line "
    "vm.max_map_count={wanted} in /etc/sysctl.d/icat-search.conf"
)
_RAISE_FILES = (
    "raise it by LimitNOFILE={wanted} in the unit of the service, or `ulimit -n {wanted}`"
)
_RAISE_SPACE = "lift it by LimitAS=infinity in the unit of the service, or `ulimit -v unlimited`"


@dataclass(frozen=True, slots=True)
class SystemLimits:
    """What one process may have; None: as much as it wants. ``address_space``: bytes."""

    maps: int | None
    files: int | None
    address_space: int | None


@dataclass(frozen=True, slots=True)
class Needs:
    """What one process needs at most; as ``SystemLimits``."""

    maps: int
    files: int
    address_space: int


def of_this_process(proc: Path = PROC) -> SystemLimits:
    """Those of this process, and of those that it starts."""
    return SystemLimits(
        _number(proc / _MAPS), _soft(resource.RLIMIT_NOFILE), _soft(resource.RLIMIT_AS)
    )


def allow_open_files() -> None:
    """Let this process, and those that it starts, open as many files as the system allows them.

    What is in force without that (the soft limit, often 1,024) is for programs that use `select`.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def too_low(needs: Needs, limits: SystemLimits) -> list[str]:
    """For each limit that is too low: which it is, what it is, what is needed, what to do."""
    return list(_too_low(needs, limits))


def _too_low(needs: Needs, limits: SystemLimits) -> Iterator[str]:
    if limits.maps is not None and limits.maps < needs.maps:
        raised = _RAISE_MAPS.format(wanted=_rounded(needs.maps))
        yield (
            f"vm.max_map_count is {limits.maps:,}, and a process that maps all files of this index "
            f"needs up to {needs.maps:,}; {raised}"
        )
    if limits.files is not None and limits.files < needs.files:
        raised = _RAISE_FILES.format(wanted=_rounded(needs.files))
        yield (
            f"RLIMIT_NOFILE allows {limits.files:,} open files, and the service needs up to "
            f"{needs.files:,}; {raised}"
        )
    if limits.address_space is not None and limits.address_space < needs.address_space:
        yield (
            f"RLIMIT_AS allows {limits.address_space:,} bytes of address space, and a process that "
            f"maps all files of this index needs up to {needs.address_space:,}; {_RAISE_SPACE}"
        )


def reached(error: BaseException | None, proc: Path = PROC) -> str | None:
    """Which limit an error of the system, or of the engine, comes of; None: of none."""
    number = error.errno if isinstance(error, OSError) else None
    said = str(error)
    limits = of_this_process(proc)
    if number in (errno.EMFILE, errno.ENFILE) or _NO_FILES.search(said):
        raised = _RAISE_FILES.format(wanted=2 * (limits.files or 0))
        return f"RLIMIT_NOFILE, {limits.files:,} open files, is reached; {raised}"
    if number == errno.ENOMEM or isinstance(error, MemoryError) or _NO_MEMORY.search(said):
        if limits.maps is not None and _maps(proc) >= _NEAR * limits.maps:
            raised = _RAISE_MAPS.format(wanted=2 * limits.maps)
            return f"vm.max_map_count, {limits.maps:,}, is reached; {raised}"
        if limits.address_space is not None:
            return f"RLIMIT_AS, {limits.address_space:,} bytes, is reached; {_RAISE_SPACE}"
        return "there is no memory left; `/status` and the system's log say who has it"
    return None


def _maps(proc: Path) -> int:
    """Of this process. In small pieces: there may be no memory for large ones."""
    found = 0
    try:
        file = os.open(proc / "self" / "maps", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        while piece := os.read(file, _PIECE):
            found += piece.count(b"\n")
    finally:
        os.close(file)
    return found


def _number(path: Path) -> int | None:
    """What a file says; None where the system has no such limit."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _soft(which: int) -> int | None:
    soft, _ = resource.getrlimit(which)
    return None if soft == resource.RLIM_INFINITY else soft


def _rounded(needed: int) -> int:
    """A power of two that leaves the index room to grow by half."""
    return 1 << (needed * 3 // 2 - 1).bit_length()
