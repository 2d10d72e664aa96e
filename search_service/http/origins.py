"""Whether a web page makes a browser call, and which pages may.

The service believes addresses, and a browser calls from the address of its user: so a page of
anybody could have it clear the index. Browsers say which page a request is of (`Origin`, and
`Sec-Fetch-Site`). By a name of its own that leads to an address here (DNS rebinding) a page would
come as one of this service: so names that nobody else can own are told from others (`Host`).
"""

import ipaddress
import re
import socket
from collections.abc import Collection, Iterable
from pathlib import Path

from search_service.errors import HostRefused, OriginRefused
from search_service.http.access import parsed
from search_service.http.headers import Headers, Pairs

ANY = "*"
HOSTS = Path("/etc/hosts")
METHODS = "GET, POST"
_HEADERS = "Authorization, Content-Type, If-None-Match"
_EXPOSED = "ETag, Retry-After"
_PREFLIGHT_SECONDS = "600"
_CROSS = ("cross-site", "same-site")
# What nobody can register: of a machine, of a local network, of a cluster of containers.
_RESERVED = (".localhost", ".local", ".internal", ".svc", ".test", ".home.arpa")
_NAME = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?")


class Origins:
    """Pages that may call, and names that this service has."""

    def __init__(
        self,
        origins: Collection[str] = (),
        hosts: Collection[str] = (),
        own_names: Collection[str] = (),
    ) -> None:
        """``origins``, ``hosts``: as the settings have them. ``own_names``: of this machine."""
        self._origins = frozenset(origins)
        self._any_host = ANY in hosts
        self._only_these = bool(hosts)
        self._hosts = frozenset(hosts) | frozenset(own_names)

    def check(self, method: str, address: str, headers: Headers) -> None:
        """Whether a request may come by this name, and of this page.

        ``address``: from where it comes. Raises HostRefused, OriginRefused.
        """
        host = _host(headers)
        is_own = self._any_host or self._is_own(host)
        if not is_own and (self._only_these or _is_loopback(address)):
            raise HostRefused(", ".join(headers.all("host")))
        if "origin" in headers:
            origin = headers.one("origin").lower()
            is_ours = bool(host) and is_own and _netloc(origin) == headers.one("host").lower()
            if not is_ours and origin not in self._origins:
                raise OriginRefused(origin)
            return
        if headers.one("sec-fetch-site") in _CROSS and not _opens_a_page(method, headers):
            raise OriginRefused("another site")

    def preflight(self, method: str, headers: Headers) -> Pairs | None:
        """The headers of the answer to a browser that asks before it calls; None: it calls.

        Raises OriginRefused.
        """
        asks = method == "OPTIONS" and "access-control-request-method" in headers
        if not asks or "origin" not in headers:
            return None
        origin = headers.one("origin").lower()
        if origin not in self._origins:
            raise OriginRefused(origin)
        found: Pairs = (
            (b"access-control-allow-methods", METHODS.encode()),
            (b"access-control-allow-headers", _HEADERS.encode()),
            (b"access-control-max-age", _PREFLIGHT_SECONDS.encode()),
        )
        if "access-control-request-private-network" in headers:
            found = (*found, (b"access-control-allow-private-network", b"true"))
        return found

    def of_answer(self, headers: Headers) -> Pairs:
        """The headers by which a browser gives the answer to the page that asked."""
        if not self._origins:
            return ()
        vary = (b"vary", b"origin")
        origin = headers.one("origin")
        if origin.lower() not in self._origins:
            return (vary,)
        return (
            vary,
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", _EXPOSED.encode()),
        )

    def _is_own(self, host: str | None) -> bool:
        if host is None:
            return False
        if not host or host in self._hosts or host.endswith(_RESERVED):
            return True
        return "." not in host or parsed(host.strip("[]")) is not None


def own_names(hosts: Path = HOSTS) -> Collection[str]:
    """Names of this machine: its own, and those that it gives to its loopback addresses.

    By others it is called over an interface, also from itself, and not from a loopback address.
    """
    found = {socket.gethostname().lower()}
    try:
        lines = hosts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return found
    for line in lines:
        address, *names = line.partition("#")[0].split() or [""]
        if _is_loopback(address):
            found |= {name.lower() for name in names}
    return found


def _host(headers: Headers) -> str | None:
    """The name by which the service is called; empty: without one. None: nobody can say."""
    given: Iterable[str] = headers.all("host")
    if not given:
        return ""
    found = _NAME.fullmatch(headers.one("host").lower())
    return None if found is None else found[1].removesuffix(".")


def _netloc(origin: str) -> str:
    scheme, _, found = origin.partition("://")
    return found if scheme in ("http", "https") else ""


def _is_loopback(address: str) -> bool:
    found = parsed(address)
    return isinstance(found, ipaddress.IPv4Address | ipaddress.IPv6Address) and found.is_loopback


def _opens_a_page(method: str, headers: Headers) -> bool:
    """Somebody follows a link: the page that has it cannot read what comes."""
    return (
        method in ("GET", "HEAD")
        and headers.one("sec-fetch-mode") == "navigate"
        and headers.one("sec-fetch-dest") == "document"
    )
