"""From where a request comes: from the other end of its connection, or from before a proxy.

A header that says so is believed of the proxies that the settings list, and of nobody else. A proxy
adds at the end of the header where its own caller is, so it is read from the end, up to the first
address that is no such proxy: anybody may have written what stands before.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from search_service.http.access import Network, is_in, parsed
from search_service.http.headers import Headers

UNKNOWN = ""
# That one request goes through. Whoever calls may write thousands, which would take a second of all
# others' time.
MOST_PROXIES = 50


class ForwardedHeader(StrEnum):
    """The header in which a proxy says who called it: one, as the other may be the caller's own."""

    X_FORWARDED_FOR = "X-Forwarded-For"
    FORWARDED = "Forwarded"


_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::\d{1,5})?")
_IPV4_WITH_PORT = re.compile(r"([\d.]+):\d{1,5}")


class Proxies:
    """Those that are believed."""

    def __init__(
        self,
        networks: Sequence[Network] = (),
        header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR,
    ) -> None:
        self._networks = tuple(networks)
        self._header = header

    def caller(self, peer: str, headers: Headers) -> str:
        """The address that a request comes from; empty: a trusted proxy says nothing readable.

        ``peer``: the other end of the connection, empty where it has no address.
        """
        if not self._networks or not self._is_trusted(peer):
            return peer
        caller = peer
        for proxies, entry in enumerate(self._from_the_end(headers)):
            found = parsed(entry)
            if found is None or proxies == MOST_PROXIES:
                return UNKNOWN
            caller = str(found)
            if not is_in(found, self._networks):
                return caller
        return caller

    def _is_trusted(self, address: str) -> bool:
        found = parsed(address)
        return found is not None and is_in(found, self._networks)

    def _from_the_end(self, headers: Headers) -> Iterator[str]:
        whole = ",".join(headers.all(self._header.lower()))
        # Taken one after the other: a caller decides how long the header is.
        while whole:
            whole, _, element = whole.rpartition(",")
            match self._header:
                case ForwardedHeader.X_FORWARDED_FOR:
                    yield _without_port(element.strip())
                case ForwardedHeader.FORWARDED:
                    yield _without_port(_for_of(element))


def _for_of(element: str) -> str:
    """Of ``for=192.0.2.1;proto=https``; empty when it says none, or several."""
    found = [
        value.strip()
        for name, _, value in (part.partition("=") for part in element.split(";"))
        if name.strip().lower() == "for"
    ]
    return found[0].strip('"') if len(found) == 1 else ""


def _without_port(node: str) -> str:
    if bracketed := _BRACKETED.fullmatch(node):
        return bracketed[1]
    if with_port := _IPV4_WITH_PORT.fullmatch(node):
        return with_port[1]
    return node
