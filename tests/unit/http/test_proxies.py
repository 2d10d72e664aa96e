import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.http.headers import Headers
from search_service.http.proxies import ForwardedHeader, Proxies

NETWORKS = (ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("2001:db8::/64"))
PROXY, CLIENT = "10.0.0.1", "192.0.2.7"
X = ForwardedHeader.X_FORWARDED_FOR


def caller(peer: str, *values: str, name: str = "x-forwarded-for", header: str = X) -> str:
    headers = Headers((name.encode(), value.encode("latin-1")) for value in values)
    return Proxies(NETWORKS, ForwardedHeader(header)).caller(peer, headers)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        pytest.param([CLIENT], CLIENT, id="one"),
        pytest.param([f"127.0.0.1, {CLIENT}"], CLIENT, id="one-and-what-it-wrote-itself"),
        pytest.param(["127.0.0.1", CLIENT], CLIENT, id="in-two-lines"),
        pytest.param([f"127.0.0.1,{CLIENT}, 10.0.0.2 "], CLIENT, id="through-two-proxies"),
        pytest.param(["2001:db8:1::5"], "2001:db8:1::5", id="ipv6"),
        pytest.param([f"::ffff:{CLIENT}"], CLIENT, id="ipv4-as-ipv6"),
        pytest.param([f"{CLIENT}:4711"], CLIENT, id="with-a-port"),
        pytest.param(["[2001:db8:1::5]:4711"], "2001:db8:1::5", id="ipv6-with-a-port"),
        pytest.param([], PROXY, id="none-the-proxy-itself-calls"),
        pytest.param(["10.0.0.9"], "10.0.0.9", id="another-proxy-calls"),
        pytest.param(["10.0.0.9" + ",10.0.0.2" * 49], "10.0.0.9", id="through-most-proxies"),
        pytest.param([f"{CLIENT}" + ",10.0.0.2" * 51], "", id="through-more"),
        pytest.param(["unknown"], "", id="unknown"),
        pytest.param([f"{CLIENT}, "], "", id="empty-at-the-end"),
        pytest.param([f"{CLIENT}; 127.0.0.1"], "", id="nonsense"),
        pytest.param([f"127.0.0.1, {CLIENT}\x00"], "", id="a-control-character"),
        pytest.param(["127.0.0.1, nonsense, 10.0.0.2"], "", id="nonsense-behind-a-proxy"),
    ],
)
def test_of_a_trusted_proxy_the_last_stranger_is_the_caller(values: list[str], found: str) -> None:
    assert caller(PROXY, *values) == found
    assert caller(f"::ffff:{PROXY}", *values) in (found, f"::ffff:{PROXY}")


@pytest.mark.parametrize("peer", ["192.0.2.1", "127.0.0.1", "10.0.1.1", "", "nonsense"])
def test_nobody_else_is_believed(peer: str) -> None:
    assert caller(peer, "127.0.0.1") == peer
    assert caller(peer, "for=127.0.0.1", name="forwarded", header="Forwarded") == peer


def test_without_the_setting_no_header_is_looked_at() -> None:
    headers = Headers([(b"x-forwarded-for", b"127.0.0.1")])
    assert Proxies().caller(PROXY, headers) == PROXY


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param(f"for={CLIENT};proto=https;by=10.0.0.1", CLIENT, id="plain"),
        pytest.param(f'for=127.0.0.1, For="{CLIENT}:4711"', CLIENT, id="quoted-with-a-port"),
        pytest.param('proto=http; for="[2001:db8:1::5]:4711"', "2001:db8:1::5", id="ipv6"),
        pytest.param("for=unknown", "", id="unknown"),
        pytest.param("for=_hidden", "", id="hidden"),
        pytest.param("proto=https", "", id="without-an-address"),
        pytest.param(f"for=127.0.0.1;for={CLIENT}", "", id="two-in-one"),
    ],
)
def test_forwarded_says_the_same(value: str, found: str) -> None:
    assert caller(PROXY, value, name="forwarded", header="Forwarded") == found


def test_the_header_that_the_proxy_does_not_write_is_the_callers_own() -> None:
    headers = Headers([(b"forwarded", b"for=127.0.0.1"), (b"x-forwarded-for", CLIENT.encode())])
    assert Proxies(NETWORKS).caller(PROXY, headers) == CLIENT


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_a_caller_cannot_write_itself_into_the_list(written: str) -> None:
    # What the proxy adds is the last element, whatever stands before.
    assert caller(PROXY, f"{written}, {CLIENT}") == CLIENT
    assert caller(PROXY, written, CLIENT) == CLIENT
