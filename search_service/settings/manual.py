"""The page of the manual that lists every setting: ``docs/configuration.md``."""

from enum import StrEnum
from pathlib import Path
from typing import get_args

from pydantic import JsonValue
from pydantic.fields import FieldInfo

from search_service.settings.model import Settings
from search_service.settings.values import PREFIX

_INTRODUCTION = """\
# Settings

<!-- made by `scripts/make-docs` from `search_service/settings/model.py` -->

A setting comes from, each stronger than the one before: its default, the file given by `--config`
(or `ICAT_SEARCH_CONFIG`), the environment, the command line (`--port 8080`, or for any of them
`--set search_seconds=10`). The file is TOML, one `name = value` a line; in the environment a name
is in capitals after `ICAT_SEARCH_`, and the parts of a list are separated by commas.

A name that is not here, or a value that is wrong, is reported with its source and with what would
be right, and no command does anything then (exit status 2): all read the settings in the same way.
`icat-search config` prints what is in force and where each value came from.

Traces are no setting: OpenTelemetry's own variables turn them on ([traces](operating.md#traces)).

## For those who come from icat.lucene

`icat-search settings --from run.properties` translates its file, with a remark for what has no
equal.

| icat.lucene (`run.properties`) | here |
| --- | --- |
| `directory` | `data`, which has to be another directory: its files are Lucene's |
| `commitSeconds` | `commit_seconds` |
| `maxShardSize`, in documents | `shard_ids` and `shard_ids_of`, in ids |
| `ip` | `allowed_addresses` |
| `maxSearchTimeSeconds` | `search_seconds` |
| `units` | `units`, written the same way |
| `facetFields` | `facet_fields` |
| synonyms, built in | `synonym_files`; the built-in lists when it is empty |
| `aggregateFiles` | none: sizes and counts of files are taken as the catalogue sends them |

## Names

* `max_…` is the most that a caller may bring or ask for. Beyond it a request is refused (400, 413;
  of connections 503) with a sentence that names the setting. The defaults are far above what
  catalogues send.
* `…_seconds` are times; `…_memory` and sizes are in MB (2²⁰ bytes).
* `…_addresses` are networks, `…_files` paths.

"""


def manual() -> str:
    """The text of ``docs/configuration.md``."""
    fields = Settings.model_fields.items()
    return _INTRODUCTION + _overview() + "".join(_entry(name, field) for name, field in fields)


def _overview() -> str:
    """A table of all names by section, to see them at once."""
    rows: list[tuple[str, list[str]]] = []
    for name, field in Settings.model_fields.items():
        if section := _extra(field)["section"]:
            rows.append((str(section), []))
        rows[-1][1].append(f"[`{name}`](#{name})")
    return (
        f"## All {len(Settings.model_fields)} settings\n\n| about | settings |\n| --- | --- |\n"
        + "".join(f"| {section} | {', '.join(names)} |\n" for section, names in rows)
    )


def _extra(field: FieldInfo) -> dict[str, JsonValue]:
    """What ``model`` notes of a setting beside its type and bounds."""
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def _entry(name: str, field: FieldInfo) -> str:
    extra = _extra(field)
    unit, engine, section = extra["unit"], extra["engine"], extra["section"]
    default = Settings().as_text(name)
    return (
        (f"\n## {section}\n" if section else "") + f"\n### `{name}`\n\n{field.description}\n\n"
        f"* default: `{default}`{f' ({unit})' if unit else ''}\n"
        f"* values: {extra['values'] or _values(field)}\n"
        f"* environment: `{PREFIX}{name.upper()}`\n"
        + (f'* with `engine = "{engine}"` only\n' if engine else "")
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
            return "a table: entity to whole number"
        case (first, *_) if first is str:
            return "a list of names"
        case _:
            return "a list of networks, `10.0.0.0/8`, or addresses"
