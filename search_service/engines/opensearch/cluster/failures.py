"""What a cluster that does not answer or refuses means to a caller, in the errors of the table.

A sentence names the cluster and says what to do. Not here: what is wrong with a cluster before
anything is asked of it, which ends the start.
"""

import errno
import os
import re
from dataclasses import dataclass
from http import HTTPStatus

from search_service.engines.opensearch.cluster.answers import Answer
from search_service.engines.too_large import (
    PATTERN_TOO_LARGE,
    TOO_MANY_CONDITIONS,
)
from search_service.errors import (
    BadRequest,
    EngineFailed,
    EngineUnavailable,
    SearchTimedOut,
    ServiceError,
)

_CURE = "The logs of its nodes say more"
_CANCELLED = {
    "task_cancelled_exception",
    "time_exceeded_exception",
    "query_phase_time_exceeded_exception",
}
# A node that another one asked has just ended.
_NODE_GONE = {
    "node_not_connected_exception",
    "node_disconnected_exception",
    "node_closed_exception",
    "connect_transport_exception",
    "no_shard_available_action_exception",
    "unavailable_shards_exception",
}
_PATTERN = {"too_complex_to_determinize_exception"}
_CLAUSES = {"too_many_clauses", "too_many_nested_clauses", "too_many_buckets_exception"}
# Where the type is one for everything, a part of the sentence tells.
_PATTERN_SENTENCES = ("length of regex", "Determinizing automaton", "expanded to too many terms")
_CLAUSE_SENTENCES = (
    "maxClauseCount",
    "too many nested",
    "number of terms",
    "nested depth of the query",
)
_DISK_FULL = (
    *("flood-stage", "read-only-allow-delete", "read-only / allow delete"),
    "create-index blocked",
)
_RIGHT = re.compile(r"no permissions for \[([^\]]+)\]")
_LATER = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}


class _Refusal(Exception):
    """What the cluster said, as the cause of an EngineFailed."""


@dataclass(frozen=True, slots=True)
class Failures:
    """The errors of one cluster. ``addresses``: of its nodes, as a sentence names them."""

    addresses: str
    user: str = ""

    def unreachable(self, reason: str) -> EngineUnavailable:
        """No node takes a connection, or each ends it."""
        return EngineUnavailable(
            f"The OpenSearch cluster at {self.addresses} does not answer ({_short(reason)}); see "
            "that its nodes run and can be reached, then try again"
        )

    def not_trusted(self, reason: str) -> EngineUnavailable:
        """A node takes a connection, and has no certificate or not the right one."""
        return EngineUnavailable(
            f"The certificate of the OpenSearch cluster at {self.addresses} is not accepted "
            f"({_short(reason)}); name that of its authority by the setting "
            "opensearch_certificates, and nodes by the names that are in their certificates"
        )

    def too_slow(self, seconds: float) -> EngineUnavailable:
        """No answer came in time to a request that is no search."""
        return EngineUnavailable(
            f"The OpenSearch cluster at {self.addresses} did not answer within {seconds:g} "
            "seconds; see its load, then try again or raise the setting opensearch_seconds"
        )

    def refused(
        self, request: str, answer: Answer, search_seconds: float | None = None
    ) -> ServiceError:
        """An answer that is no success. ``search_seconds``: what a search was allowed to take."""
        kinds, said = answer.kinds, " ".join(answer.reasons)
        if search_seconds is not None and kinds & _CANCELLED:
            return SearchTimedOut(search_seconds)
        if _has(said, _DISK_FULL):
            full = EngineUnavailable(
                f"Disks of the OpenSearch cluster at {self.addresses} are full beyond its "
                "flood-stage watermark, so nothing is written; give them room, then try "
                "again"
            )
            full.__cause__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # see `is_full`
            return full
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return EngineUnavailable(
                f"The OpenSearch cluster at {self.addresses} has too much to do just now "
                f"({_short(answer.reasons[-1])}); try again in a moment"
            )
        too_large = _too_large(kinds, said)
        if too_large is not None and answer.status not in _LATER:
            return BadRequest(too_large)
        if answer.status in _LATER or kinds & _NODE_GONE:
            return EngineUnavailable(
                f"The OpenSearch cluster at {self.addresses} cannot do this just now "
                f"({_short(answer.reasons[-1])}); see `/_cluster/health`, then try again"
            )
        if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return EngineFailed(
                f"OpenSearch refused {request}",
                _Refusal("it is larger than its nodes take in a request"),
                "Shorten it, or raise their setting http.max_content_length, which is 100 MB "
                "unless given",
            )
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return EngineUnavailable(
                f"The OpenSearch cluster at {self.addresses} does not know {self._account}, or "
                "has another password for it; see the settings opensearch_user and "
                "opensearch_password_file"
            )
        if answer.status == HTTPStatus.FORBIDDEN and not _is_block(kinds):
            return EngineUnavailable(
                f"The OpenSearch cluster at {self.addresses} refuses {self._account} "
                f"{_right(said)}, needed for {request}; give it that right"
            )
        if "index_not_found_exception" in kinds:
            return EngineFailed(
                f"OpenSearch refused {request}",
                _Refusal(_short(answer.reasons[-1])),
                "Somebody removed an index of the service: restore it from a snapshot; or start "
                "the service anew, which makes what it needs, then `icat-search sync` or a "
                "re-index brings in what was lost",
            )
        return EngineFailed(
            f"OpenSearch refused {request}", _Refusal(_short(answer.reasons[-1])), _CURE
        )

    @property
    def _account(self) -> str:
        return f"the account {self.user}" if self.user else "a caller without an account"


def _too_large(kinds: frozenset[str], said: str) -> str | None:
    """What to say of a search that is too large; None when it is not that."""
    if kinds & _PATTERN or _has(said, _PATTERN_SENTENCES):
        return PATTERN_TOO_LARGE
    if kinds & _CLAUSES or _has(said, _CLAUSE_SENTENCES):
        return TOO_MANY_CONDITIONS
    return None


def _right(said: str) -> str:
    """The right that the security of the cluster says is missing."""
    found = _RIGHT.search(said)
    return f"the right {found[1]}" if found else f"something ({_short(said)})"


def _is_block(kinds: frozenset[str]) -> bool:
    """Whether an index may not be written for a while, which is no matter of rights."""
    return "cluster_block_exception" in kinds


def _has(said: str, parts: tuple[str, ...]) -> bool:
    return any(part in said for part in parts)


def _short(reason: str) -> str:
    return " ".join(reason.split())[:300].rstrip(".")
