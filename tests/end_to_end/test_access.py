"""Who may call a service that runs: addresses, tokens, proxies, and pages in a browser."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.serving import Served, serving

READER, CHANGER, OPERATOR = "reader-" * 5, "changer-" * 5, "operator-" * 5
SEARCH, CLEAR = ("POST", "/icat.lucene/dataset?maxResults=1"), ("POST", "/icat.lucene/clear")
PORTAL = "https://portal.example.org"
STATUS, SUGGEST = ("GET", "/status"), ("GET", "/v1/suggest?entity=dataset&prefix=a&public=true")


def asked(
    url: str, operation: tuple[str, str], headers: Mapping[str, str] | None = None, body: str = "{}"
) -> tuple[int, Any, Mapping[str, str]]:
    """Status, content and headers of an answer."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=20)
    method, target = operation
    given = {"Content-Type": "text/plain", **(headers or {})}
    try:
        connection.request(method, target, body if method == "POST" else None, given)
        answer = connection.getresponse()
        content = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        is_json = content and found.get("content-type") == "application/json"
        return answer.status, json.loads(content) if is_json else content, found
    finally:
        connection.close()


def status_of(url: str, operation: tuple[str, str], **headers: str) -> int:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return asked(url, operation, given, '{"query": {}}')[0]


def bearer(token: str) -> str:
    return f"Bearer {token}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As it comes: the addresses of this machine."""
    with serving(tmp_path_factory.mktemp("data"), {"workers": 1}) as served:
        yield served


@contextmanager
def behind_a_proxy(root: Path) -> Iterator[Served]:
    """Behind a proxy on this machine; tokens of three kinds, and of operators a token always."""
    tokens = {"read": READER, "change": CHANGER, "operator": OPERATOR}
    for kind, token in tokens.items():
        (root / kind).write_text(f"{token}\n")
        (root / kind).chmod(0o600)
    settings = {
        "workers": 1,
        "allowed_addresses": "10.1.0.0/16",
        "front_end_addresses": "10.2.0.0/16",
        "trusted_proxies": "127.0.0.1/32",
        "require_token": "operate",
        "allowed_origins": PORTAL,
        **{f"{kind}_token_files": root / kind for kind in tokens},
    }
    with serving(root / "data", settings) as served:
        yield served


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with behind_a_proxy(tmp_path_factory.mktemp("behind")) as served:
        yield served


CATALOGUE, FRONT_END, STRANGER = "10.1.0.1", "10.2.0.1", "192.0.2.1"


@pytest.mark.parametrize(
    ("caller", "token", "statuses"),
    [
        pytest.param(CATALOGUE, "", (200, 204, 200, 401), id="the-catalogue"),
        pytest.param(FRONT_END, "", (401, 401, 200, 401), id="a-front-end"),
        pytest.param(STRANGER, "", (401, 401, 401, 401), id="a-stranger"),
        pytest.param(f"{CATALOGUE}, {STRANGER}", "", (401, 401, 401, 401), id="a-liar"),
        pytest.param("nonsense", "", (401, 401, 401, 401), id="nonsense"),
        pytest.param(STRANGER, READER, (200, 403, 200, 403), id="with-a-token-to-read"),
        pytest.param(STRANGER, CHANGER, (403, 204, 403, 403), id="with-a-token-to-change"),
        pytest.param(STRANGER, OPERATOR, (403, 403, 403, 200), id="with-a-token-to-operate"),
        pytest.param(STRANGER, "unknown" * 4, (401, 401, 401, 401), id="with-an-unknown-token"),
    ],
)
def test_each_caller_may_do_what_it_may(
    behind: Served, caller: str, token: str, statuses: tuple[int, ...]
) -> None:
    headers = {"X-Forwarded-For": caller}
    if token:
        headers["Authorization"] = bearer(token)
    found = tuple(
        status_of(behind.url, operation, **headers)
        for operation in (SEARCH, CLEAR, SUGGEST, STATUS)
    )
    assert found == statuses


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/icat.lucene/version"])
def test_probes_are_answered_whoever_asks(behind: Served, path: str) -> None:
    headers = {"X-Forwarded-For": STRANGER, "Host": "evil.example", "User-Agent": "kube-probe/1.31"}
    assert asked(behind.url, ("GET", path), headers)[0] == 200


