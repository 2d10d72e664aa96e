"""The generations of a service that runs, changed by the socket in its data directory.

Not here: what the service does then, see ``http.control``.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from search_service.catalogue import origin
from search_service.catalogue.origin import Origin
from search_service.client.connection import Unanswered, client_of
from search_service.engines.fit import Fit
from search_service.errors import CannotBackUp, CannotReindex
from search_service.service.indexing.moment import Moment

_BASE = "/control"
_UNLIMITED = 0.0
_ENDED_HERE = "The service has ended; do the same again"
_ENDED = "The service has ended; start it, or leave it, and go on by icat-search reindex --resume"


class ServiceGenerations:
    """The generations of a service that runs, asked over its socket.

    Each time anew: hours may lie in between, and the service may have been started again.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self, entities: Sequence[str], fit: Fit) -> int:
        """As ``Generations`` does."""
        return int(self._ask("begin", {"entities": list(entities), "fit": asdict(fit)}))

    def hand_over(self) -> int:
        """As ``Generations`` does."""
        return int(self._ask("hand-over"))

    def cancel(self) -> None:
        """As ``Generations`` does."""
        self._ask("cancel")

    def roll_back(self, number: int | None = None) -> int:
        """As ``Generations`` does."""
        return int(self._ask("roll-back", {"number": number}))

    def drop_old(self) -> list[int]:
        """As ``Generations`` does."""
        return [int(number) for number in self._ask("drop-old")]

    def tend(self) -> None:
        """The service does that by itself."""

    def link_moment(self) -> Moment:
        """As ``Generations`` does. Raises CannotBackUp."""
        try:
            return Moment(**self._ask("link-moment", ended=_ENDED_HERE))
        except CannotReindex as error:
            raise CannotBackUp(str(error)) from error

    def origin(self) -> Origin | None:
        """As ``Generations`` does."""
        found = self._ask("origin", method="GET")
        return None if found is None else origin.read(found)

    def note_origin(self, content: Origin) -> None:
        """As ``Generations`` does."""
        self._ask("origin", content.as_json())

    def _ask(
        self, what: str, body: object = None, *, method: str = "POST", ended: str = _ENDED
    ) -> Any:
        content = None if body is None else orjson.dumps(body)
        try:
            with client_of(self._root) as client:
                if client is None:
                    raise CannotReindex(ended)
                reply = client.call(method, f"{_BASE}/{what}", content, seconds=_UNLIMITED)
        except Unanswered as error:
            raise CannotReindex(f"{ended} ({error})") from error
        if not reply.done:
            raise CannotReindex(reply.message)
        return orjson.loads(reply.content)["answer"]
