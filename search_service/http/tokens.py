"""Tokens of callers, from files: which kinds of requests each is good for.

A file holds one token a line, so that an old and a new one are good at a time. In memory there are
digests only. Not here: when a token is needed, see ``access``; when files are
read again, see ``renewal``.
"""

import hashlib
import hmac
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from search_service.errors import EndsCommand
from search_service.files import OTHERS, Unreadable, named, secret_in
from search_service.http.renewal import stamp_of

log = logging.getLogger(__name__)

SHORTEST = 20  # characters: whoever guesses must not be lucky within the life of a token
LONGEST = 1_000
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # as RFC 6750 has it
_COMMENT = "#"


class TokenKind(StrEnum):
    """What a token is good for."""

    READ = "read"
    CHANGE = "change"
    OPERATE = "operate"


_SETTINGS = {
    TokenKind.READ: "read_token_files",
    TokenKind.CHANGE: "change_token_files",
    TokenKind.OPERATE: "operator_token_files",
}


class TokenRefused(EndsCommand):
    """A line of a file that is no token. Its sentence never holds any of it."""

    def __init__(self, path: Path, line: int, setting: str) -> None:
        super().__init__(
            f"{named(path, setting)}, line {line}, is no token: that is {SHORTEST} to {LONGEST:,} "
            "letters, digits and signs of `._~+/-`, alone on its line, as `openssl rand -hex 32` "
            "makes one"
        )


class Tokens:
    """Those of some files, or of all files in some directories."""

    what = "tokens"

    def __init__(self, files: Mapping[TokenKind, Sequence[Path]]) -> None:
        """Raises Unreadable, TokenRefused; also for a file that is missing."""
        self._files = files
        for kind, path in self._named():
            if not path.exists():
                raise Unreadable(path, "there is no such file", _SETTINGS[kind])
        self.last_stamp = self.stamp()
        self._kinds = self._read()

    def __bool__(self) -> bool:
        """Whether there may be any."""
        return any(self._files.values())

    def kinds(self, token: str) -> frozenset[TokenKind]:
        """What a token is good for; nothing if it is none of ours."""
        found: frozenset[TokenKind] = frozenset()
        asked = _digest(token)
        # All are compared, and each whole: how long it takes tells nothing.
        for digest, kinds in self._kinds.items():
            if hmac.compare_digest(digest, asked):
                found = kinds
        return found

    def stamp(self) -> object:
        """Another one when a file has changed."""
        return stamp_of(
            file for _, path in self._named() for file in (path, *_files_as_far_as_listed(path))
        )

    def renew(self) -> None:
        """Read the files again: a file that is gone has no tokens.

        Raises Unreadable, TokenRefused; then the tokens are as they were.
        """
        self.last_stamp = self.stamp()
        self._kinds = self._read()

    def _named(self) -> Iterator[tuple[TokenKind, Path]]:
        for kind, paths in self._files.items():
            for path in paths:
                yield kind, path

    def _read(self) -> Mapping[bytes, frozenset[TokenKind]]:
        found: dict[bytes, frozenset[TokenKind]] = {}
        for kind, path in self._named():
            for file in _files_in(path, kind):
                for digest in _digests_in(file, kind):
                    found[digest] = found.get(digest, frozenset()) | {kind}
        return found


def _files_in(path: Path, kind: TokenKind) -> Sequence[Path]:
    """A file, or those of a directory; what begins with a dot belongs to whoever lays it there."""
    if path.is_dir():
        try:
            return _listed(path)
        except OSError as error:
            raise Unreadable(path, error.strerror, _SETTINGS[kind]) from None
    if not path.exists():
        log.warning("a file of tokens is gone", extra={"file": str(path)})
        return ()
    return (path,)


def _files_as_far_as_listed(path: Path) -> Sequence[Path]:
    """Those of a directory; none of what is none, or cannot be listed."""
    try:
        return _listed(path)
    except OSError:
        return ()


def _listed(directory: Path) -> Sequence[Path]:
    names = sorted(os.listdir(directory))
    return [directory / name for name in names if not name.startswith(".")]


def _digests_in(path: Path, kind: TokenKind) -> Iterator[bytes]:
    lines = secret_in(path, _SETTINGS[kind]).splitlines()
    if path.stat().st_mode & OTHERS:
        log.warning("a file of tokens can be read by other users", extra={"file": str(path)})
    for number, line in enumerate(lines, start=1):
        token = line.strip()
        if not token or token.startswith(_COMMENT):
            continue
        if not SHORTEST <= len(token) <= LONGEST or not _TOKEN.fullmatch(token):
            raise TokenRefused(path, number, _SETTINGS[kind])
        yield _digest(token)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()
