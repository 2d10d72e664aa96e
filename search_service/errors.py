"""Every error that a caller can see: status, code and sentence.

The catalogue shows the sentence to its user and recognises those marked ★ word for word.
Not here: how an error becomes a response, see ``workers.answers``.
"""

from http import HTTPStatus
from pathlib import Path

from search_service import system_limits

_LONGEST_PATH = 200


def _cut(path: str) -> str:
    """A path as a sentence has it: anybody may send any path."""
    return path if len(path) <= _LONGEST_PATH else path[: _LONGEST_PATH - 1] + "…"


class EndsCommand(Exception):
    """What an operator can do something about; its sentence says what. Ends a command."""


class ServiceError(EndsCommand):
    """An error with a place in the table; its subclasses are the table."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "INTERNAL"

    @property
    def message(self) -> str:
        """The sentence for a person."""
        return str(self)


class BadRequest(ServiceError):
    """What the caller sent is wrong; the sentence says what and what would be right."""

    status = HTTPStatus.BAD_REQUEST
    code = "BAD_REQUEST"


class LimitExceeded(BadRequest):
    """A request that asks for more than a setting allows; the sentence names the setting."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, what: str, limit: int, setting: str) -> None:
        """``what``: the subject of the sentence, as in "The text to search for has 12 groups"."""
        super().__init__(
            f"{what}, and at most {limit:,} are allowed; ask for less, or have the setting "
            f"{setting} raised"
        )


class UnreadableText(BadRequest):  # ★
    """The text of a search follows no syntax and, with `matching = "people"`, has no word."""

    code = "UNREADABLE_TEXT"

    def __init__(self, detail: str = "") -> None:
        super().__init__("Search term could not be parsed due to syntax errors")
        self.detail = detail  # for the log: the sentence is fixed


class NobodyAsks(BadRequest):
    """A request under `/v1` that does not say whose rights hold."""

    code = "NOBODY_ASKS"

    def __init__(self) -> None:
        super().__init__(
            "Say whose rights hold: 'user' with the name of a user, 'public' with true for what "
            "everybody may see, or both"
        )


class CursorRefused(BadRequest):
    """A cursor of `/v1` that was not given by this service, or for another search."""

    code = "CURSOR_REFUSED"


class RangeOccupied(BadRequest):
    """A lock without `delete`, where documents have ids in its range."""

    code = "RANGE_OCCUPIED"

    def __init__(self, highest: int) -> None:
        super().__init__(f"While locking index, found id {highest} in specified range")


class EntityLocked(ServiceError):
    """A change of an entity that is being populated."""

    status = HTTPStatus.NOT_ACCEPTABLE
    code = "LOCKED"

    def __init__(self, entity: str) -> None:
        super().__init__(f"Lucene locked for {entity}")


class AlreadyLocked(ServiceError):  # ★
    """A lock of an entity that is locked."""

    status = HTTPStatus.NOT_ACCEPTABLE
    code = "ALREADY_LOCKED"

    def __init__(self, entity: str) -> None:
        super().__init__(f"Lucene already locked for {entity}")


class NotLocked(ServiceError):  # ★
    """An unlock of an entity that is not locked."""

    status = HTTPStatus.NOT_ACCEPTABLE
    code = "NOT_LOCKED"

    def __init__(self, entity: str) -> None:
        super().__init__(f"Lucene is not currently locked for {entity}")


class BeingReindexed(ServiceError):
    """A lock or a clear while `icat-search reindex` builds the next generation."""

    status = HTTPStatus.NOT_ACCEPTABLE
    code = "REINDEXING"

    def __init__(self) -> None:
        super().__init__(
            "The index is being built anew, so it is neither populated nor cleared meanwhile; wait "
            "until that has ended, or give it up by icat-search reindex --cancel"
        )


class NotNow(ServiceError):
    """What the owner of the data directory asks for by its socket cannot be done as it is."""

    status = HTTPStatus.CONFLICT
    code = "NOT_NOW"


