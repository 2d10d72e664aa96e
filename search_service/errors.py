"""Every error that a caller can see: status, code and sentence.

The catalogue shows the sentence to its user and recognises those marked ★ word for word.
Not here: how an error becomes a response, see ``api.app``.
"""

from http import HTTPStatus


class ServiceError(Exception):
    """An error with a place in the table; its subclasses are the table."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "INTERNAL"

    @property
    def message(self) -> str:
        return str(self)


class BadRequest(ServiceError):
    """What the caller sent is wrong; the sentence says what and what would be right."""

    status = HTTPStatus.BAD_REQUEST
    code = "BAD_REQUEST"


class UnreadableText(BadRequest):  # ★
    code = "UNREADABLE_TEXT"

    def __init__(self, detail: str = "") -> None:
        super().__init__("Search term could not be parsed due to syntax errors")
        self.detail = detail  # for the log: the sentence is fixed


class RangeOccupied(BadRequest):
    code = "RANGE_OCCUPIED"

    def __init__(self, highest: int) -> None:
        super().__init__(f"While locking index, found id {highest} in specified range")


class EntityLocked(ServiceError):
    status = HTTPStatus.NOT_ACCEPTABLE
    code = "LOCKED"

    def __init__(self, entity: str) -> None:
        super().__init__(f"Lucene locked for {entity}")


class AlreadyLocked(ServiceError):  # ★
    status = HTTPStatus.NOT_ACCEPTABLE
    code = "ALREADY_LOCKED"

    def __init__(self, entity: str) -> None:
        super().__init__(f"Lucene already locked for {entity}")


class NotLocked(ServiceError):  # ★
    status = HTTPStatus.NOT_ACCEPTABLE
    code = "NOT_LOCKED"

    def __init__(self, entity: str) -> None:
        super().__init__(f"Lucene is not currently locked for {entity}")


class SearchTimedOut(ServiceError):  # ★
    status = HTTPStatus.GATEWAY_TIMEOUT
    code = "TIMED_OUT"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Search cancelled for exceeding {seconds:g} seconds")


class TooBusy(ServiceError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "BUSY"
    retry_after = 1  # seconds

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} searches are waiting already; try again in a moment")


class SearchFailed(ServiceError):
    code = "SEARCH_FAILED"

    def __init__(self) -> None:
        super().__init__(
            "The search process ended unexpectedly; the search can be sent again, and the log of "
            "the service says more"
        )


class BodyTooLarge(ServiceError):
    """More than the setting allows; nothing of it was done."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "BODY_TOO_LARGE"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body of the request is larger than {limit >> 20} MB; send smaller batches, or "
            "raise the setting max_body"
        )


class StorageFailed(ServiceError):
    code = "STORAGE_FAILED"


class NotImplementedHere(ServiceError):
    status = HTTPStatus.NOT_IMPLEMENTED
    code = "NOT_IMPLEMENTED"

    def __init__(self, path: str) -> None:
        super().__init__(f"There is no operation at {path}")


class MethodNotAllowed(ServiceError):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, method: str, path: str, allowed: str) -> None:
        super().__init__(f"{path} takes {allowed}, not {method}")
        self.allowed = allowed


class AddressRefused(ServiceError):
    status = HTTPStatus.UNAUTHORIZED
    code = "ADDRESS_REFUSED"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"Requests from {address} are not accepted; the setting allowed_addresses lists who may call"
        )


class DoesNotFit(Exception):
    """The data directory was written with another schema, analysis or engine. Ends the start."""


class DirectoryInUse(Exception):
    """Another service uses the data directory. Ends the start."""

    def __init__(self, directory: object, holder: str) -> None:
        by = f" by {holder}" if holder else ""
        super().__init__(
            f"The data directory {directory} is in use{by}; end that service first, or start this "
            "one with another directory"
        )
