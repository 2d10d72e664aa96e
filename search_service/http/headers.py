"""The headers of a request, as they came, and those of an answer."""

from collections.abc import Iterable
from http import HTTPStatus

from search_service.workers.answers import Answer

Pair = tuple[bytes, bytes]
Pairs = tuple[Pair, ...]

# Answers tell what somebody may see: they are for whoever asked, unless a handler says otherwise.
_CACHE_CONTROL = b"cache-control"
_NOT_KEPT = (_CACHE_CONTROL, b"no-store")


class Headers:
    """Names in lower case to values; a name may come several times."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[bytes, list[bytes]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._values

    def all(self, name: str) -> list[str]:
        """All values of a name, in their order."""
        return [value.decode("latin-1") for value in self._values.get(name.encode(), ())]

    def one(self, name: str) -> str:
        """The only value of a name; empty when there is none, or several: nobody can say which."""
        found = self._values.get(name.encode(), ())
        return found[0].decode("latin-1").strip() if len(found) == 1 else ""


def headers_of(answer: Answer) -> list[Pair]:
    """What an answer says of itself: its length, its type, and what it brings along."""
    if answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return list(answer.headers)  # has no length, by RFC 9110
    headers = [(b"content-length", str(len(answer.body)).encode()), *answer.headers]
    if answer.body:
        headers.append((b"content-type", answer.content_type))
    return headers


def completed(headers: Iterable[Pair], added: Pairs) -> list[Pair]:
    """The headers of an answer with those that all have; ``added``: what browsers are told."""
    found = [*headers, *added]
    if not any(name == _CACHE_CONTROL for name, _ in found):
        found.append(_NOT_KEPT)
    return found
