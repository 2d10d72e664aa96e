"""Which words a path is found by.

Both separators count: instruments write Windows paths. Spaces, dots, dashes and underscores belong to
a component. Nothing is looked up on a disk, and ``.`` and ``..`` are components like others.
"""

import re

from analyzers.chain import lower

SEPARATORS = "/\\"


def components(path: str, separators: str = SEPARATORS) -> list[str]:
    r"""The directories and the file name in order, lower case.

    >>> components("/dls/i22//Data/scan 1.NXS")
    ['dls', 'i22', 'data', 'scan 1.nxs']
    >>> components(r"\\server\share$\C:\run1")
    ['server', 'share$', 'c:', 'run1']
    """
    return [part for part in _split(lower(path), separators) if part]


def file_name_parts(path: str, separators: str = SEPARATORS) -> list[str]:
    """The file name split at its dots, lower case. A path that closes with a separator has none.

    >>> file_name_parts("/data/Detector_1.scan.NXS"), file_name_parts("notes.txt"), file_name_parts("/a/")
    (['detector_1', 'scan', 'nxs'], ['notes', 'txt'], [])
    """
    return [part for part in _split(lower(path), separators)[-1].split(".") if part]


def ancestors(path: str, separators: str = SEPARATORS) -> list[str]:
    r"""Every directory above the path from the top, then the path; case and separators as written.

    >>> ancestors("/data/a/b.nxs"), ancestors("data/a")
    (['/data', '/data/a', '/data/a/b.nxs'], ['data', 'data/a'])
    >>> print(*ancestors(r"\\server\share\a"), *ancestors(r"C:\data"))
    \\server \\server\share \\server\share\a C: C:\data
    """
    if not path:
        return []
    start = len(path) - len(path.lstrip(separators))
    above = [path[:at] for at, character in enumerate(path) if at > start and character in separators]
    return [*above, path]


def _split(path: str, separators: str) -> list[str]:
    if len(separators) == 1:
        return path.split(separators)
    if separators == SEPARATORS:
        return path.replace("\\", "/").split("/")
    return re.split(f"[{re.escape(separators)}]", path)
