"""Each operation answers as `/openapi.json` says, to what it describes and to what it does not.

By schemathesis, in a process of its own. How it tries: `schemathesis.toml`.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.amounts import TIMES, times
from tests.support.calling import Caller
from tests.support.rights import Facility
from tests.support.serving import serving

pytestmark = pytest.mark.slow

SECONDS = 240 * TIMES
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 8
"""Of an operation, beside some hundred that cover its schema."""


def test_operations_answer_as_they_are_described(tmp_path: Path) -> None:
    documents = Facility(1).documents
    with serving(tmp_path / "data", {"workers": 1}) as service:
        caller = Caller(service.url)
        caller.put(documents)
        run = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG)),
                *("run", f"{service.url}/openapi.json", "--no-color", "--seed", "1"),
                *("--max-examples", str(times(EXAMPLES)), "--continue-on-failure"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert caller.ask("/health/ready", method="GET").status == 200
        assert service.stop() == 0
        assert service.defects() == []
