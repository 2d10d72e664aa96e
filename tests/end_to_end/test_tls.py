"""A service that speaks TLS: to whom, with which certificate, and what becomes of other callers."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.certificates import Certified, certified
from tests.support.serving import Served, serving
from tests.support.sockets import sent

VERSION = "/icat.lucene/version"
OLD, NEW = "o" * 30, "n" * 30
PATIENCE = 30


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def certificate(root: Path) -> Certified:
    return certified(root, "service")


@pytest.fixture(scope="module")
def service(root: Path, certificate: Certified) -> Iterator[Served]:
    (root / "tokens").write_text(OLD)
    (root / "tokens").chmod(0o600)
    settings = {
        "workers": 1,
        "allowed_addresses": "",
        "change_token_files": root / "tokens",
        "tls_certificate": certificate.certificate,
        "tls_key": certificate.key,
    }
    with serving(root / "data", settings) as served:
        yield served


def trusting(certificate: Path, own: Certified | None = None) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(certificate))
    if own is not None:
        context.load_cert_chain(own.certificate, own.key)
    return httpx.Client(verify=context, timeout=PATIENCE)


def connected(url: str) -> socket.socket:
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port or 0))
    connection.settimeout(PATIENCE)
    return connection


def logged(service: Served, *words: str, since: int = 0) -> None:
    """Wait until a line of the log has the words."""
    end = time.monotonic() + PATIENCE
    while not any(all(word in line for word in words) for line in service.log[since:]):
        assert time.monotonic() < end, service.log[since:]
        time.sleep(0.02)


def test_it_is_called_by_https(service: Served, certificate: Certified) -> None:
    assert service.url.startswith("https://127.0.0.1:")
    with trusting(certificate.certificate) as client:
        for _ in range(2):  # on one connection
            assert client.get(f"{service.url}{VERSION}").status_code == 200
        body = "x" * 3_000_000
        refused = client.post(f"{service.url}/icat.lucene/modify", content=body)
        assert refused.status_code == 401


def test_plain_http_is_told_where_to_call(service: Served) -> None:
    head = f"GET {VERSION} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    ((status, content),) = sent(service.url, [head])
    assert (status, content["code"]) == (400, "PLAIN_HTTP")
    assert "https://" in content["message"]
    # A body that nobody reads does not hide the answer.
    ((status, _),) = sent(
        service.url, [b"POST /x HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000]
    )
    assert status == 400


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda version: version.name
)
def test_two_versions_are_spoken(
    service: Served, certificate: Certified, version: ssl.TLSVersion
) -> None:
    context = ssl.create_default_context(cafile=str(certificate.certificate))
    context.minimum_version = context.maximum_version = version
    with context.wrap_socket(connected(service.url), server_hostname="localhost") as connection:
        assert connection.version() == version.name.replace("_", ".")


def test_older_versions_are_not(service: Served) -> None:
    command = ["openssl", "s_client", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", "-connect"]
    where = service.url.removeprefix("https://")
    done = subprocess.run([*command, where], input=b"", capture_output=True)
    assert done.returncode != 0
    logged(service, "no TLS connection", "UNSUPPORTED_PROTOCOL")


@pytest.mark.parametrize(
    "written",
    [b"\x16\x03\x01\xff\xff" + b"\x00" * 600, b"\x16", b""],
    ids=["nonsense", "cut", "nothing"],
)
def test_who_speaks_no_tls_harms_nobody(
    service: Served, certificate: Certified, written: bytes
) -> None:
    with closing(connected(service.url)) as connection:
        connection.sendall(written)
        connection.shutdown(socket.SHUT_WR)
        with trusting(certificate.certificate) as client:
            assert client.get(f"{service.url}{VERSION}").status_code == 200
        try:
            while connection.recv(1000):
                pass
        except ConnectionResetError:
            pass
    assert not service.defects()


def test_silent_callers_give_way_to_others(service: Served, certificate: Certified) -> None:
    silent = [connected(service.url) for _ in range(300)]
    try:
        with trusting(certificate.certificate) as client:
            assert client.get(f"{service.url}{VERSION}").status_code == 200
        # More than there may be at a time: the first had to go.
        assert silent[0].recv(1) == b""
    finally:
        for connection in silent:
            connection.close()


def test_a_renewed_certificate_holds_for_new_connections(
    service: Served, root: Path, certificate: Certified
) -> None:
    old = root / "old.crt"
    old.write_bytes(certificate.certificate.read_bytes())
    with trusting(old) as before:
        assert before.get(f"{service.url}{VERSION}").status_code == 200

        since = len(service.log)
        whole = certificate.key.read_bytes()
        certificate.key.write_text("nonsense")
        os.kill(service.process.pid, signal.SIGHUP)
        logged(service, "not renewed", "what=certificate", since=since)
        with trusting(old) as client:
            assert client.get(f"{service.url}{VERSION}").status_code == 200
        certificate.key.write_bytes(whole)

        certified(root, "service")
        os.kill(service.process.pid, signal.SIGHUP)
        logged(service, " renewed ", "what=certificate", since=since)
        with trusting(certificate.certificate) as client:
            assert client.get(f"{service.url}{VERSION}").status_code == 200
        # The connection that there was goes on.
        assert before.get(f"{service.url}{VERSION}").status_code == 200
        with trusting(old) as client, pytest.raises(httpx.ConnectError, match="verify failed"):
            client.get(f"{service.url}{VERSION}")


def test_tokens_are_rotated_without_a_stop(
    service: Served, root: Path, certificate: Certified
) -> None:
    def statuses(client: httpx.Client) -> list[int]:
        return [
            client.post(
                f"{service.url}/icat.lucene/commit", headers={"Authorization": f"Bearer {token}"}
            ).status_code
            for token in (OLD, NEW)
        ]

    def change(content: str, tell: Callable[[], None]) -> None:
        since = len(service.log)
        (root / "tokens").write_text(content)
        tell()
        logged(service, "renewed", "what=tokens", since=since)

    def signalled() -> None:
        os.kill(service.process.pid, signal.SIGHUP)

    with trusting(certificate.certificate) as client:
        assert statuses(client) == [204, 401]
        change(f"{OLD}\n{NEW}\n", signalled)
        assert statuses(client) == [204, 204]
        change(f"{NEW}\nshort\n", signalled)  # is refused
        assert statuses(client) == [204, 204]
        change(f"{NEW}\n", lambda: None)  # is seen by itself
        assert statuses(client) == [401, 204]
    assert not any(token in line for line in service.log for token in (OLD, NEW, "short"))


def test_a_command_calls_it(service: Served, certificate: Certified) -> None:
    command = [sys.executable, "-m", "search_service", "status", "--url", service.url]
    given = {**os.environ, "SSL_CERT_FILE": str(certificate.certificate)}
    done = subprocess.run(command, capture_output=True, text=True, env=given)
    assert done.returncode == 0, done.stderr
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "certificate" in refused.stderr.lower()


def test_callers_may_need_a_certificate_too(tmp_path: Path) -> None:
    ours, theirs, other = (certified(tmp_path, name) for name in ("service", "caller", "other"))
    settings = {
        "workers": 1,
        "tls_certificate": ours.certificate,
        "tls_key": ours.key,
        "tls_client_authorities": theirs.certificate,
    }
    with serving(tmp_path / "data", settings) as service:
        with trusting(ours.certificate, theirs) as client:
            assert client.get(f"{service.url}{VERSION}").status_code == 200
        for stranger in (None, other):
            with (
                trusting(ours.certificate, stranger) as client,
                pytest.raises(httpx.TransportError),
            ):
                client.get(f"{service.url}{VERSION}")
        logged(service, "no TLS connection", "client=127.0.0.1")
        assert service.stop() == 0
    assert not service.defects()


def test_a_wrong_certificate_ends_the_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "search_service", "serve", "--data", str(tmp_path / "data")]
    wrong = ["--port", "0", "--set", f"tls_certificate={tmp_path / 'none'}"]
    done = subprocess.run([*command, *wrong], capture_output=True, text=True)
    assert done.returncode == 1
    assert "cannot be used for TLS: No such file" in done.stderr
    assert "Traceback" not in done.stderr
