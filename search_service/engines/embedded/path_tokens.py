"""Directories as short words: a file has one for each directory above it.

Whole directories as words took a third of the time that the engine needs for a datafile.
"""

from base64 import b64encode
from hashlib import blake2b

from analyzers import ancestors


def divided(path: str, separators: str) -> tuple[str, str]:
    """The directory of a path, without the separator that closes it, and what comes after it."""
    at = max(map(path.rfind, separators))
    return ("", path) if at < 0 else (path[:at], path[at + 1 :])


def directory_token(directory: str) -> str:
    """The word that stands for a directory, 12 characters."""
    content = blake2b(directory.encode("utf-8", "surrogatepass"), digest_size=9).digest()
    return b64encode(content).decode("ascii")


def tokens_above(directory: str, separators: str) -> list[str]:
    """The words of a directory and of those above it."""
    if not directory.strip(separators):
        return []
    return [directory_token(above) for above in ancestors(directory, separators)]
