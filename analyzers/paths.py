"""Which words a path is found by.

Both separators count: instruments write Windows paths. Spaces, dots, dashes and underscores belong
to a component. Nothing is looked up on a disk, and ``.`` and ``..`` are components like others.
"""

import re
from functools import cache

from analyzers.chain import lower

SEPARATORS = "/\\"


def components(path: str, separators: str = SEPARATORS) -> list[str]:
    r"""The directories and the file name in order, lower case.

    Doubled separators and those at either end make no components.

    >>> components("/dls/i22//Data/scan 1.NXS")
    ['dls', 'i22', 'data', 'scan 1.nxs']
    >>> components(r"\\server\share$\run1"), components(r"C:\data/run1")
    (['server', 'share$', 'run1'], ['c:', 'data', 'run1'])
    """
    parts = lower(path)
    for other in separators[1:]:
        parts = parts.replace(other, separators[0])
    return [part for part in parts.split(separators[0]) if part]


def file_name_parts(path: str, separators: str = SEPARATORS) -> list[str]:
    """The file name split at its dots, lower case. A path that closes with a separator has none.

    >>> file_name_parts("/data/Detector_1.scan.NXS"), file_name_parts("notes.txt")
    (['detector_1', 'scan', 'nxs'], ['notes', 'txt'])
    >>> file_name_parts("/data/run1/")
    []
    """
    start = 1 + max(map(path.rfind, separators))
    return [part for part in lower(path[start:]).split(".") if part]


def ancestors(path: str, separators: str = SEPARATORS) -> list[str]:
    r"""Every directory above the path from the top, then the path; case and separators as written.

    >>> ancestors("/data/a/b.nxs"), ancestors("data/a")
    (['/data', '/data/a', '/data/a/b.nxs'], ['data', 'data/a'])
    >>> print(*ancestors(r"\\server\share\a"), *ancestors(r"C:\data"))
    \\server \\server\share \\server\share\a C: C:\data
    """
    return [path[:end] for end in ancestor_ends(path, separators)]


def ancestor_ends(path: str, separators: str = SEPARATORS) -> list[int]:
    """Where the ``ancestors`` of a path end in it: written out they are as long as its square.

    >>> ancestor_ends("/data/a/b.nxs"), ancestor_ends("")
    ([5, 7, 13], [])
    """
    if not path:
        return []
    top = len(path) - len(path.lstrip(separators))
    return [*(found.start() for found in _any_of(separators).finditer(path, top)), len(path)]


@cache
def _any_of(separators: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(separators)}]")
