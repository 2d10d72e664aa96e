"""What an operator can set: one frozen object from four places, each stronger than the one before.

The default, the TOML file, the environment (``ICAT_SEARCH_PORT``), the command line. Every option
is declared once, below, with its default, its unit and its help; a page of the manual is made from
that.

Not here: what the values do. They are passed to those who need them, nobody else imports this.
"""

import difflib
import ipaddress
import json
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from analyzers import SEPARATORS, Synonyms, Units
from analyzers.units import DEFAULT_ALIASES
from search_service.catalogue import lookup
from search_service.catalogue.entities import ENTITIES, FACETABLE_BY_DEFAULT
from search_service.masking import masked

PREFIX = "ICAT_SEARCH_"
FILE_VARIABLE = f"{PREFIX}CONFIG"  # names the file itself, so it is no setting
PASSWORD_VARIABLE = f"{PREFIX}SOURCE_PASSWORD"  # nothing prints it, so it is no setting
_NO_SETTINGS = (FILE_VARIABLE, PASSWORD_VARIABLE)


_A_DAY, _A_YEAR = 86_400, 31_536_000  # seconds
_MOST_IDS = 2**63 - 1
_MOST_MEMORY = 4_000  # MB, of one writer of the engine
_MOST_PROCESSES = 1_024
_HEAVIEST = 1e6
_HOST = re.compile(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?")


class Matching(StrEnum):
    """How the text of a search is read."""

    PEOPLE = "people"
    PEER = "peer"


class LogFormat(StrEnum):
    """How a log line looks."""

    TEXT = "text"
    JSON = "json"


Network = IPv4Network | IPv6Network


def _split(value: object) -> object:
    """A list may be written as one text: `type.name, technique.name`."""
    if isinstance(value, str):
        return [part for part in (part.strip() for part in value.split(",")) if part]
    return value


def _split_at_blanks(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _networks(value: object) -> object:
    """Networks may be written as icat.lucene has them: `10.1.2.3/8 ::1/128`."""
    parts = _split_at_blanks(value)
    if not isinstance(parts, list | tuple):
        raise ValueError("should be a list of networks such as `10.0.0.0/8` or `::1/128`")
    return tuple(_network(part) for part in parts)


def _network(part: object) -> Network:
    try:
        return ipaddress.ip_network(str(part), strict=False)
    except ValueError as error:
        raise ValueError(f"`{part}` is no network such as `10.0.0.0/8` or `::1/128`") from error


def _pairs(value: object) -> object:
    """A table may be written as one text: `Datafile=1000000, Dataset=500000`."""
    if isinstance(value, str):
        parts = [part.partition("=") for part in value.split(",") if part.strip()]
        _once(name.strip() for name, _, _ in parts)
        return {name.strip(): number.strip() for name, _, number in parts}
    return value


def _no_flag(value: object) -> object:
    """To Python `true` is a number, and 1 a flag; here they would be a mistake."""
    if isinstance(value, bool):
        raise ValueError("should be a number")
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


def _once(names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise ValueError(f"there are {times} values of {name}")


Whole = Annotated[int, BeforeValidator(_no_flag)]
Number = Annotated[float, BeforeValidator(_no_flag)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split_at_blanks)]
Files = Annotated[tuple[Path, ...], BeforeValidator(_split)]
ByEntity = Annotated[
    dict[str, Annotated[Whole, Field(gt=0, le=_MOST_IDS)]], BeforeValidator(_pairs)
]


def _option(default: Any, about: str, *, unit: str = "", **bounds: Any) -> Any:
    return Field(
        default=default,
        description=about,
        validate_default=True,
        json_schema_extra={"unit": unit},
        **bounds,
    )


class Settings(BaseModel):
    """Every option of the service. The order is that of the manual."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = _option(
        Path("/var/lib/icat-search"),
        "The data directory. It is made when it is not there; one service uses it at a time.",
    )
    host: str = _option("127.0.0.1", "The address to listen on; `0.0.0.0` is every IPv4 one.")
    port: Whole = _option(
        8180, "The port to listen on; 0 takes a free one and prints it.", ge=0, le=65535
    )
    allowed_addresses: Networks = _option(
        ("127.0.0.1/32", "::1/128"),
        "Who may call the operations under `/icat.lucene`: a list of networks. Others get 401. "
        "Health, status and metrics stay open.",
    )
    front_end_addresses: Networks = _option(
        (),
        "Who may call the operations under `/v1`, beside those of `allowed_addresses`: a list of "
        "networks. Whoever calls them is believed in whose name it asks, so list servers that know "
        "who their users are, never browsers.",
    )
    search_seconds: Number = _option(
        5.0,
        "How long a search may take. One that takes longer is ended and answered with 504; so is "
        "one that had to wait this long before it could begin.",
        unit="seconds",
        gt=0,
        le=_A_DAY,
        allow_inf_nan=False,
    )
    workers: Whole = _option(
        0,
        "Search processes, each running one search at a time; 0: one for each core.",
        ge=0,
        le=_MOST_PROCESSES,
    )
    waiting_searches: Whole = _option(
        128,
        "Searches that may wait for a worker; one more is answered with 503 and `Retry-After`.",
        ge=0,
    )
    max_body: Whole = _option(
        64, "The largest request body; a larger one is answered with 413.", unit="MB", gt=0
    )

    commit_seconds: Number = _option(
        0.0,
        "Commit what is pending this often; 0: only when the catalogue says so, or when the "
        "journal is full.",
        unit="seconds",
        ge=0,
        le=_A_YEAR,
        allow_inf_nan=False,
    )
    journal_sync: bool = _option(
        True,
        "Whether every change is on the disk before it is acknowledged. Without it a power failure "
        "may lose the last seconds; a crash of the service alone does not.",
    )
    journal_operations: Whole = _option(
        100_000,
        "Operations that may be pending; one more starts a commit.",
        unit="operations",
        gt=0,
    )
    journal_size: Whole = _option(
        64, "Size of the pending operations; beyond it a commit starts.", unit="MB", gt=0
    )
    writer_memory: Whole = _option(
        50,
        "Memory of one open writer. More makes fewer and larger segments in a population.",
        unit="MB",
        ge=15,
        le=_MOST_MEMORY,
    )
    open_writers: Whole = _option(
        8, "Writers (one for each shard that is being written) open at a time.", gt=0
    )

    shard_ids: Whole = _option(
        50_000_000,
        "How many ids a shard spans. It holds for shards made from then on; those that are there "
        "keep their borders until the next full index.",
        unit="ids",
        gt=0,
        le=_MOST_IDS,
    )
    shard_ids_of: ByEntity = _option(
        {},
        "Another span for some entities: in the file a table, in the environment "
        "`Datafile=100000000, Dataset=10000000`.",
        unit="ids",
    )

    reindex_workers: Whole = _option(
        0,
        "Processes of `icat-search reindex` that build shards; 0: one for each core.",
        ge=0,
        le=_MOST_PROCESSES,
    )
    reindex_leave_out: Names = _option(
        (),
        "Entities that `icat-search reindex` does not read unless they are named; what the index "
        "holds of them is taken over.",
    )
    reindex_commit_seconds: Number = _option(
        60.0,
        "How often a worker of `icat-search reindex` makes durable what it has built: so much work "
        "at most is done again after a crash.",
        unit="seconds",
        gt=0,
        le=_A_YEAR,
        allow_inf_nan=False,
    )

    source: str = _option(
        "",
        "Where `icat-search reindex`, `check` and `sync` read documents, unless `--source` says "
        "so: `mysql://search@db.example.org/icat`, or a file of documents. Without a password: "
        "that is in `source_password_file`, or in the environment as "
        f"`{PASSWORD_VARIABLE}`.",
    )
    source_zone: str = _option(
        "UTC",
        "The time zone of the dates in that database, as in `Europe/Berlin`: what the clock of the "
        "catalogue's application server showed. It is recorded with the index.",
    )
    source_password_file: str = _option(
        "", "The file that holds the password of that database; for its owner alone."
    )

    sync_overlap_seconds: Number = _option(
        600.0,
        "How long before the last time `icat-search sync` begins: longer than a transaction of the "
        "catalogue takes, and than its clock and the database's are apart.",
        unit="seconds",
        ge=0,
        le=_A_YEAR,
        allow_inf_nan=False,
    )

    matching: Matching = _option(
        Matching.PEOPLE,
        "How text is read. `people`: names are also found by their parts, pasted text is read as "
        "what it is, spelling is helped where nothing is found. `peer`: as icat.lucene does. It is "
        "decided when searching; another value needs no new index.",
    )
    part_weight: Number = _option(
        0.5,
        "What a part of a name weighs beside a whole word of the same rarity: less, as `scan` in "
        "`dark_scan_7.nxs` says less than `scan` in a title.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    joined_weight: Number = _option(
        0.7,
        "What parts that follow on weigh, such as `hc-1234` in `HC1234`: more than one part, less "
        "than the word itself.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    covering_weight: Number = _option(
        2.0,
        "What each of three or more words weighs where it is found, times its rarity, whatever the "
        "length of the field: so that many rare words come before one in a short title.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    in_order_weight: Number = _option(
        10.0,
        "Added where all words follow each other in one field. More than what one common word "
        "makes, less than `all_words_weight`.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    all_words_weight: Number = _option(
        40.0,
        "Added where all words are found, in whatever fields: more than a few words can make, so "
        "that documents with all come before those with one.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    whole_name_weight: Number = _option(
        100.0,
        "Added where the text is the whole name, title, path or DOI: more than all else together.",
        ge=0,
        le=_HEAVIEST,
        allow_inf_nan=False,
    )
    long_text_words: Whole = _option(
        50,
        "By how many of its rarest words a long text is looked for. More find little else and take "
        "longer.",
        unit="words",
        gt=0,
        le=1_000,
    )
    facet_fields: Names = _option(
        FACETABLE_BY_DEFAULT,
        "Fields of text that are also held as exact values, to filter and to count by. A change "
        "needs a new index.",
    )
    units: str = _option(
        DEFAULT_ALIASES,
        "Other names of units, `unit: name [factor], name …; unit: …`. They take prefixes too "
        "(`keV`). A change needs a new index.",
    )
    synonym_files: Files = _option(
        (),
        "Synonym files in Solr's format, instead of the built-in lists (spelling, elements, "
        "techniques). A change needs a new index.",
    )
    path_separators: str = _option(
        SEPARATORS,
        "The characters that separate the components of a file's location. A change needs a new "
        "index.",
        min_length=1,
    )

    log_format: LogFormat = _option(
        LogFormat.TEXT, "`text` for people, `json` for machines: one object a line."
    )
    slow_search_seconds: Number = _option(
        1.0,
        "A search that takes longer is logged with its query; 0: none.",
        unit="seconds",
        ge=0,
        allow_inf_nan=False,
    )

    @field_validator("*")
    @classmethod
    def _texts_can_be_written(cls, value: object) -> object:
        for text in (value, *value) if isinstance(value, tuple) else (value,):
            if isinstance(text, str | Path) and not _is_plain(str(text)):
                raise ValueError("should be text without control characters, in UTF-8")
        return value

    @field_validator("data")
    @classmethod
    def _data_is_a_directory(cls, value: Path) -> Path:
        if value == Path():
            raise ValueError("should name a directory")
        return value

    @field_validator("host")
    @classmethod
    def _host_is_an_address(cls, value: str) -> str:
        if not _HOST.fullmatch(value):
            raise ValueError(
                "should be one address or name, without a port or brackets; 0.0.0.0 is every one"
            )
        return value

    @field_validator("allowed_addresses", "front_end_addresses")
    @classmethod
    def _networks_can_call(cls, value: tuple[Network, ...]) -> tuple[Network, ...]:
        for network in value:
            if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
                raise ValueError(f"`{network}` should be written as the IPv4 network that it is")
        return value

    @field_validator("shard_ids_of")
    @classmethod
    def _spans_are_of_entities(cls, value: dict[str, int]) -> dict[str, int]:
        known = [_known_entity(name) for name in value]
        _once(known)
        return dict(zip(known, value.values(), strict=True))

    @field_validator("reindex_leave_out")
    @classmethod
    def _left_out_are_entities(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = tuple(dict.fromkeys(map(_known_entity, value)))
        if len(known) == len(ENTITIES):
            raise ValueError("these are all entities: nothing would be read")
        return known

    @field_validator("facet_fields")
    @classmethod
    def _fields_have_values(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        possible = lookup.fields_with_values()
        for name in value:
            if name not in possible:
                raise ValueError(
                    f"there is no field {name} that can be counted by its values; there are "
                    f"{', '.join(possible)}"
                )
        return tuple(dict.fromkeys(value))

    @field_validator("source")
    @classmethod
    def _source_tells_no_password(cls, value: str) -> str:
        if masked(value) != value:
            raise ValueError(
                "write the password into a file that source_password_file names, or give it as "
                f"{PASSWORD_VARIABLE} in the environment"
            )
        return value

    @field_validator("source_zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"`{value}` is no time zone such as `Europe/Berlin`") from None
        return value

    @field_validator("units")
    @classmethod
    def _units_can_be_read(cls, value: str) -> str:
        Units(value)
        return value

    @field_validator("synonym_files")
    @classmethod
    def _synonyms_can_be_read(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        try:
            Synonyms.read(value)
        except OSError as error:
            raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ValueError("a file of synonyms is not UTF-8") from error
        return value

    @field_validator("path_separators")
    @classmethod
    def _separators_separate(cls, value: str) -> str:
        if any(sign.isalnum() or sign.isspace() for sign in value):
            raise ValueError("letters, digits and blanks cannot separate the components of a path")
        if belonging := _OF_COMPONENTS.intersection(value):
            raise ValueError(f"{' '.join(sorted(belonging))} belong to the components of a path")
        return value

    def as_text(self, name: str) -> str:
        """The value as a TOML value."""
        return _toml(self.model_dump(mode="json")[name])


# A name is taken apart at these itself, and asked for by the last three.
_OF_COMPONENTS = frozenset('._-*?"')


def _is_plain(text: str) -> bool:
    return not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text)


class SettingsRefused(Exception):
    """One or more settings are wrong: each with its source, its value and what would be right."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


@dataclass(frozen=True)
class InForce:
    """The settings, and for each where its value came from."""

    settings: Settings
    sources: Mapping[str, str]

    def as_toml(self) -> str:
        """A file that would give the same settings, each line with its source."""
        names = list(Settings.model_fields)
        flat = [name for name in names if name != "shard_ids_of"]
        lines = [
            f"{name} = {self.settings.as_text(name)}  # {self.sources[name]}"
            for name in [*flat, "shard_ids_of"]
        ]
        return "\n".join(lines) + "\n"


def load(
    file: Path | None, environment: Mapping[str, str], options: Mapping[str, object]
) -> InForce:
    """The settings in force. Raises SettingsRefused with every complaint at once.

    ``options`` are those given on the command line; ``file`` may be named by the environment.
    """
    if file is None and environment.get(FILE_VARIABLE):
        file = Path(environment[FILE_VARIABLE])
    values: dict[str, object] = {}
    sources = dict.fromkeys(Settings.model_fields, "default")
    complaints: list[str] = []
    for given, source in (
        (_from_file(file), f"file {file}"),
        (_from_environment(environment), "environment"),
        (options, "command line"),
    ):
        for name, value in given.items():
            if name not in Settings.model_fields:
                complaints.append(_unknown(name, source))
                continue
            values[name] = value
            sources[name] = source
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        complaints += [_complaint(found, values, sources) for found in error.errors()]
        settings = Settings.model_construct()
    if complaints:
        raise SettingsRefused(complaints)
    return InForce(settings, sources)


def _from_file(file: Path | None) -> Mapping[str, object]:
    if file is None:
        return {}
    try:
        # Editors of Windows begin a file with a mark.
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsRefused([f"the settings file {file} cannot be read: {why}"]) from error
    except UnicodeDecodeError as error:
        raise SettingsRefused([f"the settings file {file} is not UTF-8: {error}"]) from error
    except RecursionError as error:
        raise SettingsRefused([f"the settings file {file} is nested too deeply"]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused([f"the settings file {file} is not valid TOML: {error}"]) from error


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, object]:
    return {
        variable.removeprefix(PREFIX).lower(): value
        for variable, value in environment.items()
        if variable.startswith(PREFIX) and variable not in _NO_SETTINGS
    }


def _spelled(name: str, source: str) -> str:
    """The name as it was written at its source."""
    return f"{PREFIX}{name.upper()}" if source == "environment" else name


def _unknown(name: str, source: str) -> str:
    close = difflib.get_close_matches(name, Settings.model_fields, n=1)
    hint = f"; did you mean {_spelled(close[0], source)}?" if close else ""
    return f"{_spelled(name, source)} ({source}): there is no such setting{hint}"


def _complaint(error: Any, values: Mapping[str, object], sources: Mapping[str, str]) -> str:
    name = str(error["loc"][0])
    source = sources[name]
    right = str(error["msg"]).removeprefix("Value error, ")
    right = right[:1].lower() + right[1:]
    value = values.get(name)
    if isinstance(value, str):
        value = masked(value)
    return f"{_spelled(name, source)} = {value!r} ({source}): {right}"


def _toml(value: object) -> str:
    match value:
        case dict():
            return (
                "{" + ", ".join(f"{name} = {_toml(found)}" for name, found in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


# ── the page of the manual ───────────────────────────────────────────────────────────────────────

_INTRODUCTION = """\
# Settings

<!-- made by `scripts/make-docs` from `search_service/settings.py` -->

A setting comes from, each stronger than the one before: its default, the file given by `--config`
(or `ICAT_SEARCH_CONFIG`), the environment, the command line (`--port 8080`, or for any of them
`--set search_seconds=10`). The file is TOML, one `name = value` a line; in the environment a name
is in capitals after `ICAT_SEARCH_`, and the parts of a list are separated by commas.

A name that is not here, or a value that is wrong, is reported with its source and with what would
be right, and no command does anything then (exit status 2): all read the settings in the same way.
`icat-search config` prints what is in force and where each value came from.

## For those who come from icat.lucene

| icat.lucene (`run.properties`) | here |
| --- | --- |
| `directory` | `data` |
| `commitSeconds` | `commit_seconds` |
| `maxShardSize`, in documents | `shard_ids` and `shard_ids_of`, in ids |
| `ip` | `allowed_addresses` |
| the time limit of a search | `search_seconds` |
| `units` | `units`, written the same way |
| `facetFields` | `facet_fields` |
| synonyms, built in | `synonym_files`; the built-in lists when it is empty |
| `aggregateFiles` | none: sizes and counts of files are taken as the catalogue sends them |

## Every setting
"""


def manual() -> str:
    """The text of ``docs/configuration.md``."""
    return _INTRODUCTION + "".join(_section(name, f) for name, f in Settings.model_fields.items())


def _section(name: str, field: FieldInfo) -> str:
    extra = field.json_schema_extra
    unit = extra["unit"] if isinstance(extra, dict) else ""
    default = Settings().as_text(name)
    return (
        f"\n### `{name}`\n\n{field.description}\n\n"
        f"* default: `{default}`{f' ({unit})' if unit else ''}\n"
        f"* values: {_values(field)}\n"
        f"* environment: `{PREFIX}{name.upper()}`\n"
    )


def _values(field: FieldInfo) -> str:
    kind = field.annotation
    bounds = " and ".join(
        f"{word} {getattr(rule, attribute)}"
        for rule in field.metadata
        for attribute, word in (
            ("gt", "greater than"),
            ("ge", "at least"),
            ("lt", "less than"),
            ("le", "at most"),
        )
        if getattr(rule, attribute, None) is not None
    )
    match kind:
        case type() if issubclass(kind, StrEnum):
            return " or ".join(f"`{choice}`" for choice in kind)
        case type() if issubclass(kind, bool):
            return "`true` or `false`"
        case type() if issubclass(kind, int):
            return f"a whole number {bounds}".rstrip()
        case type() if issubclass(kind, float):
            return f"a number {bounds}".rstrip()
        case type() if issubclass(kind, Path):
            return "a path"
        case type() if issubclass(kind, str):
            return "text"
    match get_args(kind):
        case (first, *_) if first is Path:
            return "a list of files"
        case (first, last) if first is str and last is not ...:
            return "a table: entity to whole number greater than 0"
        case (first, *_) if first is str:
            return "a list of names"
        case _:
            return "a list of networks, `10.0.0.0/8`, or addresses"
