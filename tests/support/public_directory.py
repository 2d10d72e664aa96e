"""A directory that every user of the machine reaches."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def public_directory() -> Iterator[Path]:
    """It is gone at the end.

    Not one of pytest's: each run of it takes theirs away from others, those of other runs too.
    """
    with TemporaryDirectory(prefix="icat-search-") as path:
        Path(path).chmod(0o755)
        yield Path(path)