def test_who_may_not_call_is_not_told_what_there_is(behind: Served) -> None:
    for path in ("/icat.lucene/none", "/v1/none", "/none", "/docs", "/openapi.json", "/control/x"):
        headers = {"X-Forwarded-For": STRANGER}
        assert asked(behind.url, ("GET", path), headers)[0] == 401, path


def test_a_token_is_neither_logged_nor_repeated(tmp_path: Path) -> None:
    unknown = "unknown" * 4
    with behind_a_proxy(tmp_path) as behind:
        for token in (READER, unknown):
            for operation in (SEARCH, CLEAR, STATUS):
                headers = {"Authorization": bearer(token), "X-Forwarded-For": STRANGER}
                _, content, _ = asked(behind.url, operation, headers)
                assert token not in str(content)
        assert behind.stop() == 0
    log = "".join(behind.log)
    assert "TOKEN_UNKNOWN" in log
    assert f"client={STRANGER}" in log
    assert not [token for token in (READER, CHANGER, OPERATOR, unknown) if token in log]
    assert not behind.defects()


# ── pages in a browser ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": "https://evil.example"}, 403, id="a-form-of-another-site"),
        pytest.param({"Origin": "null"}, 403, id="a-file-or-a-sandbox"),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403, id="image"
        ),
        pytest.param(
            {"Host": "evil.example:8180", "Origin": "http://evil.example:8180"}, 421, id="rebinding"
        ),
        pytest.param({"Host": "evil.example:8180"}, 421, id="rebinding-without-an-origin"),
        pytest.param({}, 204, id="no-browser"),
    ],
)
def test_a_page_of_anybody_cannot_clear_the_index(
    service: Served, headers: dict[str, str], status: int
) -> None:
    assert asked(service.url, CLEAR, headers)[0] == status
    if status != 204:
        assert asked(service.url, STATUS, headers)[0] == status
        assert asked(service.url, SUGGEST, headers)[0] == status


def test_a_page_that_the_service_has_may_call(service: Served) -> None:
    assert asked(service.url, CLEAR, {"Origin": service.url})[0] == 204


def test_no_answer_is_kept_or_guessed_at(service: Served) -> None:
    for operation in (SEARCH, STATUS, SUGGEST, ("GET", "/none")):
        _, _, headers = asked(service.url, operation)
        assert headers["x-content-type-options"] == "nosniff"
        assert "cache-control" in headers
        assert "access-control-allow-origin" not in headers
    _, _, headers = asked(service.url, ("GET", "/docs"))
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_listed_site_may_call_with_a_token(behind: Served) -> None:
    page = {"Origin": PORTAL, "X-Forwarded-For": STRANGER, "Sec-Fetch-Site": "cross-site"}
    asks = {"Access-Control-Request-Method": "POST"}
    status, _, headers = asked(behind.url, ("OPTIONS", "/v1/search"), {**page, **asks})
    assert status == 204
    assert headers["access-control-allow-origin"] == PORTAL
    assert "Authorization" in headers["access-control-allow-headers"]

    status, _, headers = asked(behind.url, SUGGEST, {**page, "Authorization": bearer(READER)})
    assert (status, headers["access-control-allow-origin"]) == (200, PORTAL)
    # What is wrong is for the page to say, too.
    status, _, headers = asked(behind.url, SUGGEST, page)
    assert (status, headers["access-control-allow-origin"]) == (401, PORTAL)

    other = {**page, "Origin": "https://evil.example"}
    status, _, headers = asked(behind.url, ("OPTIONS", "/v1/search"), {**other, **asks})
    assert status == 403
    assert "access-control-allow-origin" not in headers


# ── commands ─────────────────────────────────────────────────────────────────────────────────────


