import ipaddress
from pathlib import Path

import pytest

from search_service.errors import (
    AddressRefused,
    ServiceError,
    TokenMissing,
    TokenOfOtherKind,
    TokenUnknown,
)
from search_service.http.access import Access, AccessGroup, Rule
from search_service.http.tokens import TokenKind, Tokens

READER, CHANGER = "r" * 40, "c" * 40
LISTED, STRANGER = "10.0.0.1", "192.0.2.1"
NETWORKS = (ipaddress.ip_network("10.0.0.0/8"),)


def access(tmp_path: Path, *, needs_token: bool, with_tokens: bool = True) -> Access:
    rules = {
        group: Rule(NETWORKS, "allowed_addresses", kind, needs_token)
        for group, kind in (
            (AccessGroup.READ, TokenKind.READ),
            (AccessGroup.CHANGE, TokenKind.CHANGE),
        )
    }
    if not with_tokens:
        return Access(rules, Tokens({}))
    (tmp_path / "read").write_text(f"{READER}\n")
    (tmp_path / "change").write_text(f"{CHANGER}\n")
    return Access(
        rules,
        Tokens(
            {TokenKind.READ: [tmp_path / "read"], TokenKind.CHANGE: [tmp_path / "change"]},
        ),
    )


def outcome(access: Access, address: str, authorization: str) -> type[ServiceError] | None:
    try:
        access.check(AccessGroup.CHANGE, address, authorization)
    except ServiceError as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    ("address", "authorization", "either", "both"),
    [
        pytest.param(LISTED, "", None, TokenMissing, id="an-address-alone"),
        pytest.param(STRANGER, f"Bearer {CHANGER}", None, AddressRefused, id="a-token-alone"),
        pytest.param(LISTED, f"Bearer {CHANGER}", None, None, id="both"),
        pytest.param(LISTED, f"bearer   {CHANGER} ", None, None, id="the-scheme-in-any-case"),
        pytest.param(STRANGER, "", AddressRefused, AddressRefused, id="neither"),
        pytest.param("", f"Bearer {CHANGER}", None, AddressRefused, id="a-token-from-nowhere"),
        pytest.param("nonsense", "", AddressRefused, AddressRefused, id="no-address"),
        pytest.param(
            STRANGER, f"Bearer {READER}", TokenOfOtherKind, AddressRefused, id="of-other-kind"
        ),
        pytest.param(LISTED, f"Bearer {READER}", None, TokenOfOtherKind, id="listed-of-other-kind"),
        pytest.param(
            STRANGER, f"Bearer {CHANGER}x", TokenUnknown, AddressRefused, id="nearly-right"
        ),
        pytest.param(LISTED, f"Bearer {CHANGER}x", None, TokenUnknown, id="listed-nearly-right"),
        pytest.param(STRANGER, "Bearer é\x00", TokenUnknown, AddressRefused, id="odd-letters"),
        pytest.param(STRANGER, f"Basic {CHANGER}", AddressRefused, AddressRefused, id="basic"),
        pytest.param(STRANGER, "Bearer ", AddressRefused, AddressRefused, id="an-empty-token"),
        pytest.param(STRANGER, CHANGER, AddressRefused, AddressRefused, id="without-a-scheme"),
    ],
)
def test_an_address_or_a_token_is_enough_or_both_are_needed(
    address: str,
    authorization: str,
    either: type[ServiceError] | None,
    both: type[ServiceError] | None,
    tmp_path: Path,
) -> None:
    assert outcome(access(tmp_path, needs_token=False), address, authorization) is either
    assert outcome(access(tmp_path, needs_token=True), address, authorization) is both


def test_without_tokens_the_header_says_nothing(tmp_path: Path) -> None:
    without = access(tmp_path, needs_token=False, with_tokens=False)
    assert outcome(without, STRANGER, f"Bearer {CHANGER}") is AddressRefused
    assert outcome(without, LISTED, "Bearer whatever") is None


@pytest.mark.parametrize(
    ("needs_token", "with_tokens", "said"),
    [(False, True, True), (False, False, False), (True, True, False)],
    ids=["either", "no-tokens", "both"],
)
def test_a_stranger_reads_whether_a_token_would_do(
    needs_token: bool, with_tokens: bool, said: bool, tmp_path: Path
) -> None:
    of = access(tmp_path, needs_token=needs_token, with_tokens=with_tokens)
    with pytest.raises(AddressRefused, match="allowed_addresses lists who may call") as refused:
        of.check(AccessGroup.CHANGE, STRANGER, "")
    assert ("a token of the kind change does as well" in refused.value.message) is said


def test_no_sentence_repeats_a_token(tmp_path: Path) -> None:
    sentences = []
    for needs_token in (False, True):
        guard = access(tmp_path, needs_token=needs_token)
        for token in (READER, "mistyped" * 5):
            with pytest.raises(ServiceError) as refused:
                guard.check(AccessGroup.CHANGE, STRANGER, f"Bearer {token}")
            sentences.append(refused.value.message)
            assert token not in refused.value.message
    assert len(sentences) == 4