class SearchTimedOut(ServiceError):  # ★
    """A search that took longer than the setting `search_seconds`, or waited so long."""

    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "TIMED_OUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Search cancelled for exceeding {seconds:g} seconds")


class TooBusy(ServiceError):
    """Too many searches wait, in all or of this caller; see `waiting_searches`. Has `Retry-After`.

    Nothing was done. So it is when this one could not begin within `search_seconds`.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "BUSY"
    retry_after = 1  # seconds

    def __init__(self, why: str, retry_after: int = 1) -> None:
        super().__init__(f"{why}; try again in a moment")
        self.retry_after = retry_after


class SearchFailed(ServiceError):
    """The process that ran the search ended."""

    code = "SEARCH_FAILED"

    def __init__(self) -> None:
        super().__init__(
            "The search process ended unexpectedly; the search can be sent again, and the log of "
            "the service says more"
        )


class SearchOutOfMemory(ServiceError):
    """A search that needed more memory than the setting `worker_memory`; it alone has failed."""

    code = "SEARCH_OUT_OF_MEMORY"

    def __init__(self, limit: int) -> None:
        """``limit``: bytes; 0: all that there are."""
        allowed = f"the {limit >> 20:,} MB that a search process may have" if limit else "there is"
        super().__init__(
            f"The search needed more memory than {allowed}; ask for less, or have the setting "
            "worker_memory raised"
        )


class BodyTooLarge(ServiceError):
    """A body larger than `max_body`, of a search `max_search_body`; nothing of it was done."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "BODY_TOO_LARGE"

    def __init__(self, limit: int, setting: str = "max_body") -> None:
        """``limit``: bytes; 0 for an operation that takes no body."""
        super().__init__(
            f"The body of the request is larger than {limit >> 20} MB; send smaller batches, or "
            f"raise the setting {setting}"
            if limit
            else "This operation takes no body; send what is asked for in the address"
        )


class RequestTimedOut(ServiceError):
    """A request that does not arrive whole in time: `head_seconds`, `stalled_seconds`.

    The connection ends.
    """

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "REQUEST_TIMED_OUT"

    def __init__(self, part: str, setting: str) -> None:
        super().__init__(
            f"{part} of the request did not arrive in time; send it without pauses, or raise the "
            f"setting {setting}"
        )


class HeadTooLarge(ServiceError):
    """An address and headers that are too large. The connection ends."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "REQUEST_HEADER_FIELDS_TOO_LARGE"

    def __init__(self, what: str, limit: int, unit: str) -> None:
        super().__init__(f"{what} of a request may have at most {limit:,} {unit}")


class NoProxy(ServiceError):
    """The method `CONNECT`. The connection ends."""

    status = HTTPStatus.NOT_IMPLEMENTED
    code = "NOT_IMPLEMENTED"

    def __init__(self) -> None:
        super().__init__("This is no proxy")


class TooManyConnections(ServiceError):
    """All of `max_connections`, or of those of one address, are in use; has `Retry-After`.

    The connection ends.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "TOO_MANY_CONNECTIONS"
    retry_after = 5  # seconds

    def __init__(self) -> None:
        super().__init__(
            "There are as many connections as the settings max_connections and "
            "max_connections_of_address allow; close some, or try again in a moment"
        )


class TooManyBytes(ServiceError):
    """Bodies that come in and answers that are not read yet fill `bytes_in_flight`.

    Has `Retry-After`.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "TOO_MANY_BYTES"
    retry_after = 5  # seconds

    def __init__(self) -> None:
        super().__init__(
            "Other requests and answers that are not read yet take all that the setting "
            "bytes_in_flight allows; try again in a moment"
        )


class StorageFailed(ServiceError):
    """The disk could not be read or written."""

    code = "STORAGE_FAILED"


class EngineUnavailable(StorageFailed):
    """The cluster that keeps the index does not answer, or cannot just now; has `Retry-After`."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "ENGINE_UNAVAILABLE"
    retry_after = 5  # seconds


