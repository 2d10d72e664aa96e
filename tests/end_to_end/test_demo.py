"""``icat-search demo``: loads and shows the example once, ends on Ctrl-C, starts again at once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import descendants, is_alive, wait_for

pytestmark = pytest.mark.slow


def run_until_ctrl_c(data: Path) -> str:
    """Its output; Ctrl-C goes to it and all of its processes, as from a terminal."""
    command = [sys.executable, "-m", "search_service", "demo", "--data", str(data), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        shown = ""
        try:
            for line in process.stdout:
                shown += line
                if "Ctrl-C" in line:
                    break
            processes = descendants(process.pid)
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(20) == 0
            wait_for(lambda: not any(map(is_alive, processes)), "the end of every process")
        finally:
            process.kill()
    return shown


def test_a_second_run_shows_the_same_without_indexing_again(tmp_path: Path) -> None:
    first = run_until_ctrl_c(tmp_path / "demo")
    assert "serving at http://127.0.0.1:" in first
    assert first.count("curl -s -X POST") == 5
    assert "no hits" not in first
    assert "indexing the example catalogue" in first
    second = run_until_ctrl_c(tmp_path / "demo")
    assert "index" not in second.partition("serving at")[0]
    assert hits(second) == hits(first)


def hits(shown: str) -> list[str]:
    """The lines of what was found."""
    return [line for line in shown.splitlines() if line.startswith("   > ")]
