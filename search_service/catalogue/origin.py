"""Which catalogue the documents of an index come from, and how it was read.

It is recorded with each generation, so that whoever compares an index with a catalogue, or adds to
it from one, does not take another catalogue, or the same in another time zone. Not here: where it
is kept, see ``sources.origin_file``; who asks, see ``sources.same_catalogue``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Facility:
    """One that a catalogue describes: tells which catalogue that is, wherever its database is."""

    id: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (id {self.id})"


@dataclass(frozen=True)
class Origin:
    """``address``: without a password. What is not known is empty, and is not compared."""

    address: str = ""
    facilities: tuple[Facility, ...] = ()
    zone: str = ""  # of a database; dates in a file have none
    left_out: tuple[str, ...] = ()  # entities, by the setting `reindex_leave_out`

    def completed_by(self, other: "Origin", *, left_out: bool) -> "Origin":
        """What is not known here is as the other says; ``left_out``: that as well."""
        return Origin(
            self.address if self.zone or not other.zone else other.address,
            self.facilities or other.facilities,
            self.zone or other.zone,
            other.left_out if left_out else self.left_out,
        )

    def as_json(self) -> Mapping[str, Any]:
        """For files and answers; ``read`` gives the same again."""
        return asdict(self)


def read(content: Mapping[str, Any]) -> Origin:
    """Raises KeyError, TypeError, ValueError for what is none."""
    return Origin(
        address=str(content.get("address", "")),
        facilities=tuple(
            Facility(int(one["id"]), str(one["name"])) for one in content["facilities"]
        ),
        zone=str(content["zone"]),
        left_out=tuple(map(str, content["left_out"])),
    )


def differences(recorded: Origin, now: Origin, *, all_entities: bool) -> Iterator[str]:
    """What is otherwise, each as a clause that names both.

    ``all_entities``: nobody named those that are meant, so the settings decide.
    """
    if recorded.facilities and now.facilities:
        # One that was added makes no other catalogue.
        if not set(recorded.facilities) & set(now.facilities):
            yield (
                f"it was made from the catalogue of {_listed(recorded.facilities)}"
                f"{f' at {recorded.address}' if recorded.address else ''}, but "
                f"{now.address or 'the source'} is that of {_listed(now.facilities)}"
            )
    elif recorded.zone and now.zone and recorded.address and recorded.address != now.address:
        # Two databases, and one of them does not say which catalogue it is.
        yield f"it was made from {recorded.address}, but the source is {now.address}"
    if recorded.zone and now.zone and recorded.zone != now.zone:
        yield f"its dates were read in the time zone {recorded.zone}, but here it is {now.zone}"
    if all_entities and set(recorded.left_out) != set(now.left_out):
        yield (
            f"reindex_leave_out was {_listed(recorded.left_out)}, "
            f"but is {_listed(now.left_out)} here"
        )


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values)) or "nothing"
