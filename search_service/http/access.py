"""Who may call what: by the address that a call comes from, by a token, or by both.

Either is enough, unless a rule needs a token: then both are. The catalogue server sends no token,
so its address has to do. A browser sends a token as a password (HTTP Basic), as it can send it in
no other way by itself: that counts for what people look at alone, so that no page changes anything
by it. Not here: which address that is behind a proxy, see ``proxies``; whether a web page makes a
browser call, see ``origins``.
"""

import binascii
import ipaddress
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network

from search_service.errors import AddressRefused, TokenMissing, TokenOfOtherKind, TokenUnknown
from search_service.http.tokens import LONGEST, TokenKind, Tokens

Network = IPv4Network | IPv6Network

_BEARER, _BASIC = "bearer ", "basic "
CHALLENGE = 'Basic realm="icat-search: a token of operators as the password", charset="UTF-8"'
_UNKNOWN = "an unknown address"


class AccessGroup(StrEnum):
    """Operations that the same callers may call."""

    FRONT_ENDS = "front_ends"  # under `/v1`
    READ = "read"  # under `/icat.lucene`, without any effect
    CHANGE = "change"
    OPERATE = "operate"  # status, metrics, the description
    PAGE = "page"  # the pages that show documents and texts, of any user


_BY_BROWSERS = (AccessGroup.OPERATE, AccessGroup.PAGE)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call some operations. ``setting``: the one that lists the networks."""

    networks: Sequence[Network]
    setting: str
    token: TokenKind
    needs_token: bool = False


class Access:
    """Decides by rules."""

    def __init__(self, rules: Mapping[AccessGroup, Rule], tokens: Tokens) -> None:
        self._rules = rules
        self._tokens = tokens
        self._listed = lru_cache(4096)(self._is_listed)

    def check(self, group: AccessGroup, address: str, authorization: str) -> None:
        """Whether a caller may call an operation of the group; both empty where unknown.

        Raises AddressRefused, TokenMissing, TokenUnknown, TokenOfOtherKind.
        """
        rule = self._rules[group]
        is_listed = self._listed(group, address)
        if is_listed and not rule.needs_token:
            return
        token = _token(authorization, by_browser=group in _BY_BROWSERS)
        if not is_listed and (rule.needs_token or not token or not self._tokens):
            would_do = "" if rule.needs_token or not self._tokens else rule.token
            raise AddressRefused(address or _UNKNOWN, rule.setting, would_do)
        if not token:
            raise TokenMissing(rule.token)
        kinds = self._tokens.kinds(token)
        if not kinds:
            raise TokenUnknown
        if rule.token not in kinds:
            raise TokenOfOtherKind(rule.token)

    @property
    def knows_tokens(self) -> bool:
        """Whether any token may be good for something."""
        return bool(self._tokens)

    def _is_listed(self, group: AccessGroup, address: str) -> bool:
        caller = parsed(address)
        return caller is not None and is_in(caller, self._rules[group].networks)


@lru_cache(4096)  # reading one takes longer than all else that is asked of a caller
def parsed(address: str) -> ipaddress.IPv4Address | IPv6Address | None:
    """An address, if it is one; an IPv4 one where a socket that takes both says it as IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def is_in(address: ipaddress.IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    """Whether one of the networks has the address."""
    return any(address in network for network in networks)


def _token(authorization: str, *, by_browser: bool) -> str:
    """The token that a caller sent; empty: none. ``by_browser``: it may be a password."""
    if _scheme(authorization, _BEARER):
        return authorization[len(_BEARER) :].strip()[: LONGEST + 1]
    if by_browser and _scheme(authorization, _BASIC):
        try:
            both = b64decode(authorization[len(_BASIC) :].strip()[: 2 * LONGEST], validate=True)
        except (binascii.Error, ValueError):
            return ""
        return both.decode("utf-8", "replace").partition(":")[2][: LONGEST + 1]
    return ""


def _scheme(authorization: str, scheme: str) -> bool:
    return authorization[: len(scheme)].lower() == scheme
