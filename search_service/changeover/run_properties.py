"""Translates the configuration of icat.lucene, ``run.properties``, into settings of this service.

Each key becomes a setting, or a remark that says why it has no equal. Not here: whether a value is
allowed, which the settings themselves decide, and how a settings file is written: see the command.
"""

import ipaddress
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import javaproperties

from analyzers.units import DEFAULT_ALIASES
from search_service.catalogue.lookup import fields_with_values
from search_service.errors import EndsCommand

_LARGEST = 1 << 20  # bytes; the example that comes with icat.lucene has 1,100
# What else stands in a list of addresses is the name of a host.
_NUMERIC = re.compile(r"[\d.]+(/|$)|[\da-f.]*:", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


class NotTranslatable(EndsCommand):
    """A file that is no configuration of icat.lucene, or a value that it would not take either."""


@dataclass(frozen=True)
class Translated:
    """A key of the file. ``setting``: the name of ours; None: it has no equal."""

    key: str
    value: str
    remark: str = ""
    setting: str | None = None
    ours: object = None


def translated(file: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Translated]:
    """Each key of a file with what becomes of it. Raises NotTranslatable, OSError.

    Then those that are not in the file and mean something else to icat.lucene than to this service.
    ``environment``: its variables may stand in paths, as icat.lucene takes them.
    """
    values = read(file)
    _refuse_another(file, values)
    for key, value in values.items():
        translate = _KEYS.get(key)
        if translate is None:
            yield Translated(key, value, "icat.lucene has no such key, or it is of another version")
            continue
        try:
            yield translate(key, value.strip(), environment)
        except ValueError as error:
            raise NotTranslatable(f"{file}: {key} = {value!r}: {error}") from None
    yield from (absent for absent in _ABSENT if absent.key not in values)


def read(file: Path) -> Mapping[str, str]:
    """The keys and values as Java reads them. Raises NotTranslatable, OSError."""
    with file.open("rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST or b"\0" in content:
        raise NotTranslatable(f"{file} is no file of properties")
    try:
        # Java reads the bytes so, whatever an editor meant.
        return javaproperties.loads(content.decode("latin-1"))
    except javaproperties.InvalidUEscapeError as error:
        raise NotTranslatable(f"{file} is no file of properties: {error}") from None


def _refuse_another(file: Path, values: Mapping[str, str]) -> None:
    if values.keys() & _KEYS.keys():
        return
    if any(key.startswith(("search.", "lucene.")) for key in values):
        raise NotTranslatable(
            f"{file} is the run.properties of icat.server; the settings come from that of "
            "icat.lucene, in the directory icat.lucene of its installation"
        )
    raise NotTranslatable(
        f"{file} is no configuration of icat.lucene: it has none of {', '.join(_KEYS)}"
    )


# ── the keys ─────────────────────────────────────────────────────────────────────────────────────


def _directory(key: str, value: str, environment: Mapping[str, str]) -> Translated:
    path = _VARIABLE.sub(lambda found: environment.get(found[1] or found[2], ""), value)
    remark = (
        f"{path} holds files of Lucene, which this service does not read; it needs a directory of "
        "its own (data), which icat-search reindex fills. Keep the old one for the way back"
    )
    return Translated(key, value, remark)


def _seconds(setting: str) -> Callable[[str, str, Mapping[str, str]], Translated]:
    def translate(key: str, value: str, _: Mapping[str, str]) -> Translated:
        return Translated(key, value, setting=setting, ours=_whole(value))

    return translate


def _shard_size(key: str, value: str, _: Mapping[str, str]) -> Translated:
    _whole(value)
    remark = (
        "a shard here spans ids, not a number of documents (shard_ids, shard_ids_of), and no limit "
        "of Lucene has to be kept: leave these as they are"
    )
    return Translated(key, value, remark)


def _addresses(key: str, value: str, _: Mapping[str, str]) -> Translated:
    networks: list[str] = []
    names: list[str] = []
    for one in value.split():
        if _NUMERIC.match(one):
            # icat.lucene takes an address with bits beyond the mask; here it is a mistake.
            networks.append(str(ipaddress.ip_network(one, strict=False)))
        else:
            networks += _networks_of(one)
            names.append(one)
    if not networks:
        raise ValueError("should be networks such as 10.0.0.0/8")
    remark = (
        f"{', '.join(names)}: names are not allowed here, so these are the addresses of today"
        if names
        else ""
    )
    return Translated(key, value, remark, "allowed_addresses", list(dict.fromkeys(networks)))


def _networks_of(name: str) -> Sequence[str]:
    """The addresses that a host has, each as a network."""
    if "/" in name:
        raise ValueError(f"{name}: a name of a host has no mask")
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ValueError(
            f"no address of {name} is known on this machine; write the address in its place"
        ) from None
    return [str(ipaddress.ip_network(address[0])) for *_, address in found]


def _units(key: str, value: str, _: Mapping[str, str]) -> Translated:
    return Translated(key, value, setting="units", ours=value)


def _facets(key: str, value: str, _: Mapping[str, str]) -> Translated:
    possible = set(fields_with_values())
    names = value.split()
    unknown = [name for name in names if name not in possible]
    remark = f"left out, as no document has them: {', '.join(unknown)}" if unknown else ""
    ours = [name for name in names if name in possible]
    return Translated(key, value, remark, "facet_fields", ours)


def _aggregates(key: str, value: str, _: Mapping[str, str]) -> Translated:
    remark = "this service takes sizes and counts of files as the catalogue sends them"
    if value.lower() == "true":
        remark += (
            ", and icat.lucene counted them itself: where the catalogue's database does not keep "
            "fileSize and fileCount of datasets and investigations, filters by them find nothing"
        )
    return Translated(key, value, remark)


def _whole(value: str) -> int:
    if not re.fullmatch(r"\d+", value):
        raise ValueError("should be a whole number, 0 or more")
    return int(value)


_KEYS: Mapping[str, Callable[[str, str, Mapping[str, str]], Translated]] = {
    "directory": _directory,
    "commitSeconds": _seconds("commit_seconds"),
    "maxShardSize": _shard_size,
    "ip": _addresses,
    "maxSearchTimeSeconds": _seconds("search_seconds"),
    "units": _units,
    "facetFields": _facets,
    "aggregateFiles": _aggregates,
}

_ABSENT = (
    Translated(
        "units",
        "",
        "not in the file, so icat.lucene knows a unit by its symbol only. Without this line the "
        f"service knows other names too: {DEFAULT_ALIASES}",
        "units",
        "",
    ),
    Translated(
        "facetFields",
        "",
        "not in the file, so icat.lucene counts and filters by no field of text. Without this line "
        "the service does, by those that its example names",
        "facet_fields",
        (),
    ),
)
