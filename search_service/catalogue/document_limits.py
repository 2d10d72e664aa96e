"""How large one document may be: what no catalogue has is refused before it is kept.

A path of 100,000 directories is as many terms, and a document of a megabyte is read for each page
that it is on. The defaults are far above what ICAT's columns hold. Not here: whether the values
are of the kinds of their fields, see ``documents``.
"""

from dataclasses import dataclass, field

import orjson

from analyzers import SEPARATORS
from search_service.catalogue import lookup
from search_service.catalogue.documents import Document
from search_service.catalogue.model import FieldKind
from search_service.errors import LimitExceeded

_LONG = 1_000  # characters, of a field that a sentence names, or bytes of a small document


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """``size``: bytes of a document as JSON; the others as their names say."""

    size: int = 8 << 20
    document_fields: int = 1_000
    value_length: int = 1_000_000  # characters
    name_length: int = 1_000  # characters, of an entity or a field
    path_depth: int = 10_000  # components
    small: int = field(init=False)  # bytes of a document in which nothing can be too much

    def __post_init__(self) -> None:
        smallest = (
            self.size,
            self.document_fields,
            self.value_length,
            self.name_length,
            self.path_depth,
        )
        object.__setattr__(self, "small", min(*smallest, _LONG))

    def check_entity(self, name: str) -> None:
        """Raises LimitExceeded for the name of an entity that is too long."""
        if len(name) > self.name_length:
            raise LimitExceeded(
                f"The name of an entity has {len(name):,} characters",
                self.name_length,
                "max_name_length",
            )

    def check(self, entity: str, id_: object, document: Document) -> None:
        """Raises LimitExceeded for a document of which anything is too much.

        Every document of a population passes here: 1 µs where it is small, as most are.
        """
        size = len(orjson.dumps(document))
        if size <= self.small:
            return
        if size > self.size:
            raise LimitExceeded(
                f"{entity} {id_} has {size >> 20:,} MB", self.size >> 20, "max_document"
            )
        if len(document) > self.document_fields:
            raise self._exceeded(entity, id_, f"has {len(document):,} fields", "document_fields")
        longest = max(map(len, document), default=0)
        if longest > self.name_length:
            what = f"has a field whose name has {longest:,} characters"
            raise self._exceeded(entity, id_, what, "name_length")
        for name, value in document.items():
            if isinstance(value, str) and len(value) > self.small:
                self._check_long(entity, id_, name, value)

    def _check_long(self, entity: str, id_: object, name: str, value: str) -> None:
        if len(value) > self.value_length:
            what = f"has {len(value):,} characters in the field {name[:_LONG]}"
            raise self._exceeded(entity, id_, what, "value_length")
        if lookup.kind_of(name) is FieldKind.PATH:
            depth = 1 + sum(map(value.count, SEPARATORS))
            if depth > self.path_depth:
                what = f"has {depth:,} components in the path {name}"
                raise self._exceeded(entity, id_, what, "path_depth")

    def _exceeded(self, entity: str, id_: object, what: str, limit: str) -> LimitExceeded:
        return LimitExceeded(f"{entity} {id_} {what}", getattr(self, limit), f"max_{limit}")
