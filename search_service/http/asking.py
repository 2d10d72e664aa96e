"""A search of a caller, answered by the workers; once more where damaged files ended it.

Not here: requests and their bodies, see ``requests``; whose turn it is, see ``workers.queueing``.
"""

from collections.abc import Awaitable, Callable

from search_service.errors import EngineFailed, SearchFailed
from search_service.runtime.service import Service
from search_service.workers.answers import Answer


async def answered(service: Service, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """What ``ask`` gives; asked again when it turns out that the index is damaged."""
    try:
        answer = await ask()
    except SearchFailed:
        # Damaged files may have ended its worker.
        if await service.soundness.is_damaged():
            return await ask()
        raise
    failed = answer.facts.get("error") == EngineFailed.code
    # Then it needs what is damaged, and is told so; or it does not, and is answered.
    return await ask() if failed and await service.soundness.is_damaged() else answer