class TurnLost(StorageFailed):
    """Another service went on with what this one had begun, as it did not answer for too long."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "TURN_LOST"
    retry_after = 1  # seconds

    def __init__(self) -> None:
        super().__init__(
            "Another service of this index took over, as this one did not answer for too long; "
            "nothing is lost, send the request again"
        )


class ShardDamaged(StorageFailed):
    """A part of the index is damaged or missing; what does not need it is answered."""

    code = "SHARD_DAMAGED"

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self.what = what
        self.entity = path.parent.parent.name
        super().__init__(
            f"The shard {path} is damaged, {what}: restore it from a backup, build its entity "
            f"anew by `icat-search reindex --entities {self.entity}`, or search an older "
            "generation by `icat-search rollback`"
        )


class ReleasesDamaged(StorageFailed):
    """The table of what is public is damaged; searches that ask for nothing public go on."""

    code = "RELEASES_DAMAGED"

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self.what = what
        super().__init__(
            f"{path} says what is public, and {what}: restore it from a backup, write "
            "it anew by `icat-search reindex --entities Investigation`, or search an older "
            "generation by `icat-search rollback`"
        )


class EngineFailed(ServiceError):
    """The engine could not read or write its files, which are not known to be damaged."""

    code = "ENGINE_FAILED"

    def __init__(
        self,
        what: str,
        error: BaseException,
        cure: str = "`icat-search verify` looks for damaged files",
    ) -> None:
        reason = " ".join(str(error).split())[:300]
        limit = system_limits.reached(error)
        super().__init__(
            f"{what}: the engine says: {reason}. {cure}"
            if limit is None
            else f"{what}, as a limit of the system is too low: {limit}"
        )


class Unexpected(ServiceError):
    """A defect of the service. The sentence never repeats what Python said: the log does."""

    def __init__(self) -> None:
        super().__init__("Something went wrong inside the search service; its log says more")


class NotImplementedHere(ServiceError):
    """A path that there is not."""

    status = HTTPStatus.NOT_IMPLEMENTED
    code = "NOT_IMPLEMENTED"

    def __init__(self, path: str) -> None:
        super().__init__(f"There is no operation at {_cut(path)}")


class MethodNotAllowed(ServiceError):
    """A path that is there, with another method; has `Allow`."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, method: str, path: str, allowed: str) -> None:
        super().__init__(f"{_cut(path)} takes {allowed}, not {method}")
        self.allowed = allowed


class AddressRefused(ServiceError):
    """A caller whose address no setting lists, and that has no token; the sentence names it."""

    status = HTTPStatus.UNAUTHORIZED
    code = "ADDRESS_REFUSED"

    def __init__(self, address: str, setting: str, token: str = "") -> None:
        """``token``: of which kind one would do as well; empty: none would."""
        otherwise = f", and a token of the kind {token} does as well" if token else ""
        super().__init__(
            f"Requests from {address} are not accepted; the setting {setting} lists who may "
            f"call{otherwise}"
        )


class TokenMissing(ServiceError):
    """A request without a token, which the setting `require_token` asks for."""

    status = HTTPStatus.UNAUTHORIZED
    code = "TOKEN_MISSING"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"This needs a token of the kind {kind}, in the header Authorization: Bearer"
        )


class TokenUnknown(ServiceError):
    """A token that is in no file of tokens: mistyped, or withdrawn."""

    status = HTTPStatus.UNAUTHORIZED
    code = "TOKEN_UNKNOWN"

    def __init__(self) -> None:
        super().__init__("This token is not, or no longer, known here")


class TokenOfOtherKind(ServiceError):
    """A token that is good for other operations."""

    status = HTTPStatus.FORBIDDEN
    code = "TOKEN_OF_OTHER_KIND"

    def __init__(self, kind: str) -> None:
        super().__init__(f"This token is not of the kind {kind}, which this operation needs")
        self.kind = kind


