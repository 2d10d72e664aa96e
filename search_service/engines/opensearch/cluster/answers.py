"""What the cluster answers: a status and JSON, from which the reason of a refusal can be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a node.

    ``may_be_second``: the request was sent more than once, and what was sent before may have been
    done though nobody could answer.
    """

    status: int
    content: Any  # as JSON is read; text where a proxy answers
    may_be_second: bool = False

    @property
    def is_success(self) -> bool:
        """Whether what was asked for is done."""
        return HTTPStatus(200) <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def kinds(self) -> frozenset[str]:
        """The types of all errors in it: of shards, and causes of causes."""
        return frozenset(kind for error in _errors(self.content) if (kind := error.get("type")))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences of the cluster, the innermost cause last."""
        said = (str(error["reason"]) for error in _errors(self.content) if _has_reason(error))
        found = tuple(dict.fromkeys(said))
        return found or (str(self.content)[:300] or f"status {self.status}",)


def _has_reason(error: dict[str, Any]) -> bool:
    return isinstance(error.get("reason"), str)


def _errors(content: object) -> Iterator[dict[str, Any]]:
    """Every error object in an answer, the outer before the inner."""
    match content:
        case {"error": dict(error)}:
            yield from _within(error)
        case {"error": str(sentence)}:
            yield {"reason": sentence}


def _within(error: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield error
    for shard in error.get("failed_shards") or ():
        if isinstance(reason := shard.get("reason"), dict):
            yield from _within(reason)
    yield from error.get("root_cause") or ()
    if isinstance(cause := error.get("caused_by"), dict):
        yield from _within(cause)
