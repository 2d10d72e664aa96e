"""The services that are measured: one of our own started for the occasion, or any at an address.

Processor time comes from /proc, so only for services on this machine.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from load_tests.clusters import OwnIndex, own_index
from load_tests.footprint import below
from tests.support.serving import serving

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Service:
    """A service to measure: where it is, and what is known of it on this machine."""

    label: str
    url: str
    pid: int | None = None
    data: Path | None = None
    cluster: OwnIndex | None = None

    def processor_seconds(self) -> float | None:
        """Processor time of its processes so far, those that ended included, and of its cluster."""
        if not self.pid:
            return None
        nodes = 0.0 if self.cluster is None else self.cluster.processor_seconds()
        return processor_seconds(self.pid) + nodes

    def bytes_on_disk(self) -> int | None:
        """What its data directory holds, or its index in a cluster without copies."""
        if self.cluster is not None:
            return self.cluster.bytes_on_disk()
        if self.data is None:
            return None
        states = [path.stat() for path in self.data.rglob("*") if path.is_file()]
        # A file has links in the slices of readers, and in the generation before.
        return sum({state.st_ino: state.st_size for state in states}.values())


@contextmanager
def services(
    urls: list[str], data: Path | None, cluster: str | None = None
) -> Iterator[list[Service]]:
    """The services at these addresses; without any, one of our own in a directory of its own.

    ``cluster``: the address of an OpenSearch node, for another one that has its index there.
    """
    if urls:
        known = data if len(urls) == 1 else None
        yield [
            Service(label, url.rstrip("/"), listening(url), known)
            for label, url in zip("AB", urls, strict=False)
        ]
        return
    with ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory(prefix="icat-search-bench-"))
        found = [stack.enter_context(started(data or Path(temporary) / "A"))]
        if cluster is not None:
            index = stack.enter_context(own_index(cluster))
            found.append(stack.enter_context(started(Path(temporary) / "B", index)))
        yield found


@contextmanager
def started(
    data: Path,
    cluster: OwnIndex | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[Service]:
    """Our own service on a free port, until the block ends; its journal is synced, as usual.

    ``settings``: others that it gets; ``log``: the file that its log is kept in.
    """
    given = {"journal_sync": "true"} if cluster is None else dict(cluster.settings)
    with (
        tempfile.TemporaryDirectory(prefix="icat-search-log-") as directory,
        serving(
            data, given | dict(settings or {}), log_file=log or Path(directory) / "log"
        ) as served,
    ):
        label = "A" if cluster is None else "B, OpenSearch,"
        yield Service(label, served.url, served.process.pid, data, cluster)
        served.stop()


def processor_seconds(root: int) -> float:
    """Processor time of a process and all below it, so far, with those that ended."""
    return sum(sum(_ticks(pid)) for pid in below(root)) / TICKS


def own_processor_seconds(pid: int) -> float:
    """Processor time of a process alone, so far; nothing when it is gone."""
    return sum(_ticks(pid)[:2]) / TICKS


def _ticks(pid: int) -> list[int]:
    """Of a process in user and system mode, and the same of those that it has waited for."""
    try:
        # The command's name, in brackets, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [int(field) for field in fields[11:15]]


def listening(url: str) -> int | None:
    """The process that listens at an address of this machine, if it can be known."""
    parts = urlsplit(url)
    if parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return None
    wanted = f":{parts.port or 80:04X}"
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        fields = [line.split() for line in lines]
        sockets |= {f"socket:[{f[9]}]" for f in fields if f[1].endswith(wanted) and f[3] == "0A"}
    holders = [pid for pid in _processes() if sockets & set(_open_files(pid))]
    # Children inherit the socket; the first of them is the service itself.
    return min(holders, default=None)


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _open_files(pid: int) -> Iterator[str]:
    try:
        for path in Path(f"/proc/{pid}/fd").iterdir():
            yield str(path.readlink())
    except OSError:
        return
