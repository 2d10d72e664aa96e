"""What the engine asks of the cluster: requests, bulks, searches, documents by compare-and-set.

A document that is created or replaced has a mark of the attempt in it: where an answer was lost and
the request is sent again, the mark tells our own first attempt from another's document. Not here:
what is asked, and in which index.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson

from search_service.engines.config import ClusterOptions
from search_service.engines.opensearch.cluster.answers import Answer
from search_service.engines.opensearch.cluster.nodes import NoAnswerInTime, Nodes
from search_service.errors import SearchTimedOut, ServiceError

ATTEMPT = "attempt"
"""The field of the mark, in documents that ``Cluster`` creates or replaces."""

_GRACE_SECONDS = 2.0  # that a search gets to say that it was cancelled
_LINES = "application/x-ndjson"
_OF_BULK = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
_OTHER_AFTER = 3.0  # seconds: a document is read in milliseconds

Body = bytes | Mapping[str, Any] | Sequence[Any] | None
Params = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it was when it was read or written: what compare-and-set compares."""

    document: dict[str, Any]
    seq_no: int
    primary_term: int


class Cluster:
    """A cluster, for several threads. It can be sent to other processes.

    Whatever cannot be done raises an error of the table: EngineUnavailable where it may be done
    later, SearchTimedOut, BadRequest for a search that is too large, else EngineFailed.
    """

    def __init__(self, options: ClusterOptions, nodes: Nodes | None = None) -> None:
        """``nodes``: those of the options, unless given."""
        self._options = options
        self._nodes = Nodes(options) if nodes is None else nodes

    @property
    def addresses(self) -> str:
        """Those of its nodes, as a sentence names them."""
        return self._nodes.failures.addresses

    def close(self) -> None:
        """Give back all connections."""
        self._nodes.close()

    # ── requests ─────────────────────────────────────────────────────────────────────────────────

    def request(
        self,
        method: str,
        path: str,
        params: Params | None = None,
        body: Body = None,
        *,
        seconds: float | None = None,
        can_repeat: bool = True,
    ) -> Any:
        """The content of the answer, as JSON is read. Any other status than 2xx is an error.

        ``seconds``: how long it may take, those of the options if not given. ``can_repeat``: doing
        it twice is as good as once.
        """
        answer = self.answer(
            method, path, params, body, seconds=seconds, can_repeat=can_repeat, accept=()
        )
        return answer.content

    def answer(
        self,
        method: str,
        path: str,
        params: Params | None = None,
        body: Body = None,
        *,
        accept: Collection[int],
        seconds: float | None = None,
        can_repeat: bool = True,
        other_after: float | None = None,
    ) -> Answer:
        """As ``request``, with the status; ``accept``: those that are no errors to the caller.

        ``other_after``: seconds after which another node is asked.
        """
        allowed = self._options.seconds if seconds is None else seconds
        try:
            answer = self._send(
                method,
                path,
                params,
                body,
                allowed,
                can_repeat=can_repeat,
                other_after=other_after,
            )
        except NoAnswerInTime as error:
            raise self._nodes.failures.too_slow(allowed) from error
        if not answer.is_success and answer.status not in accept:
            raise self._nodes.failures.refused(f"{method} {path}", answer)
        return answer

    def bulk(self, lines: bytes, params: Params | None = None) -> Answer:
        """Carry out lines of a bulk, which must be such that doing them twice is as good as once.

        The status is 200, 429 when the cluster has too much to do, or 413 when the request is
        larger than it takes. Each line has its own result in the content's ``items``.
        """
        allowed = self._options.seconds
        try:
            answer = self._send(
                "POST", "/_bulk", params, lines, allowed, can_repeat=True, content_type=_LINES
            )
        except NoAnswerInTime as error:
            raise self._nodes.failures.too_slow(allowed) from error
        if not answer.is_success and answer.status not in _OF_BULK:
            raise self._nodes.failures.refused("POST /_bulk", answer)
        return answer

    def error_of(self, request: str, answer: Answer) -> ServiceError:
        """What an answer means that is no success, or a part of one."""
        return self._nodes.failures.refused(request, answer)

    # ── searches ─────────────────────────────────────────────────────────────────────────────────

    def search(
        self,
        index: str,
        body: Mapping[str, Any],
        params: Params | None = None,
        *,
        seconds: float | None = None,
    ) -> Any:
        """The answer of a search over all its shards; None when there is no such index (any more).

        ``seconds``: after which the cluster cancels it, those of the options if not given.
        """
        allowed = self._options.search_seconds if seconds is None else seconds
        path = f"/{quote(index, safe=',*')}/_search"
        answer = self._search(path, {**_limits(allowed), **(params or {})}, body, allowed)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        self._check(path, answer, allowed)
        return answer.content

    def searches(
        self,
        searches: Sequence[tuple[str, Mapping[str, Any]]],
        params: Params | None = None,
        *,
        seconds: float | None = None,
        read: Sequence[str] = (),
    ) -> list[Any]:
        """The answers of several searches, each of an index, in one request; as ``search``.

        ``params``: of each search. ``read``: what the answer has, all if not given.
        """
        allowed = self._options.search_seconds if seconds is None else seconds
        head = {**_limits(allowed), **(params or {})}
        lines = b"".join(
            line
            for index, body in searches
            for line in (
                orjson.dumps({"index": index, **head}, option=orjson.OPT_APPEND_NEWLINE),
                orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE),
            )
        )
        paths = {"filter_path": ",".join(read)} if read else None
        answer = self._search("/_msearch", paths, lines, allowed, content_type=_LINES)
        self._check("/_msearch", answer, allowed)
        return [self._one_of(found, allowed) for found in answer.content["responses"]]

    def _one_of(self, found: Any, allowed: float) -> Any:
        answer = Answer(found.get("status", HTTPStatus.OK), found)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        self._check("/_msearch", answer, allowed)
        return found

    def _search(
        self,
        path: str,
        params: Params | None,
        body: Body,
        allowed: float,
        content_type: str = "application/json",
    ) -> Answer:
        try:
            return self._send(
                "POST",
                path,
                params,
                body,
                allowed + _GRACE_SECONDS,
                can_repeat=True,
                content_type=content_type,
            )
        except NoAnswerInTime as error:
            # The connection is closed, which cancels the search as well.
            raise SearchTimedOut(allowed) from error

    def _check(self, path: str, answer: Answer, allowed: float) -> None:
        if not answer.is_success:
            raise self._nodes.failures.refused(f"POST {path}", answer, allowed)
        if answer.content.get("timed_out"):
            raise SearchTimedOut(allowed)

    # ── single documents ─────────────────────────────────────────────────────────────────────────

    def get(self, index: str, id_: str) -> Stored | None:
        """The document as it was written last by anybody, searched or not; None: there is none."""
        read = self._read(index, id_)
        return None if read is None else read[0]

    def create(
        self, index: str, id_: str, document: Mapping[str, Any], *, by_alias: bool = False
    ) -> Stored | None:
        """Write a document that is not there yet; None when one is there.

        ``by_alias``: ``index`` must be an alias; where there is none, a write makes no index.
        """
        return self._write(index, id_, document, {"op_type": "create", "require_alias": by_alias})

    def replace(
        self,
        index: str,
        id_: str,
        document: Mapping[str, Any],
        instead_of: Stored,
        *,
        by_alias: bool = False,
    ) -> Stored | None:
        """Write a document in place of the one that was read; None when it has changed since."""
        params = {**_unchanged(instead_of), "require_alias": by_alias}
        return self._write(index, id_, document, params)

    def put(
        self, index: str, id_: str, document: Mapping[str, Any], *, by_alias: bool = False
    ) -> None:
        """Write a document, whatever is there."""
        self.request("PUT", _document(index, id_), {"require_alias": by_alias}, document)

    def delete(self, index: str, id_: str, instead_of: Stored | None = None) -> bool:
        """Remove a document, if it is as it was read; whether it is not there any more."""
        answer = self.answer(
            "DELETE",
            _document(index, id_),
            None if instead_of is None else _unchanged(instead_of),
            accept=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
        )
        return answer.status != HTTPStatus.CONFLICT

    def _write(
        self, index: str, id_: str, document: Mapping[str, Any], params: Params
    ) -> Stored | None:
        attempt = uuid4().hex
        answer = self.answer(
            "PUT",
            _document(index, id_),
            params,
            {**document, ATTEMPT: attempt},
            accept=(HTTPStatus.CONFLICT,),
        )
        if answer.status != HTTPStatus.CONFLICT:
            return Stored(
                dict(document), answer.content["_seq_no"], answer.content["_primary_term"]
            )
        return self._ours(index, id_, attempt) if answer.may_be_second else None

    def _ours(self, index: str, id_: str, attempt: str) -> Stored | None:
        """The document, if it was written by the attempt whose answer was lost."""
        read = self._read(index, id_)
        return read[0] if read is not None and read[1] == attempt else None

    def _read(self, index: str, id_: str) -> tuple[Stored, str | None] | None:
        """A document, and the attempt by which it was written."""
        path = _document(index, id_)
        # The first copy has whatever was acknowledged, and never goes back: others may be behind.
        params: Params = {"realtime": True, "preference": "_primary_first"}
        answer = self.answer(
            "GET", path, params, accept=(HTTPStatus.NOT_FOUND,), other_after=_OTHER_AFTER
        )
        found = answer.content
        if answer.status == HTTPStatus.NOT_FOUND:
            if "error" in found:  # it is the index that is not there
                raise self._nodes.failures.refused(f"GET {path}", answer)
            return None
        document = dict(found["_source"])
        attempt = document.pop(ATTEMPT, None)
        return Stored(document, found["_seq_no"], found["_primary_term"]), attempt

    def _send(
        self,
        method: str,
        path: str,
        params: Params | None,
        body: Body,
        seconds: float,
        *,
        can_repeat: bool,
        other_after: float | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        return self._nodes.send(
            method,
            path,
            {name: _as_param(value) for name, value in (params or {}).items()},
            body if body is None or isinstance(body, bytes) else orjson.dumps(body),
            seconds=seconds,
            can_repeat=can_repeat,
            other_after=other_after,
            content_type=content_type,
        )


def _limits(seconds: float) -> dict[str, str | bool]:
    """A search that is cut short, or that lacks a shard, is an error."""
    return {
        "cancel_after_time_interval": f"{max(1, round(seconds * 1000))}ms",
        "allow_partial_search_results": False,
    }


def _unchanged(since: Stored) -> dict[str, int]:
    return {"if_seq_no": since.seq_no, "if_primary_term": since.primary_term}


def _document(index: str, id_: str) -> str:
    return f"/{quote(index, safe='')}/_doc/{quote(id_, safe='')}"


def _as_param(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
