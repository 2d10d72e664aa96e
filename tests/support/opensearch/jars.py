"""The jars of an OpenSearch node, by Maven, and the program that starts one from them.

It is compiled by a compiler that is itself a jar, so that a Java without one is enough.
"""

import hashlib
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.support.opensearch.java import ROOT, java
from tests.support.programs import program

HERE = Path(__file__).parent
MAIN = "OpenSearchNode"


class NoJars(Exception):
    """They cannot be had or not be compiled against, and why."""


@cache
def class_path() -> str:
    """Of the program ``MAIN`` and all it needs; made once, anew when its sources change."""
    sources = [HERE / "pom.xml", HERE / f"{MAIN}.java"]
    mark = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    place = ROOT / ".opensearch" / f"node-{mark}"
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix="new-", dir=place.parent))
        try:
            _make(making)
            making.rename(place)
        except OSError:
            if not place.exists():  # another process was first
                raise
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return f"{place}:{place}/lib/*"


def _make(place: Path) -> None:
    lib = place / "lib"
    _run(
        *(program("mvn"), "--quiet", "--batch-mode", "-Dstyle.color=never"),
        *("--file", str(HERE / "pom.xml"), "dependency:copy-dependencies"),
        *("-DincludeScope=runtime", f"-DoutputDirectory={lib}"),
    )
    _run(
        *(str(java()), "-cp", f"{lib}/*", "org.eclipse.jdt.internal.compiler.batch.Main"),
        *("-21", "-nowarn", "-proc:none", "-d", str(place)),
        *("-classpath", ":".join(map(str, lib.glob("*.jar"))), str(HERE / f"{MAIN}.java")),
    )


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoJars(f"{' '.join(command)[:300]} failed: {(done.stdout + done.stderr)[-2000:]}")
