"""Who may call: what is asked of a request before anything of it is done.

In turn: from where it comes (``proxies``), by which name and of which page (``origins``), whether
its address or its token is enough (``access``). Probes are asked nothing.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from search_service.http.access import CHALLENGE, Access, AccessGroup
from search_service.http.headers import Headers, Pairs
from search_service.http.origins import Origins
from search_service.http.proxies import Proxies
from search_service.request_context import RequestContext, request_context


class Guard:
    """Of one service."""

    def __init__(
        self, access: Access, proxies: Proxies, origins: Origins, *, begins_traces: bool = False
    ) -> None:
        """``begins_traces``: a request without a trace begins one."""
        self._access = access
        self._proxies = proxies
        self._origins = origins
        self._begins_traces = begins_traces

    def check_of(self, scope: MutableMapping[str, Any]) -> "RequestCheck":
        """The check of a request, made of its head; nothing is refused yet."""
        headers = Headers(scope["headers"])
        client = scope["client"]
        address = self._proxies.caller(client[0] if client else "", headers)
        context = request_context(
            headers.one("x-request-id"),
            headers.one("traceparent"),
            begins_traces=self._begins_traces,
        )
        return RequestCheck(address, self._access, self._origins, scope["method"], headers, context)


@dataclass(frozen=True, slots=True)
class RequestCheck:
    """The check of one request. ``address``: from where it comes; empty where that is unknown."""

    address: str
    _access: Access
    _origins: Origins
    _method: str
    _headers: Headers
    context: RequestContext

    def preflight(self) -> Pairs | None:
        """What a browser is told that asks before it calls; None: it calls.

        Raises OriginRefused.
        """
        return self._origins.preflight(self._method, self._headers)

    def authorize(self, group: AccessGroup | None) -> None:
        """Whether an operation of the group may be called; None: of those for everybody.

        Raises HostRefused, OriginRefused, AddressRefused, TokenMissing, TokenUnknown,
        TokenOfOtherKind.
        """
        if group is None:
            return
        self._origins.check(self._method, self.address, self._headers)
        self._access.check(group, self.address, self._headers.one("authorization"))

    def challenge(self) -> Pairs:
        """What has a browser ask its user for a token, where one may help."""
        if not self._access.knows_tokens:
            return ()
        return ((b"www-authenticate", CHALLENGE.encode()),)

    def headers_of_answer(self) -> Pairs:
        """What a browser has to be told with the answer, whatever that says."""
        own = (b"x-request-id", self.context.request_id.encode())
        return (*_ALWAYS, own, *self._origins.of_answer(self._headers))


# No answer is taken for a page or a script, whatever a document says.
_ALWAYS: Pairs = ((b"x-content-type-options", b"nosniff"),)
