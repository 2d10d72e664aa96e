"""The service's certificate, and how TLS is spoken with it.

A connection is given the context that there is when it begins: so a renewed certificate holds for
new connections, and those that there are go on. Not here: the connections, see ``tls_listener``;
when the files are read again, see ``renewal``.
"""

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path

from search_service.errors import EndsCommand
from search_service.files import OTHERS, named
from search_service.http.renewal import stamp_of

log = logging.getLogger(__name__)


_CERTIFICATE, _KEY, _AUTHORITIES = "tls_certificate", "tls_key", "tls_client_authorities"


class CertificateRefused(EndsCommand):
    """A file of a certificate, a key or authorities that cannot be used."""

    def __init__(self, path: Path, why: str, setting: str) -> None:
        super().__init__(f"{named(path, setting)} cannot be used for TLS: {why}")


class Certificates:
    """Of one service."""

    what = "certificate"

    def __init__(self, certificate: Path, key: Path | None, authorities: Path | None) -> None:
        """``key``: None when it is in the file of the certificate. ``authorities``: those by which
        callers have to be certified; None: callers need no certificate.

        Raises CertificateRefused.
        """
        self._certificate = certificate
        self._key = key or certificate
        self._key_setting = _KEY if key else _CERTIFICATE
        self._authorities = authorities
        self.last_stamp = self.stamp()
        self.context = self._read()

    def stamp(self) -> object:
        """Another one when a file has changed."""
        return stamp_of(path for path, _ in self._files())

    def renew(self) -> None:
        """Read the files again. Raises CertificateRefused; then the context is as it was."""
        self.last_stamp = self.stamp()
        self.context = self._read()

    def _files(self) -> Iterator[tuple[Path, str]]:
        """Each with the setting that names it."""
        yield self._certificate, _CERTIFICATE
        yield self._key, self._key_setting
        if self._authorities is not None:
            yield self._authorities, _AUTHORITIES

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # A caller that asks to begin anew again and again would cost more than it pays.
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        context.set_alpn_protocols(["http/1.1"])
        for path, setting in self._files():
            _read_at_all(path, setting)
        try:
            context.load_cert_chain(self._certificate, self._key, password=_no_password)
        except _PasswordNeeded:
            raise CertificateRefused(
                self._key, "the key has a password", self._key_setting
            ) from None
        except ssl.SSLError as error:
            raise CertificateRefused(self._certificate, _why(error), _CERTIFICATE) from None
        if self._authorities is not None:
            try:
                context.load_verify_locations(self._authorities)
            except ssl.SSLError:
                why = "it holds no certificates in PEM format"
                raise CertificateRefused(self._authorities, why, _AUTHORITIES) from None
            context.verify_mode = ssl.CERT_REQUIRED
        return context


class _PasswordNeeded(Exception):
    pass


def _no_password() -> str:
    """Instead of asking at a terminal, where nobody is."""
    raise _PasswordNeeded


def _read_at_all(path: Path, setting: str) -> None:
    try:
        content = path.read_bytes()
        mode = path.stat().st_mode
    except OSError as error:
        raise CertificateRefused(path, error.strerror or str(error), setting) from None
    if b"PRIVATE KEY" in content and mode & OTHERS:
        log.warning("a private key can be read by other users", extra={"file": str(path)})


def _why(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is of another certificate"
    return "it holds no certificate in PEM format, or no key is with it"
