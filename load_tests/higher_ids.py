"""The columns of a segment with higher ids: one number in a file of them, and its checksum.

A column of integers begins with its codec, the lowest value (with 2⁶³ added), the greatest common
divisor, how far the highest is above the lowest, and the number of rows; what follows is counted
from the lowest. These are numbers of seven bits a byte, the last byte with its highest bit set, so
a lowest value of more than 2⁶³ takes ten bytes, whatever it is. Not here: terms and stored
documents, which keep the ids that they have.
"""

import json
import struct
import zlib
from dataclasses import dataclass

_LINEAR = 1  # the codec whose values are not counted from the lowest
_SIGN = 1 << 63
_TAIL = struct.Struct("<II")  # length of the footer, a magic number


class NoColumnOfIds(Exception):
    """The column was not found once, or not in a form that can be changed."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a segment: the lowest, the highest, and how many documents there are."""

    low: int
    high: int
    documents: int


def with_higher_ids(columns: bytes, ids: Ids, by: int) -> bytes:
    """The content of a ``.fast`` file, each id of it higher ``by`` so much. Raises NoColumnOfIds.

    The ids must not be negative, nor all have a common divisor.
    """
    length, magic = _TAIL.unpack(columns[-_TAIL.size :])
    end = len(columns) - _TAIL.size - length
    changed = bytearray(columns[:end])
    lowest = _number(ids.low + _SIGN)
    head = lowest + b"".join(map(_number, (1, ids.high - ids.low, ids.documents)))
    place = changed.find(head)
    if place < 1 or changed.find(head, place + 1) >= 0:
        raise NoColumnOfIds(f"there is no column of ids from {ids.low} to {ids.high}, or several")
    if changed[place - 1] == _LINEAR:
        raise NoColumnOfIds("the column of ids is held as a line")
    changed[place : place + len(lowest)] = _number(ids.low + by + _SIGN)
    footer = {**json.loads(columns[end : -_TAIL.size]), "crc": zlib.crc32(changed)}
    written = json.dumps(footer, separators=(",", ":")).encode()
    return bytes(changed) + written + _TAIL.pack(len(written), magic)


def _number(value: int) -> bytes:
    written = bytearray()
    while value >= 128:
        written.append(value & 127)
        value >>= 7
    written.append(value | 128)
    return bytes(written)