class OriginRefused(ServiceError):
    """A web page that the setting `allowed_origins` does not list had a browser call."""

    status = HTTPStatus.FORBIDDEN
    code = "ORIGIN_REFUSED"

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"A browser calls for a page of {_cut(origin) or 'an unknown site'}; the setting "
            "allowed_origins lists the sites whose pages may"
        )


class HostRefused(ServiceError):
    """A call by a name (`Host`) that is none of this service; see the setting `allowed_hosts`."""

    status = HTTPStatus.MISDIRECTED_REQUEST
    code = "HOST_REFUSED"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"This service is not called {_cut(host) or 'so'}; the setting allowed_hosts lists its "
            "names"
        )


class PlainHttp(ServiceError):
    """Plain HTTP to a service that has a `tls_certificate`."""

    status = HTTPStatus.BAD_REQUEST
    code = "PLAIN_HTTP"

    def __init__(self) -> None:
        super().__init__("This service speaks TLS: its address begins with https://")


class DoesNotFit(EndsCommand):
    """The data directory was written with another schema, analysis or engine. Ends the start."""


class EngineRefused(EndsCommand):
    """The cluster cannot keep an index: it is not reached, too old, red, or refuses the account.

    Ends the start; the sentence says what is wrong and what to do.
    """


class DirectoryRefused(EndsCommand):
    """The data directory is missing, is none, or holds what is not understood. Ends the start.

    Nothing was changed in it; the sentence says how to go on.
    """


class IndexMissing(EngineUnavailable, DirectoryRefused):
    """The cluster has no index: at the start of a command, or somebody removed it since."""

    code = "INDEX_MISSING"


class DirectoryInUse(EndsCommand):
    """Another service uses the data directory. Ends the start."""

    def __init__(self, directory: object, holder: str) -> None:
        by = f" by {holder}" if holder else ""
        super().__init__(
            f"The data directory {directory} is in use{by}; end that service first, or start this "
            "one with another directory"
        )


class CannotReindex(EndsCommand):
    """A re-index that cannot begin, go on or end. Ends the command."""


class CannotBackUp(EndsCommand):
    """A backup or a restore that cannot begin or end. Ends the command."""


class CannotSync(EndsCommand):
    """A check or a sync that cannot begin or go on. Ends the command."""


class AnotherCatalogue(EndsCommand):
    """The source is not what the index was made from, or is read otherwise. Ends the command."""


class AnotherOwner(EndsCommand):
    """What a command would write could not be read by the service. Ends the command."""


class SourceFailed(EndsCommand):
    """A re-index cannot read. Its sentence says what is wrong, and never holds a password."""


class SourceRefused(SourceFailed):
    """The address, the password or the file is wrong: trying again does not help."""


class SourceLost(SourceFailed):
    """The connection ended or could not be made just now; a new one may do."""


class SourceUnreachable(SourceLost):
    """Nobody answers at the address: the wrong one, or a server that is just started again."""


class SchemaUnknown(SourceFailed):
    """The database is no catalogue of a version that is known here."""


def wire_errors() -> list[type[ServiceError]]:
    """All that a caller can see, by status and code."""
    found: list[type[ServiceError]] = [ServiceError, *_all_of(ServiceError)]
    return sorted(found, key=lambda error: (error.status, error.code))


def manual() -> str:
    """The text of ``docs/errors.md``."""
    found = [error for error in wire_errors() if error is not ServiceError]
    rows = "".join(
        f"| {error.status.value} | `{error.code}` | {' '.join((error.__doc__ or '').split())} |\n"
        for error in found
    )
    return f"""\
# Errors

<!-- made by `scripts/make-docs` from `search_service/errors.py` -->

An error is `{{"code": …, "message": …}}`: the code is for programs, the message for the person who
searches.

| status | code | when |
| --- | --- | --- |
{rows}"""


def _all_of(error: type[ServiceError]) -> list[type[ServiceError]]:
    return [found for kind in error.__subclasses__() for found in (kind, *_all_of(kind))]