def test_a_command_sends_the_token_that_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(OPERATOR)
    settings = {"require_token": "operate", "operator_token_files": tmp_path / "tokens"}
    with serving(tmp_path / "data", {"workers": 1, **settings}) as served:
        command = [sys.executable, "-m", "search_service", "status", "--url", served.url]
        given = {**os.environ, "ICAT_SEARCH_TOKEN": OPERATOR}
        by_file = ["--set", f"service_token_file={tmp_path / 'tokens'}"]
        without = subprocess.run(command, capture_output=True, text=True)
        assert without.returncode == 1
        assert "needs a token" in without.stderr
        assert subprocess.run(command, capture_output=True, env=given).returncode == 0
        assert subprocess.run([*command, *by_file], capture_output=True).returncode == 0


# ── pages for people ─────────────────────────────────────────────────────────────────────────────


def password(token: str) -> str:
    return f"Basic {b64encode(f'anybody:{token}'.encode()).decode()}"


def test_a_browser_asks_its_user_for_a_token(behind: Served) -> None:
    page, stranger = ("GET", "/docs"), {"X-Forwarded-For": STRANGER}
    status, _, headers = asked(behind.url, page, stranger)
    assert (status, "Basic realm" in headers["www-authenticate"]) == (401, True)
    given = {**stranger, "Authorization": password(OPERATOR)}
    assert asked(behind.url, page, given)[0] == 200
    assert asked(behind.url, page, {**stranger, "Authorization": password("nonsense")})[0] == 401
    assert asked(behind.url, page, {**stranger, "Authorization": password(READER)})[0] == 403
    assert asked(behind.url, page, {**stranger, "Authorization": "Basic =?="})[0] == 401


def test_a_password_is_good_for_what_people_look_at_alone(behind: Served) -> None:
    given = {"X_Forwarded_For": STRANGER, "Authorization": password(CHANGER)}
    assert status_of(behind.url, CLEAR, **given) == 401
    given["Authorization"] = password(READER)
    assert status_of(behind.url, SEARCH, **given) == 401


@pytest.mark.parametrize("caller", [CATALOGUE, FRONT_END, STRANGER])
def test_pages_that_show_documents_are_for_operators_alone(behind: Served, caller: str) -> None:
    explain = ("POST", "/v1/explain")
    for operation in (
        ("GET", "/"),
        ("GET", "/operate"),
        ("GET", "/suggestions?entity=dataset&prefix=a"),
        explain,
    ):
        given = {"X-Forwarded-For": caller}
        assert asked(behind.url, operation, given)[0] == 401
        with_read = {**given, "Authorization": password(READER)}
        assert asked(behind.url, operation, with_read)[0] == 403
    given["Authorization"] = password(OPERATOR)
    assert asked(behind.url, ("GET", "/"), given)[0] == 200
    body = '{"entity": "dataset", "public": true, "text": "a"}'
    assert asked(behind.url, explain, given, body)[0] == 200


def test_the_pages_are_there_for_this_machine_as_it_comes(service: Served) -> None:
    status, html, headers = asked(service.url, ("GET", "/?q=neutron&entity=dataset"))
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert b"Nothing was found" in html
    status, html, _ = asked(service.url, ("GET", "/operate"))
    assert (status, b"Ready" in html, b"Slowest searches" in html) == (200, True, True)
    found = asked(service.url, ("GET", "/suggestions?entity=dataset&prefix=a&public=true"))
    assert found[:2] == (200, {"suggestions": []})
    # What is wrong is said on the page.
    status, html, _ = asked(service.url, ("GET", "/?q=neutron&cursor=nonsense"))
    assert (status, b"CURSOR_REFUSED" in html) == (400, True)


def test_what_pages_look_like_is_for_anybody_and_kept(behind: Served) -> None:
    given = {"X-Forwarded-For": STRANGER, "Authorization": bearer(OPERATOR)}
    html = asked(behind.url, ("GET", "/docs"), given)[1].decode()
    style = html.partition('<link rel="stylesheet" href="')[2].partition('"')[0]
    status, _, headers = asked(behind.url, ("GET", style), {"X-Forwarded-For": STRANGER})
    assert (status, headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in headers["cache-control"]
    assert asked(behind.url, ("GET", "/assets/none.css"))[0] == 501
