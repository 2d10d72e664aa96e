"""Makes up the investigations of a facility, the same ones for the same seed.

Skewed as real catalogues are: a few stations, people and datasets have most of the files, and many
investigations are near-twins, another visit of the same proposal. Not here: the tables
(``catalogue``), the words (``vocabulary``).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from search_service.demo import vocabulary
from search_service.demo.chance import shares, skewed
from search_service.demo.measurements import TECHNIQUES, Measurements, Sample, Visit
from search_service.demo.reference import Person, Reference, add_reference, plain
from search_service.demo.rows import DAY, HOUR, Block, Row, Rows, stamp, times
from search_service.demo.vocabulary import Material, Station

SEED = 1
INVESTIGATIONS, DATASETS, DATAFILES, PEOPLE = 100, 1_000, 50_000, 150
EMBARGO = 3 * 365 * DAY


def blocks(seed: int = SEED, scale: float = 1.0) -> Iterator[Block]:
    """The rows of the catalogue as (table, rows), what is referred to before what refers."""
    dice, rows = random.Random(seed), Rows()
    reference = add_reference(rows, dice, max(20, round(PEOPLE * scale**0.5)))
    yield from rows.take()
    investigations = max(1, round(INVESTIGATIONS * scale))
    datasets = max(investigations, round(DATASETS * scale))
    datafiles = max(datasets, round(DATAFILES * scale))
    files = iter(shares(dice, datafiles, datasets, spread=1.2))
    maker = _Maker(rows, dice, reference)
    for count in shares(dice, datasets, investigations, spread=0.7):
        maker.add_investigation([next(files) for _ in range(count)])
        yield from rows.take()


@dataclass(frozen=True)
class _Proposal:
    name: str
    station: Station
    material: Material
    title: str
    summary: str
    members: tuple[Person, ...]


class _Maker:
    def __init__(self, rows: Rows, dice: random.Random, reference: Reference) -> None:
        self._rows, self._dice, self._reference = rows, dice, reference
        self._measurements = Measurements(rows, dice, reference)
        self._proposals: list[_Proposal] = []
        self._visits: dict[str, int] = {}

    def add_investigation(self, files: list[int]) -> None:
        """Adds an investigation with a dataset for each number of files."""
        dice = self._dice
        proposal = self._proposal()
        number = self._visits[proposal.name] = self._visits.get(proposal.name, 0) + 1
        cycle = dice.choice(self._reference.cycles)
        start = dice.randrange(cycle.start, cycle.end, HOUR)
        end = start + dice.randint(1, 6) * DAY
        row: Row = {
            "NAME": proposal.name,
            "VISIT_ID": f"{proposal.name}-{number}",
            "TITLE": proposal.title,
            "SUMMARY": proposal.summary if dice.random() < 0.9 else None,
            "STARTDATE": stamp(start) if dice.random() < 0.97 else None,
            "ENDDATE": stamp(end) if dice.random() < 0.95 else None,
            "RELEASEDATE": stamp(end + EMBARGO),
            "FACILITY_ID": 1,
            "TYPE_ID": skewed(dice, self._reference.investigation_types),
            **times(start - 30 * DAY, end),
        }
        visit = Visit(
            id=self._rows.add("INVESTIGATION", row),
            visit_id=f"{proposal.name}-{number}",
            station=proposal.station,
            material=proposal.material,
            leader=proposal.members[0].family_name,
            start=start,
            end=end,
            year=datetime.fromtimestamp(start, UTC).year,
            cycle=cycle,
        )
        self._add_links(visit, proposal.members)
        samples = self._add_samples(visit)
        made = [
            self._measurements.add_dataset(visit, samples, place, count)
            for place, count in enumerate(files)
        ]
        self._rows.by_table["INVESTIGATION"][-1] |= {
            "DOI": f"{vocabulary.DOI_PREFIX}.E.{visit.id}" if dice.random() < 0.6 else None,
            "FILESIZE": sum(size for size, _ in made),
            "FILECOUNT": sum(count for _, count in made),
        }

    def _proposal(self) -> _Proposal:
        """A new proposal, or, for one visit in three, an earlier one."""
        dice = self._dice
        if len(self._proposals) > 3 and dice.random() < 0.3:
            return dice.choice(self._proposals)
        number = len(self._proposals)
        station = skewed(dice, vocabulary.STATIONS, 1.5)
        # The first ones go round the stations, so that a small facility has them all.
        if number < len(vocabulary.STATIONS):
            station = vocabulary.STATIONS[number]
        material = dice.choice([m for m in vocabulary.MATERIALS if m.kind in station.materials])
        technique = TECHNIQUES[skewed(dice, station.techniques)]
        topic = vocabulary.TOPICS[material.kind]
        words = {
            "technique": dice.choice((technique.abbreviation, technique.name)),
            "abbreviation": technique.abbreviation,
            "material": material.name,
            "formula": material.formula,
            "effect": dice.choice(topic.effects),
            "condition": dice.choice(topic.conditions),
        }
        title = dice.choice(vocabulary.TITLES).format(**words)
        words["technique"] = technique.name
        sentences = dice.sample(vocabulary.SENTENCES, dice.randint(2, 5))
        members = [skewed(dice, self._reference.people) for _ in range(dice.randint(2, 7))]
        proposal = _Proposal(
            name=f"{dice.choice(station.proposals)}{10_000 + 37 * number}",
            station=station,
            material=material,
            title=title[0].upper() + title[1:],
            summary=" ".join(sentence.format(**words) for sentence in sentences),
            members=tuple(dict.fromkeys(members)),
        )
        self._proposals.append(proposal)
        return proposal

    def _add_links(self, visit: Visit, members: tuple[Person, ...]) -> None:
        for place, member in enumerate(members):
            self._rows.add(
                "INVESTIGATIONUSER",
                {
                    "INVESTIGATION_ID": visit.id,
                    "USER_ID": member.id,
                    "ROLE": "Investigator" if place else "Principal investigator",
                },
            )
        self._rows.add(
            "INVESTIGATIONINSTRUMENT",
            {
                "INVESTIGATION_ID": visit.id,
                "INSTRUMENT_ID": self._reference.stations[visit.station.name],
            },
        )
        self._rows.add(
            "INVESTIGATIONFACILITYCYCLE",
            {"INVESTIGATION_ID": visit.id, "FACILITYCYCLE_ID": visit.cycle.id},
        )
        wanted = self._dice.sample(vocabulary.INVESTIGATION_QUANTITIES, self._dice.randint(1, 3))
        self._measurements.add_parameters("INVESTIGATION", visit.id, wanted, visit.end)

    def _add_samples(self, visit: Visit) -> list[Sample]:
        dice, samples = self._dice, []
        for place in range(1, dice.randint(1, 6) + 1):
            # Where there are four samples, the fourth is a calibrant.
            material = dice.choice(vocabulary.CALIBRANTS) if place == 4 else visit.material
            short = material.formula if len(material.formula) < 9 else material.name.split()[0]
            label = f"{plain(short)}_{place:02d}"
            type_ = self._reference.sample_types[material.name] if dice.random() < 0.9 else None
            row: Row = {
                "NAME": label if dice.random() < 0.5 else f"{material.name} {place}",
                "INVESTIGATION_ID": visit.id,
                "SAMPLETYPE_ID": type_,
            }
            sample = self._rows.add("SAMPLE", row)
            wanted = dice.sample(vocabulary.SAMPLE_QUANTITIES, dice.randint(0, 3))
            self._measurements.add_parameters("SAMPLE", sample, wanted, visit.start - 7 * DAY)
            samples.append(Sample(sample, label))
        return samples
