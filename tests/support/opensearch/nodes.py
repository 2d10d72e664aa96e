"""Nodes of OpenSearch, each a process of its own on the loopback interface."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.databases import free_port
from tests.support.opensearch.jars import MAIN, class_path
from tests.support.opensearch.java import java

START_SECONDS = 300
_LOGGING = Path(__file__).parent / "log4j2.properties"
_JVM = (
    "-XX:+ExitOnOutOfMemoryError",
    f"-Dlog4j2.configurationFile={_LOGGING}",
    "-Dlog4j2.disable.jmx=true",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Dfile.encoding=UTF-8",
    "-Djava.awt.headless=true",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
)
# A start takes half the time of a processor (11 s, not 21), and what follows is not fast.
_QUICK_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_FAST = ("-XX:+UseG1GC",)
_SETTINGS = (
    "cluster.name=icat-search",
    "network.host=127.0.0.1",
    "node.processors=2",
    # A disk of a machine for tests may be nearly full; indices are many and tiny.
    "cluster.routing.allocation.disk.threshold_enabled=false",
    "cluster.max_shards_per_node=10000",
)


class NoNode(Exception):
    """A node that does not start, and why."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a node listens: for clients, and for other nodes."""

    http: int
    transport: int


class Nodes:
    """The nodes of one cluster, named node-1 and so on, in a directory; none runs at first."""

    def __init__(
        self, directory: Path, ports: Sequence[Ports], *, heap: str = "512m", tied: bool = True
    ) -> None:
        """``tied``: they are for tests, start quickly, and end with this process."""
        self.directory = directory
        self.ports = {f"node-{place}": one for place, one in enumerate(ports, 1)}
        self._heap = heap
        self._tied = tied
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @classmethod
    def new(cls, directory: Path, count: int, *, heap: str = "512m") -> "Nodes":
        """With ports that nobody uses."""
        ports = [Ports(free_port(), free_port()) for _ in range(count)]
        return cls(directory, ports, heap=heap)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of all nodes, those that do not run as well."""
        return tuple(f"http://127.0.0.1:{ports.http}" for ports in self.ports.values())

    def address(self, name: str) -> str:
        """Of one node."""
        return f"http://127.0.0.1:{self.ports[name].http}"

    def start(self, *names: str) -> None:
        """Start these nodes, or all, with what they kept; wait until they are one cluster."""
        for name in names or self.ports:
            self.processes[name] = self._started(name)
        self.wait_until_joined()

    def wait_until_joined(self) -> None:
        """Until all that were started form a cluster. Raises NoNode."""
        end = time.monotonic() + START_SECONDS
        name = next(iter(self.processes))
        while not self._has_joined(name, len(self.processes)):
            for one, process in self.processes.items():
                if process.poll() is not None:
                    raise NoNode(f"{one} ended:\n{self._log(one)}")
            if time.monotonic() > end:
                raise NoNode(f"no cluster after {START_SECONDS} seconds:\n{self._log(name)}")
            time.sleep(0.1)

    def kill(self, *names: str) -> None:
        """End these nodes, or all, as a machine does that loses its power."""
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            process.kill()
            process.wait(START_SECONDS)

    def pause(self, name: str) -> None:
        """Let a node not answer, with its connections open."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on."""
        self.processes[name].send_signal(signal.SIGCONT)

    def manager(self) -> str:
        """The name of the node that manages the cluster."""
        answer = httpx.get(f"{self._any}/_cat/cluster_manager?h=node", timeout=60)
        return answer.raise_for_status().text.strip()

    def wait_until(self, status: str) -> None:
        """Until the health of the cluster is green, or yellow."""
        waiting = {"wait_for_status": status, "timeout": "120s"}
        path = f"{self._any}/_cluster/health"
        httpx.get(path, params=waiting, timeout=150).raise_for_status()

    def remove(self) -> None:
        """End all, and remove what they kept."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _any(self) -> str:
        return self.address(next(iter(self.processes)))

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        home = self.directory / name
        home.mkdir(parents=True, exist_ok=True)
        seeds = ",".join(f"127.0.0.1:{ports.transport}" for ports in self.ports.values())
        of_several = [
            f"discovery.seed_hosts={seeds}",
            f"cluster.initial_cluster_manager_nodes={','.join(self.ports)}",
        ]
        arguments = [
            *(str(java()), f"-Xms{self._heap}", f"-Xmx{self._heap}", *_JVM),
            *(_QUICK_START if self._tied else _FAST),
            *("-cp", class_path(), MAIN, str(home), name, *_SETTINGS),
            f"http.port={self.ports[name].http}",
            f"transport.port={self.ports[name].transport}",
            *(of_several if len(self.ports) > 1 else ["discovery.type=single-node"]),
        ]
        if self._tied and shutil.which("setpriv"):
            # A test run that is killed takes its nodes with it.
            arguments = ["setpriv", "--pdeathsig", "KILL", *arguments]
        with self._log_file(name).open("ab") as out:
            return subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=home,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
                start_new_session=not self._tied,
            )

    def _has_joined(self, name: str, count: int) -> bool:
        waiting = {"wait_for_nodes": str(count), "timeout": "1s"}
        try:
            answer = httpx.get(f"{self.address(name)}/_cluster/health", params=waiting, timeout=30)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK and not answer.json()["timed_out"]

    def _log_file(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def _log(self, name: str) -> str:
        return self._log_file(name).read_text()[-3000:]
