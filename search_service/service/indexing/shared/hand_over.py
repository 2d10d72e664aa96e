"""Lets another generation be searched, while services go on taking changes.

A generation that was built takes the records that were kept for it, in pieces: between two of them
other services can commit. Not here: what begins and builds it, see ``search_service.reindex``.
"""

from itertools import count

from search_service.engines.shared import SharedIndex, Turn
from search_service.errors import CannotReindex, EntityLocked
from search_service.service.indexing.committer import Committer, Generation
from search_service.service.indexing.shared.commits import Commits
from search_service.service.indexing.shared.populations import refuse_during_reindex

# So many records are taken in one turn, while others wait to commit; in the last turn all are.
_RECORDS = 2_000
_TURNS = 1_000


class HandOver:
    """Each method raises StorageFailed, and can be called again after a failure."""

    def __init__(self, index: SharedIndex, commits: Commits, committer: Committer) -> None:
        self._index = index
        self._commits = commits
        self._committer = committer

    def hand_over(self, number: int, *, fits: bool = True) -> int:
        """Let a generation take all that was kept for it, then be searched.

        ``fits``: whether this service can write into the one that is searched now; otherwise what
        is not committed goes to the new one alone. Returns how many operations were taken. Raises
        CannotReindex when it is not being built.
        """
        done: int | None = None
        taken = 0
        for turns in count(1):
            with self._index.turn() as turn:
                state = self._commits.commit(turn) if fits else turn.state()
                if state.kept_after is None:
                    raise CannotReindex(f"Generation {number} is not being built any more")
                up_to = state.committed if fits else self._index.last()
                done = state.kept_after if done is None else done
                following = Generation(turn.following(number), turn.propagated_states(number))
                piece = min(up_to, done + _RECORDS) if turns < _TURNS else up_to
                taken += self._committer.commit_records(self._index.records(done, piece), following)
                done = piece
                if done == up_to:
                    turn.adopt(number)
                    break
        return taken

    def change_generation(self, number: int, *, fits: bool = True) -> None:
        """Go back to a generation that is kept, which takes none of the changes since then.

        Raises BeingReindexed, EntityLocked.
        """
        with self._index.turn() as turn:
            refuse_populations(turn)
            if fits:
                self._commits.commit(turn)
            turn.adopt(number)


def refuse_populations(turn: Turn) -> None:
    """Raises BeingReindexed while a generation is built, EntityLocked during a population."""
    state = turn.state()
    refuse_during_reindex(state)
    for entity in state.populations:
        raise EntityLocked(entity)
