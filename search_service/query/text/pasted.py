r"""What a pasted text is when it is one thing: a path, an extension or a DOI.

>>> path_in(r'"\\server\share$\run 4\a.raw"'), path_in("file:///data/a%20b/")
(Path(text='\\\\server\\share$\\run 4\\a.raw', is_sure=True), Path(text='/data/a b', is_sure=True))
>>> path_in("processing/fit/"), path_in("/data/run 4"), path_in("location:/data")
(Path(text='processing/fit', is_sure=False), Path(text='/data/run 4', is_sure=False), None)

Not here: what has wildcards or names a field, which is syntax.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

_SCHEME = re.compile(r"(?:file|smb|s?ftp|nfs|cifs)://|file:(?=/)", re.I)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "<": ">", "`": "`"}
_WILDCARD = re.compile(r"[*?\"]")
_SYNTAX = re.compile(r"[\[\]{}^]|\s(?:AND|OR|NOT)\s|(?:^|\s)[+-]")
_HOST = re.compile(r"(?:[\w.-]+@)?[\w-]+(?:\.[\w-]+)*:(?=/[^/])")
_LONE_QUOTES = ("'", "’", "”", "`")
_PUNCTUATION = re.compile(r"[,;]+$|(?<=\w)\.$")
_LONGEST = 4096  # characters of a path
_FIELD = re.compile(r"[A-Za-z][\w.]+:(?!//)")
# What has blanks and does not begin as a path does: prose seldom has a backslash, or two slashes.
_WITHIN = re.compile(r"[^\s\\]\\\w|[^\s/]/[^\s/][^/]*/[^\s/].*(?:\.\w{1,8}|/)$")
_EXTENSION = re.compile(r"(?:\*)?\.(?=[0-9]*[A-Za-z])([A-Za-z0-9]{1,8})")


@dataclass(frozen=True, slots=True)
class Path:
    """A path as it may be stored, without what it was wrapped in."""

    text: str
    is_sure: bool  # not also words with a slash between, or a path with words after it


def path_in(text: str, separators: str = "/\\") -> Path | None:
    """The path that a text is."""
    if len(text) > _LONGEST:
        return None
    text = text.strip()
    bare, is_quoted = _unquoted(_PUNCTUATION.sub("", text))
    found = _SCHEME.match(bare)
    if found is not None:
        bare = unquote(bare)
        host = bare[found.end() :]
        is_local = found.group().lower().startswith("file:") and host.startswith("/")
        bare = host if is_local else f"//{host}"
        if _DRIVE.match(bare[1:]):
            bare = bare[1:]
    remote = _HOST.match(bare)
    if remote is not None and ("@" in remote[0] or "." in remote[0]):
        bare = bare[remote.end() :]  # as scp and rsync write it
    begins = bare[:1] in separators or _DRIVE.match(bare) is not None
    # As a line of a script is marked: from the path's first letter to its end.
    is_cut = begins and not is_quoted and bare[-1:] in _LONE_QUOTES
    if is_cut:
        bare = bare.rstrip("".join(_LONE_QUOTES))
    if begins and "/" in bare:
        bare = bare.replace("\\ ", " ")
    if not any(sign in bare for sign in separators) or _WILDCARD.search(bare):
        return None
    if not begins and _SYNTAX.search(bare):
        return None
    if not begins and _FIELD.match(bare):
        return None
    if not begins and " " in bare and not is_quoted and not _WITHIN.search(bare):
        return None
    path = bare.rstrip(separators)
    if not path.strip(separators):
        return None
    # A blank before a separator is within a component; after the last one a word may stand.
    last = max(path.rfind(sign) for sign in separators)
    is_wrapped = is_quoted or found is not None
    is_sure = not is_cut and (is_wrapped or (begins and " " not in path[last:]))
    return Path(path, is_sure)


def extension_in(text: str) -> str | None:
    """The extension that a text is, folded.

    >>> extension_in(".EDF"), extension_in("*.h5"), extension_in(".5"), extension_in("a.edf")
    ('edf', 'h5', None, None)
    """
    found = _EXTENSION.fullmatch(text.strip())
    return found[1].lower() if found else None


def _unquoted(text: str) -> tuple[str, bool]:
    if len(text) > 2 and _QUOTES.get(text[0]) == text[-1]:
        inside = text[1:-1]
        if text[0] not in inside and text[-1] not in inside:
            return inside.strip(), True
    return text, False
