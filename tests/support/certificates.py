"""Certificates that sign themselves, for services and callers on this machine."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certified:
    """A certificate and its key."""

    certificate: Path
    key: Path


def certified(directory: Path, name: str) -> Certified:
    """A new one in two files, for 127.0.0.1 and localhost; replaces one of the same name."""
    found = Certified(directory / f"{name}.crt", directory / f"{name}.key")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    files = ["-keyout", str(found.key), "-out", str(found.certificate)]
    subprocess.run(
        ["openssl", "req", "-x509", *curve, *names, *files], check=True, capture_output=True
    )
    found.key.chmod(0o600)
    return found
