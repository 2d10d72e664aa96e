"""``scripts/opensearch``: starts a cluster on this machine by hand, kills a node of it, ends it."""

import argparse
import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

from tests.support.opensearch.nodes import START_SECONDS, Nodes, Ports

DIRECTORY = Path(tempfile.gettempdir()) / f"icat-search-opensearch-{os.getuid()}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="scripts/opensearch", description=__doc__)
    parser.add_argument("--data", type=Path, default=DIRECTORY, help="directory of the nodes")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start nodes, and print their addresses")
    start.add_argument("--nodes", type=int, choices=(1, 3), default=1)
    start.add_argument("--port", type=int, default=9200, help="of the first node")
    start.add_argument("--heap", default="1g", help="of each node")
    start.add_argument("--keep", action="store_true", help="go on with what the nodes kept")
    kill = commands.add_parser("kill", help="kill a node, which `start --keep` starts again")
    kill.add_argument("node", help="node-1, node-2, node-3")
    commands.add_parser("stop", help="end all nodes; what they hold stays for `start --keep`")
    given = parser.parse_args()
    running = _running(given.data)
    match given.command:
        case "start":
            _start(given, running)
        case "kill":
            _end({given.node: running[given.node]}, signal.SIGKILL)
            _note(given.data, {name: pid for name, pid in running.items() if name != given.node})
        case _:
            _end(running, signal.SIGTERM)
            _note(given.data, {})


def _start(given: argparse.Namespace, running: dict[str, int]) -> None:
    """Start those that do not run."""
    if running and not given.keep:
        raise SystemExit(f"nodes run already, in {given.data}: end them by `stop`")
    if not given.keep:
        shutil.rmtree(given.data, ignore_errors=True)
    given.data.mkdir(parents=True, exist_ok=True)
    places = range(given.port, given.port + given.nodes)
    ports = [Ports(port, port + 100) for port in places]
    nodes = Nodes(given.data, ports, heap=given.heap, tied=False)
    nodes.start(*(name for name in nodes.ports if name not in running))
    started = {name: process.pid for name, process in nodes.processes.items()}
    _note(given.data, running | started)
    print("\n".join(nodes.addresses))


def _running(data: Path) -> dict[str, int]:
    """Nodes that were started and still run, with their processes."""
    file = data / "processes"
    noted: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    return {name: pid for name, pid in noted.items() if _is_node(pid, data)}


def _is_node(pid: int, data: Path) -> bool:
    """Whether a process is still the node that was started, and not another with its number."""
    try:
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _note(data: Path, processes: dict[str, int]) -> None:
    if data.exists():
        (data / "processes").write_text(json.dumps(processes))


def _end(processes: dict[str, int], by: signal.Signals) -> None:
    for pid in processes.values():
        os.kill(pid, by)
    end = time.monotonic() + START_SECONDS
    while any(Path(f"/proc/{pid}").exists() for pid in processes.values()):
        if time.monotonic() > end:
            raise SystemExit("a node does not end")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
