"""What is asked of a request before anything of it is done, and in which order."""

import ipaddress
from collections.abc import Mapping
from typing import Any

import pytest

from search_service.errors import AddressRefused, OriginRefused, ServiceError
from search_service.http.access import Access, AccessGroup, Rule
from search_service.http.guard import Guard, RequestCheck
from search_service.http.origins import Origins
from search_service.http.proxies import Proxies
from search_service.http.tokens import TokenKind, Tokens

LISTED, STRANGER, PROXY = "10.0.0.1", "192.0.2.1", "10.9.9.9"
PAGE = "https://portal.example.org"
GUARD = Guard(
    Access(
        {
            group: Rule([ipaddress.ip_network("10.0.0.0/8")], "allowed_addresses", TokenKind.READ)
            for group in AccessGroup
        },
        Tokens({}),
    ),
    Proxies([ipaddress.ip_network(f"{PROXY}/32")]),
    Origins([PAGE]),
)


def check_of(
    address: str | None, headers: Mapping[str, str] | None = None, method: str = "POST"
) -> RequestCheck:
    scope: dict[str, Any] = {
        "method": method,
        "client": None if address is None else (address, 1),
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    return GUARD.check_of(scope)


def outcome(request_check: RequestCheck, group: AccessGroup | None) -> type[ServiceError] | None:
    try:
        request_check.authorize(group)
    except ServiceError as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    ("address", "headers", "refused"),
    [
        pytest.param(LISTED, {}, None, id="a-listed-address"),
        pytest.param(STRANGER, {}, AddressRefused, id="a-stranger"),
        pytest.param(None, {}, AddressRefused, id="of-no-address"),
        pytest.param(LISTED, {"origin": PAGE}, None, id="a-listed-page"),
        pytest.param(LISTED, {"origin": "https://evil"}, OriginRefused, id="another-page"),
        pytest.param(STRANGER, {"origin": "https://evil"}, OriginRefused, id="the-page-first"),
        pytest.param(PROXY, {"x-forwarded-for": LISTED}, None, id="behind-a-proxy"),
        pytest.param(PROXY, {"x-forwarded-for": STRANGER}, AddressRefused, id="a-stranger-there"),
        pytest.param(STRANGER, {"x-forwarded-for": LISTED}, AddressRefused, id="as-if-behind-one"),
    ],
)
@pytest.mark.parametrize("group", AccessGroup)
def test_a_caller_may_by_address_and_page(
    address: str | None,
    headers: Mapping[str, str],
    refused: type[ServiceError] | None,
    group: AccessGroup,
) -> None:
    assert outcome(check_of(address, headers), group) is refused


def test_probes_are_asked_nothing() -> None:
    assert outcome(check_of(STRANGER, {"origin": "https://evil", "host": "evil"}), None) is None


def test_a_check_knows_the_address_before_the_proxy() -> None:
    assert check_of(PROXY, {"x-forwarded-for": STRANGER}).address == STRANGER
    assert check_of(PROXY, {"x-forwarded-for": "nonsense"}).address == ""


def test_a_browser_that_asks_first_is_told_and_a_call_is_none() -> None:
    asks = {"origin": PAGE, "access-control-request-method": "POST"}
    assert check_of(STRANGER, asks, "OPTIONS").preflight()
    assert check_of(LISTED, {"origin": PAGE}).preflight() is None
    with pytest.raises(OriginRefused):
        check_of(LISTED, {**asks, "origin": "https://evil"}, "OPTIONS").preflight()


def test_no_answer_is_taken_for_a_script_and_a_listed_page_may_read_it() -> None:
    plain = dict(check_of(LISTED).headers_of_answer())
    of_page = dict(check_of(LISTED, {"origin": PAGE}).headers_of_answer())
    assert plain[b"x-content-type-options"] == of_page[b"x-content-type-options"] == b"nosniff"
    assert b"access-control-allow-origin" not in plain
    assert of_page[b"access-control-allow-origin"] == PAGE.encode()
