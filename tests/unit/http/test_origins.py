from pathlib import Path

import pytest

from search_service.errors import HostRefused, OriginRefused, ServiceError
from search_service.http.headers import Headers
from search_service.http.origins import Origins, own_names

HERE, SERVER = "127.0.0.1", "10.0.0.1"
PORTAL = "https://portal.example.org"


def headers(**values: str) -> Headers:
    return Headers(
        (name.replace("_", "-").encode(), value.encode()) for name, value in values.items()
    )


def outcome(
    origins: Origins, address: str, method: str = "POST", **values: str
) -> type[ServiceError] | None:
    try:
        origins.check(method, address, headers(**values))
    except ServiceError as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8180",
        "[::1]:8180",
        "10.1.2.3",
        "localhost:8180",
        "LOCALHOST",
        "icat-search:8180",
        "icat-search.icat.svc.cluster.local.",
        "icat-search.icat.svc:8180",
        "vm7.example.org",
    ],
)
def test_names_that_only_this_service_can_have_are_its_own(host: str) -> None:
    origins = Origins(own_names={"vm7.example.org"})
    assert outcome(origins, HERE, host=host) is None
    # A page that the service itself has.
    assert outcome(origins, HERE, host=host, origin=f"http://{host.lower()}") is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8180", "127.0.0.1.evil.example", "evil@localhost", "é"]
)
def test_a_name_of_somebody_else_that_leads_here_is_refused(host: str) -> None:
    origins = Origins()
    assert outcome(origins, HERE, "GET", host=host) is HostRefused
    assert outcome(origins, "::1", "GET", host=host) is HostRefused
    # A catalogue server may call by any name, but no page comes with such a one.
    assert outcome(origins, SERVER, host=host) is None
    assert outcome(origins, SERVER, host=host, origin=f"http://{host}") is OriginRefused


def test_two_names_are_none() -> None:
    two = Headers([(b"host", b"localhost"), (b"host", b"evil.example")])
    with pytest.raises(HostRefused):
        Origins().check("GET", HERE, two)


def test_a_caller_without_a_name_is_no_browser() -> None:
    assert outcome(Origins(), HERE) is None
    assert outcome(Origins(), HERE, origin="null") is OriginRefused


def test_names_may_be_listed_for_everybody() -> None:
    origins = Origins(hosts=["search.example.org"])
    assert outcome(origins, SERVER, host="search.example.org:8180") is None
    assert outcome(origins, HERE, host="localhost") is None
    assert outcome(origins, SERVER, host="other.example.org") is HostRefused
    assert outcome(Origins(hosts=["*"]), HERE, host="evil.example") is None


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"origin": "http://evil.example"}, id="a-form-of-another-site"),
        pytest.param({"origin": "null"}, id="a-page-in-a-sandbox"),
        pytest.param({"origin": "http://localhost:3000"}, id="another-service-of-this-machine"),
        pytest.param({"origin": f"{PORTAL}.evil.example"}, id="nearly-the-portal"),
        pytest.param({"origin": "http://portal.example.org"}, id="the-portal-without-tls"),
        pytest.param({"sec_fetch_site": "cross-site"}, id="an-image-of-another-site"),
        pytest.param({"sec_fetch_site": "same-site"}, id="an-image-of-a-neighbour"),
    ],
)
def test_a_page_of_another_site_may_not_call(values: dict[str, str]) -> None:
    origins = Origins(origins=[PORTAL])
    for method in ("GET", "POST"):
        assert outcome(origins, HERE, method, host="localhost:8180", **values) is OriginRefused


def test_a_page_that_is_listed_may_call() -> None:
    origins = Origins(origins=[PORTAL])
    values = {"origin": PORTAL, "sec_fetch_site": "cross-site", "host": "10.0.0.5"}
    assert outcome(origins, SERVER, **values) is None


def test_a_link_may_lead_here() -> None:
    values = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert outcome(Origins(), SERVER, "GET", **values, sec_fetch_dest="document") is None
    assert outcome(Origins(), SERVER, "GET", **values, sec_fetch_dest="iframe") is OriginRefused
    assert outcome(Origins(), SERVER, "POST", **values, sec_fetch_dest="document") is OriginRefused
    assert outcome(Origins(), SERVER, "GET", sec_fetch_site="none") is None


def test_a_browser_that_asks_before_it_calls_is_told() -> None:
    asks = {"origin": PORTAL, "access_control_request_method": "POST"}
    told = Origins(origins=[PORTAL]).preflight("OPTIONS", headers(**asks))
    assert told is not None
    assert dict(told)[b"access-control-allow-methods"] == b"GET, POST"
    with pytest.raises(OriginRefused):
        Origins().preflight("OPTIONS", headers(**asks))
    assert Origins().preflight("POST", headers(origin=PORTAL)) is None
    assert Origins().preflight("OPTIONS", headers()) is None


def test_answers_are_given_to_listed_pages_only() -> None:
    origins = Origins(origins=[PORTAL])
    given = dict(origins.of_answer(headers(origin=PORTAL)))
    assert given[b"access-control-allow-origin"] == PORTAL.encode()
    # Whoever keeps answers must not give one page what was for another.
    assert given[b"vary"] == b"origin"
    assert origins.of_answer(headers(origin="http://evil.example")) == ((b"vary", b"origin"),)
    assert Origins().of_answer(headers(origin=PORTAL)) == ()


def test_names_of_this_machine_are_those_of_its_loopback_addresses(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(
        "127.0.0.1 localhost\n127.0.1.1\tvm7.example.org VM7 # as Debian does\n\n"
        "# 127.0.0.1 comment.example\n192.0.2.1 other.example\nnonsense\n"
    )
    found = own_names(hosts)
    assert {"vm7.example.org", "vm7", "localhost"} <= set(found)
    assert not {"other.example", "comment.example"} & set(found)
    assert own_names(tmp_path / "none")
