"""The page of the manual that lists every setting: ``docs/configuration.md``."""

from enum import StrEnum
from pathlib import Path
from typing import get_args

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
    extra = extra if isinstance(extra, dict) else {}
    unit, engine = extra["unit"], extra["engine"]
    default = Settings().as_text(name)
    return (
        f"\n### `{name}`\n\n{field.description}\n\n"
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
