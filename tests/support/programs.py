"""Programs that tests need beside Python: servers of databases, a compiler of Java, Maven.

As root, packages that are missing are installed.
"""

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = {
    "mariadbd": "mariadb-server",
    "postgres": "postgresql",
    "javac": "default-jdk-headless",
    "mvn": "maven",
    "faketime": "faketime",
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "npm": "npm",
}
PLACES = (*os.environ.get("PATH", "").split(":"), "/usr/sbin", "/usr/lib/postgresql/*/bin")


class NoProgram(Exception):
    """A program that cannot be had here, and why."""


def program(name: str) -> str:
    """Its path. Raises NoProgram."""
    found = _found(name)
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        _install(PACKAGES.get(name, ""))
        found = _found(name)
    if found is None:
        package = PACKAGES.get(name, "the package that has it")
        raise NoProgram(f"{name} is not installed; on Debian: apt-get install {package}")
    return found


def _found(name: str) -> str | None:
    for place in PLACES:
        root, *rest = Path(place).parts or ("/",)
        for directory in sorted(Path(root).glob("/".join(rest) or "."), reverse=True):
            if (directory / name).is_file():
                return str((directory / name).resolve())
    return None


def _install(package: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", package]):
        done = subprocess.run(
            ["apt-get", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NoProgram(f"apt-get {' '.join(arguments)} failed: {done.stderr[-1000:]}")
