from pathlib import Path

import pytest

from search_service.http.tls import CertificateRefused, Certificates
from tests.support.certificates import certified


def test_a_renewed_certificate_is_another_context(tmp_path: Path) -> None:
    first = certified(tmp_path, "service")
    certificates = Certificates(first.certificate, first.key, None)
    before, stamp = certificates.context, certificates.stamp()
    certified(tmp_path, "service")
    assert certificates.stamp() != stamp
    certificates.renew()
    assert certificates.context is not before


def test_both_may_be_in_one_file(tmp_path: Path) -> None:
    pair = certified(tmp_path, "service")
    both = tmp_path / "both.pem"
    both.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    Certificates(both, None, None)


@pytest.mark.parametrize(
    "what", ["another-key", "nonsense", "empty", "gone", "cut", "no-authorities"]
)
def test_what_cannot_be_used_is_refused_and_the_old_one_stays(tmp_path: Path, what: str) -> None:
    pair, other = certified(tmp_path, "service"), certified(tmp_path, "other")
    authorities = tmp_path / "authorities"
    authorities.write_bytes(other.certificate.read_bytes())
    certificates = Certificates(pair.certificate, pair.key, authorities)
    before = certificates.context
    match what:
        case "another-key":
            pair.key.write_bytes(other.key.read_bytes())
        case "nonsense":
            pair.certificate.write_bytes(b"\x00nonsense")
        case "empty":
            pair.certificate.write_bytes(b"")
        case "gone":
            pair.certificate.unlink()
        case "cut":
            whole = pair.certificate.read_bytes()
            pair.certificate.write_bytes(whole[: len(whole) // 2])
        case "no-authorities":
            authorities.write_text("none\n")
    with pytest.raises(CertificateRefused, match=str(tmp_path)):
        certificates.renew()
    assert certificates.context is before


def test_a_key_with_a_password_is_refused(tmp_path: Path) -> None:
    import subprocess

    pair = certified(tmp_path, "service")
    locked = tmp_path / "locked.key"
    command = ["openssl", "ec", "-aes128", "-passout", "pass:secret", "-in", str(pair.key)]
    subprocess.run([*command, "-out", str(locked)], check=True, capture_output=True)
    with pytest.raises(CertificateRefused, match="password"):
        Certificates(pair.certificate, locked, None)


@pytest.mark.parametrize("setting", ["tls_certificate", "tls_key", "tls_client_authorities"])
def test_a_missing_file_is_told_with_the_setting_that_names_it(
    tmp_path: Path, setting: str
) -> None:
    pair = certified(tmp_path, "service")
    files = {
        "tls_certificate": pair.certificate,
        "tls_key": pair.key,
        "tls_client_authorities": pair.certificate,
        setting: tmp_path / "mistyped",
    }
    with pytest.raises(CertificateRefused, match=rf"mistyped \(the setting {setting}\)"):
        Certificates(*files.values())
