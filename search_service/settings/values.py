"""The types of the settings: how each may be written, and which values are refused.

A type raises ValueError with a sentence that says what would be right. Not here: from where a value
comes, see ``load``.
"""

import ipaddress
import re
import ssl
import unicodedata
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from analyzers import Synonyms, Units
from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES
from search_service.masking import masked

PREFIX = "ICAT_SEARCH_"
FILE_VARIABLE = f"{PREFIX}CONFIG"  # names the file itself, so it is no setting
PASSWORD_VARIABLE = f"{PREFIX}SOURCE_PASSWORD"  # nothing prints it, so it is no setting
CLUSTER_PASSWORD_VARIABLE = f"{PREFIX}OPENSEARCH_PASSWORD"  # nor this
TOKEN_VARIABLE = f"{PREFIX}TOKEN"  # nor this

MOST_IDS = 2**63 - 1
_HOST = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?")
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
ANY_NAME = "*"
_INDEX_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
# A name is taken apart at these itself, and asked for by the last three.
_OF_COMPONENTS = frozenset('._-*?"')

Network = IPv4Network | IPv6Network
T = TypeVar("T", str, Path)


class EngineName(StrEnum):
    """What keeps the index."""

    EMBEDDED = "embedded"
    OPENSEARCH = "opensearch"


class Matching(StrEnum):
    """How the text of a search is read."""

    PEOPLE = "people"
    PEER = "peer"


class TokenFor(StrEnum):
    """Operations that may be called with a token only."""

    FRONT_ENDS = "front_ends"
    READ = "read"
    CHANGE = "change"
    OPERATE = "operate"
    PAGE = "page"


class ForwardedHeader(StrEnum):
    """The header in which a proxy says who called it."""

    X_FORWARDED_FOR = "X-Forwarded-For"
    FORWARDED = "Forwarded"


class LogLevel(StrEnum):
    """The least important lines that the log has."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a log line looks."""

    TEXT = "text"
    JSON = "json"


# ── how a value may be written ───────────────────────────────────────────────────────────────────


def _split(value: object) -> object:
    """A list may be written as one text: `type.name, technique.name`."""
    if isinstance(value, str):
        return [part for part in (part.strip() for part in value.split(",")) if part]
    return value


def _split_at_blanks(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _read_networks(value: object) -> object:
    """Networks may be written as icat.lucene has them: `10.0.0.0/8 ::1/128`."""
    parts = _split_at_blanks(value)
    if not isinstance(parts, list | tuple):
        raise ValueError("should be a list of networks such as `10.0.0.0/8` or `::1/128`")
    return tuple(network(part) for part in parts)


def network(part: object) -> Network:
    """One network, without bits beyond its mask. Raises ValueError."""
    try:
        found = ipaddress.ip_interface(str(part))
    except ValueError as error:
        raise ValueError(f"`{part}` is no network such as `10.0.0.0/8` or `::1/128`") from error
    if found.ip != found.network.network_address:
        raise ValueError(
            f"`{part}` is an address within a network; write `{found.network}` for all of that "
            f"network, or `{found.ip}/{found.max_prefixlen}` for the address alone"
        )
    return found.network


def _read_pairs(value: object) -> object:
    """A table may be written as one text: `Datafile=1000000, Dataset=500000`."""
    if isinstance(value, str):
        parts = [part.partition("=") for part in value.split(",") if part.strip()]
        _refuse_repeated(name.strip() for name, _, _ in parts)
        return {name.strip(): number.strip() for name, _, number in parts}
    return value


def _refuse_flag(value: object) -> object:
    """To Python `true` is a number, and 1 a flag; here they would be a mistake."""
    if isinstance(value, bool):
        raise ValueError("should be a number")
    return value


# ── which values are refused ─────────────────────────────────────────────────────────────────────


def _plain(value: T) -> T:
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in str(value)):
        raise ValueError("should be text without control characters, in UTF-8")
    return value


def _all_plain(value: tuple[T, ...]) -> tuple[T, ...]:
    for one in value:
        _plain(one)
    return value


def _named_directory(value: Path) -> Path:
    if value == Path():
        raise ValueError("should name a directory")
    return value


def _one_host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(
            "should be one address or name, without a port or brackets; 0.0.0.0 is every one"
        )
    return value


def _networks_of_callers(value: tuple[Network, ...]) -> tuple[Network, ...]:
    for network in value:
        if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
            raise ValueError(f"`{network}` should be written as the IPv4 network that it is")
    return value


def _known_entity(name: str) -> str:
    """The name as the catalogue writes it. Raises ValueError."""
    found = lookup.find_entity(name)
    if found is None:
        raise ValueError(
            f"there is no indexed entity {name}; there are "
            f"{', '.join(entity.name for entity in ENTITIES)}"
        )
    return found.name


def _by_known_entity(value: dict[str, int]) -> dict[str, int]:
    known = [_known_entity(name) for name in value]
    _refuse_repeated(known)
    return dict(zip(known, value.values(), strict=True))


def _some_entities(value: tuple[str, ...]) -> tuple[str, ...]:
    known = tuple(dict.fromkeys(map(_known_entity, value)))
    if len(known) == len(ENTITIES):
        raise ValueError("these are all entities: nothing would be read")
    return known


def _fields_with_values(value: tuple[str, ...]) -> tuple[str, ...]:
    possible = lookup.fields_with_values()
    for name in value:
        if name not in possible:
            raise ValueError(
                f"there is no field {name} that can be counted by its values; there are "
                f"{', '.join(possible)}"
            )
    return tuple(dict.fromkeys(value))


def _without_password(value: str) -> str:
    if masked(value) != value:
        raise ValueError(
            "write the password into a file that source_password_file names, or give it as "
            f"{PASSWORD_VARIABLE} in the environment"
        )
    return value


def _addresses_of_nodes(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if masked(one) != one or "@" in one:
            raise ValueError(
                "write the user into opensearch_user, and the password into a file that "
                f"opensearch_password_file names or as {CLUSTER_PASSWORD_VARIABLE} into the "
                "environment"
            )
        if not _is_address(one):
            raise ValueError(f"`{one}` is no address of a node such as `https://node:9200`")
    return tuple(dict.fromkeys(one.rstrip("/") for one in value))


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_bare = not (parts.query or parts.fragment)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and has_port and is_bare


def _names_of_service(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if one != ANY_NAME and not _NAME.fullmatch(one):
            raise ValueError(
                f"`{one}` is no name such as `search.example.org`, without a scheme or a port; "
                f"`{ANY_NAME}` is any"
            )
    return tuple(dict.fromkeys(one.lower() for one in value))


def _sites(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if not _is_address(one) or urlsplit(one).path.strip("/") or "@" in one:
            raise ValueError(
                f"`{masked(one)}` is no site such as `https://portal.example.org`, which has "
                "a scheme and no path; there is no sign for all"
            )
    return tuple(dict.fromkeys(map(_as_browsers_write, value)))


def _as_browsers_write(site: str) -> str:
    """In lower case, and without the port that its scheme has anyway."""
    parts = urlsplit(site.lower())
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


def _some_networks(value: tuple[Network, ...]) -> tuple[Network, ...]:
    for network in value:
        if network.prefixlen == 0:
            raise ValueError(f"`{network}` would let everybody say who it is")
    return value


def _certificates(value: str) -> str:
    if not value:
        return value
    try:
        ssl.create_default_context(cafile=value)
    except ssl.SSLError:
        raise ValueError(f"{value} holds no certificates in PEM format") from None
    except OSError as error:
        raise ValueError(f"{value} cannot be read: {error.strerror}") from None
    return value


def _index_prefix(value: str) -> str:
    if not _INDEX_PREFIX.fullmatch(value):
        raise ValueError(
            "should be 1 to 60 lower-case letters, digits, `-` and `_`, a letter or digit first"
        )
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"`{value}` is no time zone such as `Europe/Berlin`") from None
    return value


def _readable_units(value: str) -> str:
    Units(value)
    return value


def _readable_synonyms(value: tuple[Path, ...]) -> tuple[Path, ...]:
    try:
        Synonyms.read(value)
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError("a file of synonyms is not UTF-8") from error
    return value


def _separating(value: str) -> str:
    if any(sign.isalnum() or sign.isspace() for sign in value):
        raise ValueError("letters, digits and blanks cannot separate the components of a path")
    if belonging := _OF_COMPONENTS.intersection(value):
        raise ValueError(f"{' '.join(sorted(belonging))} belong to the components of a path")
    return value


def _refuse_repeated(names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"there are {times} values of {name}")


# ── the types ────────────────────────────────────────────────────────────────────────────────────

Whole = Annotated[int, BeforeValidator(_refuse_flag)]
Number = Annotated[float, BeforeValidator(_refuse_flag)]
Text = Annotated[str, AfterValidator(_plain)]
Host = Annotated[Text, AfterValidator(_one_host)]
SourceAddress = Annotated[Text, AfterValidator(_without_password)]
NodeAddresses = Annotated[
    tuple[str, ...],
    BeforeValidator(_split_at_blanks),
    AfterValidator(_all_plain),
    AfterValidator(_addresses_of_nodes),
]
Certificates = Annotated[Text, AfterValidator(_certificates)]
TokenFiles = Annotated[tuple[Path, ...], BeforeValidator(_split), AfterValidator(_all_plain)]
TokensFor = Annotated[tuple[TokenFor, ...], BeforeValidator(_split_at_blanks)]
HostNames = Annotated[
    tuple[str, ...], BeforeValidator(_split_at_blanks), AfterValidator(_names_of_service)
]
Sites = Annotated[tuple[str, ...], BeforeValidator(_split_at_blanks), AfterValidator(_sites)]
IndexPrefix = Annotated[Text, AfterValidator(_index_prefix)]
Zone = Annotated[Text, AfterValidator(_known_zone)]
UnitNames = Annotated[Text, AfterValidator(_readable_units)]
Separators = Annotated[
    str, Field(min_length=1), AfterValidator(_plain), AfterValidator(_separating)
]
Directory = Annotated[Path, AfterValidator(_plain), AfterValidator(_named_directory)]
SynonymFiles = Annotated[
    tuple[Path, ...],
    BeforeValidator(_split),
    AfterValidator(_all_plain),
    AfterValidator(_readable_synonyms),
]
Networks = Annotated[
    tuple[Network, ...], BeforeValidator(_read_networks), AfterValidator(_networks_of_callers)
]
ProxyNetworks = Annotated[Networks, AfterValidator(_some_networks)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split_at_blanks), AfterValidator(_all_plain)]
EntityNames = Annotated[Names, AfterValidator(_some_entities)]
FacetFields = Annotated[Names, AfterValidator(_fields_with_values)]
ByEntity = Annotated[
    dict[str, Annotated[Whole, Field(gt=0, le=MOST_IDS)]],
    BeforeValidator(_read_pairs),
    AfterValidator(_by_known_entity),
]
ShardsByEntity = Annotated[
    dict[str, Annotated[Whole, Field(gt=0, le=1_024)]],
    BeforeValidator(_read_pairs),
    AfterValidator(_by_known_entity),
]
ReplicasByEntity = Annotated[
    dict[str, Annotated[Whole, Field(ge=0, le=100)]],
    BeforeValidator(_read_pairs),
    AfterValidator(_by_known_entity),
]
