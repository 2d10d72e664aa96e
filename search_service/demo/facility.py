"""Makes up the rows of a facility's catalogue, the same ones for the same seed.

Skewed as real catalogues are: a few stations, people and datasets have most of the files, and many
investigations are near-twins of an earlier visit. Not here: the tables (``catalogue``), the words
(``vocabulary``).
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from search_service.demo import vocabulary
from search_service.demo.vocabulary import Material, Quantity, Station

Value = str | int | float | None
Row = dict[str, Value]
T = TypeVar("T")

SEED = 1
INVESTIGATIONS, DATASETS, DATAFILES, PEOPLE = 100, 1_000, 50_000, 150
FIRST_YEAR, YEARS = 2018, 7
HOUR, DAY = 3_600, 86_400
TECHNIQUES = {technique.abbreviation: technique for technique in vocabulary.TECHNIQUES}
VALUE_TYPES = {"moment": 0, "number": 1, "words": 2}


def blocks(seed: int = SEED, scale: float = 1.0) -> Iterator[tuple[str, list[Row]]]:
    """The rows of the catalogue as (table, rows), what is referred to before what refers."""
    maker = _Maker(random.Random(seed), scale)
    yield from maker.reference_data()
    for number in range(maker.investigations):
        yield from maker.investigation(number)


def stamp(seconds: float) -> str:
    """A moment as the database holds it: UTC, without zone and fractions."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S")


def skewed(dice: random.Random, items: Sequence[T], strength: float = 2.0) -> T:
    """One of the items, the earlier ones more often."""
    return items[int(len(items) * dice.random() ** strength)]


def shares(dice: random.Random, total: int, parts: int, spread: float) -> list[int]:
    """The total split into parts of very different size, none empty."""
    weights = [dice.lognormvariate(0, spread) for _ in range(parts)]
    spare, whole = max(total - parts, 0), sum(weights)
    edges = [round(spare * run / whole) for run in itertools.accumulate(weights)]
    return [1 + high - low for low, high in itertools.pairwise([0, *edges])]


@dataclass(frozen=True)
class _Proposal:
    name: str
    station: Station
    material: Material
    title: str
    summary: str
    members: tuple[int, ...]


@dataclass(frozen=True)
class _Visit:
    """What the rows of one investigation have in common."""

    id: int
    visit_id: str
    proposal: _Proposal
    start: int
    end: int
    year: int
    cycle: str
    leader: str


@dataclass
class _Rows:
    """The rows of one investigation by table, in the order in which they refer to each other."""

    by_table: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, row: Row) -> None:
        self.by_table.setdefault(table, []).append(row)


class _Maker:
    def __init__(self, dice: random.Random, scale: float) -> None:
        self.dice = dice
        self.investigations = max(1, round(INVESTIGATIONS * scale))
        datasets = max(self.investigations, round(DATASETS * scale))
        datafiles = max(datasets, round(DATAFILES * scale))
        self.datasets_of = shares(dice, datasets, self.investigations, spread=0.7)
        self.files_of = iter(shares(dice, datafiles, datasets, spread=1.2))
        self.people = self._people(max(20, round(PEOPLE * scale**0.5)))
        self.sample_types = {m.name: n for n, m in enumerate(vocabulary.MATERIALS, 1)}
        self.technique_ids = {t.abbreviation: n for n, t in enumerate(vocabulary.TECHNIQUES, 1)}
        self.station_ids = {s.name: n for n, s in enumerate(vocabulary.STATIONS, 1)}
        formats = dict.fromkeys(f for s in vocabulary.STATIONS for _, f in (s.raw, s.processed))
        self.formats = {name: n for n, name in enumerate(formats, 1)}
        quantities = (
            *vocabulary.QUANTITIES,
            *vocabulary.SAMPLE_QUANTITIES,
            *vocabulary.INVESTIGATION_QUANTITIES,
        )
        self.quantities = {quantity: n for n, quantity in enumerate(quantities, 1)}
        self.cycles = [
            (f"{year % 100}_{half}", _epoch(year, 6 * half - 5), _epoch(year, 6 * half - 1))
            for year in range(FIRST_YEAR, FIRST_YEAR + YEARS)
            for half in (1, 2)
        ]
        self.ids: dict[str, Iterator[int]] = {}
        self.runs = {station.name: dice.randint(1_000, 80_000) for station in vocabulary.STATIONS}
        self.proposals: list[tuple[_Proposal, int]] = []

    def next_id(self, table: str) -> int:
        return next(self.ids.setdefault(table, itertools.count(1)))

    # Reference data

    def reference_data(self) -> Iterator[tuple[str, list[Row]]]:
        yield (
            "FACILITY",
            [
                {
                    "ID": 1,
                    "NAME": vocabulary.FACILITY,
                    "FULLNAME": vocabulary.FACILITY_FULL_NAME,
                    "URL": vocabulary.FACILITY_URL,
                    "DAYSUNTILRELEASE": 1_095,
                }
            ],
        )
        yield "USER_", self.people
        yield (
            "INSTRUMENT",
            [
                {
                    "ID": self.station_ids[station.name],
                    "NAME": station.name,
                    "FULLNAME": station.full_name,
                    "TYPE": station.type,
                    "FACILITY_ID": 1,
                }
                for station in vocabulary.STATIONS
            ],
        )
        yield "INSTRUMENTSCIENTIST", list(self._scientists())
        yield (
            "FACILITYCYCLE",
            [
                {
                    "ID": number,
                    "NAME": name,
                    "STARTDATE": stamp(start),
                    "ENDDATE": stamp(end),
                    "FACILITY_ID": 1,
                }
                for number, (name, start, end) in enumerate(self.cycles, 1)
            ],
        )
        yield "INVESTIGATIONTYPE", _named(vocabulary.INVESTIGATION_TYPES)
        yield "DATASETTYPE", _named(vocabulary.DATASET_TYPES)
        yield "DATAFILEFORMAT", [{**row, "VERSION": "1.0"} for row in _named(self.formats)]
        yield (
            "SAMPLETYPE",
            [
                {
                    "ID": self.sample_types[material.name],
                    "NAME": material.name,
                    "MOLECULARFORMULA": material.formula,
                    "FACILITY_ID": 1,
                }
                for material in vocabulary.MATERIALS
            ],
        )
        yield (
            "TECHNIQUE",
            [
                {
                    "ID": self.technique_ids[technique.abbreviation],
                    "NAME": technique.name,
                    "DESCRIPTION": technique.description,
                    "PID": f"skerry:{technique.abbreviation}",
                }
                for technique in vocabulary.TECHNIQUES
            ],
        )
        yield "PARAMETERTYPE", [_parameter_type(n, q) for q, n in self.quantities.items()]

    def _people(self, count: int) -> list[Row]:
        rows: list[Row] = []
        known: set[str] = set()
        for number in range(1, count + 1):
            given, family = vocabulary.PEOPLE[(number - 1) % len(vocabulary.PEOPLE)]
            if number > len(vocabulary.PEOPLE):  # the same first names with other surnames
                family = self.dice.choice(vocabulary.PEOPLE)[1]
            login = _ascii(given[0] + family)
            login = login if login not in known else f"{login}{number}"
            known.add(login)
            source = "db/" if number % 5 else "uows/"
            rows.append(
                {
                    "ID": number,
                    "NAME": f"{source}{login}" if number % 5 else f"{source}{100_000 + number}",
                    "FULLNAME": f"{given} {family}",
                    "GIVENNAME": given,
                    "FAMILYNAME": family,
                    "EMAIL": f"{login}@skerry.example",
                    "AFFILIATION": self.dice.choice(vocabulary.AFFILIATIONS),
                }
            )
        return rows

    def _scientists(self) -> Iterator[Row]:
        for station, station_id in enumerate(self.station_ids.values()):
            for place in range(1 + station % 3):
                yield {
                    "ID": self.next_id("INSTRUMENTSCIENTIST"),
                    "INSTRUMENT_ID": station_id,
                    "USER_ID": 1 + (station * 3 + place) % len(self.people),
                }

    # Investigations

    def investigation(self, number: int) -> Iterator[tuple[str, list[Row]]]:
        visit = self._visit(number)
        proposal, rows, dice = visit.proposal, _Rows(), self.dice
        investigation: Row = {
            "ID": visit.id,
            "NAME": proposal.name,
            "VISIT_ID": visit.visit_id,
            "TITLE": proposal.title,
            "SUMMARY": proposal.summary if dice.random() < 0.9 else None,
            "DOI": f"{vocabulary.DOI_PREFIX}.E.{visit.id}" if dice.random() < 0.6 else None,
            "STARTDATE": stamp(visit.start) if dice.random() < 0.97 else None,
            "ENDDATE": stamp(visit.end) if dice.random() < 0.95 else None,
            "RELEASEDATE": stamp(visit.end + 3 * 365 * DAY),
            "FACILITY_ID": 1,
            "TYPE_ID": 1 + int(len(vocabulary.INVESTIGATION_TYPES) * dice.random() ** 2),
            **_times(visit.start - 30 * DAY, visit.end),
        }
        rows.add("INVESTIGATION", investigation)
        self._add_people(rows, visit)
        samples = self._add_samples(rows, visit)
        size, count = 0, 0
        for place in range(self.datasets_of[number]):
            bytes_, files = self._add_dataset(rows, visit, samples, place)
            size, count = size + bytes_, count + files
        investigation |= {"FILESIZE": size, "FILECOUNT": count}
        yield from rows.by_table.items()

    def _visit(self, number: int) -> _Visit:
        dice = self.dice
        if self.proposals and dice.random() < 0.3:
            place = dice.randrange(len(self.proposals))
            proposal, last = self.proposals[place]
            self.proposals[place] = (proposal, last + 1)
        else:
            proposal, last = self._proposal(number), 0
            self.proposals.append((proposal, 1))
        cycle, first, end_of_cycle = dice.choice(self.cycles)
        start = dice.randrange(first, end_of_cycle, HOUR)
        leader = str(self.people[proposal.members[0] - 1]["FAMILYNAME"])
        return _Visit(
            id=number + 1,
            visit_id=f"{proposal.name}-{last + 1}",
            proposal=proposal,
            start=start,
            end=start + dice.randint(1, 6) * DAY,
            year=datetime.fromtimestamp(start, UTC).year,
            cycle=cycle,
            leader=leader,
        )

    def _proposal(self, number: int) -> _Proposal:
        dice = self.dice
        station = skewed(dice, vocabulary.STATIONS, 1.5)
        # The first ones go round the stations, so that a small facility has them all.
        if number < len(vocabulary.STATIONS):
            station = vocabulary.STATIONS[number]
        material = dice.choice([m for m in vocabulary.MATERIALS if m.kind in station.materials])
        technique = TECHNIQUES[skewed(dice, station.techniques)]
        words = {
            "technique": dice.choice((technique.abbreviation, technique.name)),
            "abbreviation": technique.abbreviation,
            "material": material.name,
            "formula": material.formula,
            "effect": dice.choice(vocabulary.EFFECTS),
            "condition": dice.choice(vocabulary.CONDITIONS),
        }
        title = dice.choice(vocabulary.TITLES).format(**words)
        words["technique"] = technique.name
        sentences = dice.sample(vocabulary.SENTENCES, dice.randint(2, 5))
        prefix, digits = dice.choice(station.proposals), 10_000 + 37 * number
        members: dict[int, None] = {}
        for _ in range(dice.randint(2, 7)):
            members[skewed(dice, range(1, len(self.people) + 1))] = None
        return _Proposal(
            name=f"{prefix}{digits}" if prefix != "LSF" else f"LSF-{digits}",
            station=station,
            material=material,
            title=title[0].upper() + title[1:],
            summary=" ".join(sentence.format(**words) for sentence in sentences),
            members=tuple(members),
        )

    def _add_people(self, rows: _Rows, visit: _Visit) -> None:
        for place, user_id in enumerate(visit.proposal.members):
            rows.add(
                "INVESTIGATIONUSER",
                {
                    "ID": self.next_id("INVESTIGATIONUSER"),
                    "INVESTIGATION_ID": visit.id,
                    "USER_ID": user_id,
                    "ROLE": "Principal investigator" if place == 0 else "Investigator",
                },
            )
        rows.add(
            "INVESTIGATIONINSTRUMENT",
            {
                "ID": self.next_id("INVESTIGATIONINSTRUMENT"),
                "INVESTIGATION_ID": visit.id,
                "INSTRUMENT_ID": self.station_ids[visit.proposal.station.name],
            },
        )
        rows.add(
            "INVESTIGATIONFACILITYCYCLE",
            {
                "ID": self.next_id("INVESTIGATIONFACILITYCYCLE"),
                "INVESTIGATION_ID": visit.id,
                "FACILITYCYCLE_ID": 1 + [name for name, *_ in self.cycles].index(visit.cycle),
            },
        )
        wanted = self.dice.sample(vocabulary.INVESTIGATION_QUANTITIES, self.dice.randint(1, 3))
        self._add_parameters(rows, "INVESTIGATION", visit.id, wanted, visit.end)

    def _add_samples(self, rows: _Rows, visit: _Visit) -> list[tuple[int, str]]:
        dice, material = self.dice, visit.proposal.material
        samples: list[tuple[int, str]] = []
        for place in range(dice.randint(1, 6)):
            # A calibrant is measured beside the samples in every third investigation.
            kind = skewed(dice, vocabulary.MATERIALS[-2:]) if place == 3 else material
            short = _ascii(kind.formula if len(kind.formula) < 9 else kind.name.split()[0])
            name = f"{short}_{place + 1:02d}" if dice.random() < 0.5 else f"{kind.name} {place + 1}"
            sample_id = self.next_id("SAMPLE")
            rows.add(
                "SAMPLE",
                {
                    "ID": sample_id,
                    "NAME": name,
                    "INVESTIGATION_ID": visit.id,
                    "SAMPLETYPE_ID": self.sample_types[kind.name] if dice.random() < 0.9 else None,
                },
            )
            wanted = dice.sample(vocabulary.SAMPLE_QUANTITIES, dice.randint(0, 3))
            self._add_parameters(rows, "SAMPLE", sample_id, wanted, visit.start - 7 * DAY)
            samples.append((sample_id, f"{short}_{place + 1:02d}"))
        return samples

    def _add_dataset(
        self, rows: _Rows, visit: _Visit, samples: list[tuple[int, str]], place: int
    ) -> tuple[int, int]:
        """Adds a dataset with its files, returns their bytes and number."""
        dice, station = self.dice, visit.proposal.station
        sample_id, sample = skewed(dice, samples, 1.5)
        type_ = skewed(dice, vocabulary.DATASET_TYPES)
        self.runs[station.name] += dice.randint(1, 9)
        run = self.runs[station.name]
        start = visit.start + dice.randrange(visit.end - visit.start)
        end = start + dice.randint(60, 6 * HOUR)
        name = dice.choice(("scan {r}", "{s}_{r:06d}", "{s} {k}K", "{t}_{r:05d}", "{s} repeat {p}"))
        name = name.format(r=run, s=sample, k=dice.choice((4, 77, 120, 295)), p=place + 1, t=type_)
        dataset_id = self.next_id("DATASET")
        dataset: Row = {
            "ID": dataset_id,
            "NAME": f"{name} #{place + 1}" if name.endswith("K") else name,
            "DESCRIPTION": self._description(visit, type_) if dice.random() < 0.5 else None,
            "DOI": f"{vocabulary.DOI_PREFIX}.D.{dataset_id}" if dice.random() < 0.1 else None,
            "COMPLETE": 1,
            "STARTDATE": stamp(start) if dice.random() < 0.95 else None,
            "END_DATE": stamp(end) if dice.random() < 0.9 else None,
            "INVESTIGATION_ID": visit.id,
            "SAMPLE_ID": sample_id if dice.random() < 0.85 else None,
            "TYPE_ID": 1 + vocabulary.DATASET_TYPES.index(type_),
            **_times(start, end),
        }
        rows.add("DATASET", dataset)
        for technique in (
            dice.sample(station.techniques, 1 if dice.random() < 0.8 else 0)
            or (station.techniques[:2])
        ):
            rows.add(
                "DATASETTECHNIQUE",
                {
                    "ID": self.next_id("DATASETTECHNIQUE"),
                    "DATASET_ID": dataset_id,
                    "TECHNIQUE_ID": self.technique_ids[technique],
                },
            )
        wanted = [self._quantity(quantity) for quantity in station.quantities]
        self._add_parameters(rows, "DATASET", dataset_id, wanted, start)
        pattern, format_ = station.raw if type_ in ("raw", "calibration") else station.processed
        stage = "raw" if type_ == "raw" else "processing" if type_ == "processed" else type_
        directory = station.directory.format(
            station=station.name.lower(),
            STATION=station.name,
            year=visit.year,
            visit=visit.visit_id,
            stage=stage,
            dataset=name,
            sample=sample,
            cycle=visit.cycle,
            leader=visit.leader,
            run=run,
        )
        count = next(self.files_of)
        size = self._add_datafiles(
            rows,
            dataset_id,
            directory,
            (pattern.replace("{sample}", sample), format_),
            run,
            range(count),
            start,
        )
        dataset |= {"FILESIZE": size, "FILECOUNT": count}
        if "{frame" not in pattern:  # a file for each run: the next dataset begins after the last
            self.runs[station.name] += count
        return size, count

    def _add_datafiles(
        self,
        rows: _Rows,
        dataset_id: int,
        directory: str,
        naming: tuple[str, str],
        run: int,
        frames: range,
        start: int,
    ) -> int:
        """Adds the files of a dataset, returns their bytes."""
        dice, total = self.dice, 0
        pattern, format_ = naming
        separator = "\\" if "\\" in directory else "/"
        by_frame = "{frame" in pattern
        typical = int(dice.lognormvariate(14, 2))
        for frame in frames:
            datafile_id = self.next_id("DATAFILE")
            name = pattern.format(run=run if by_frame else run + frame, frame=frame)
            size = int(typical * dice.uniform(0.9, 1.1)) if dice.random() < 0.99 else None
            moment = start + 7 * frame
            total += size or 0
            row: Row = {
                "ID": datafile_id,
                "NAME": name,
                "LOCATION": directory + separator + name if dice.random() < 0.99 else None,
                "DESCRIPTION": "dark frame" if dice.random() < 0.02 else None,
                "DOI": f"{vocabulary.DOI_PREFIX}.F.{datafile_id}" if dice.random() < 0.01 else None,
                "FILESIZE": size,
                "DATAFILECREATETIME": stamp(moment) if dice.random() < 0.9 else None,
                "DATAFILEMODTIME": stamp(moment + 2) if dice.random() < 0.5 else None,
                "DATAFILEFORMAT_ID": self.formats[format_] if dice.random() < 0.97 else None,
                "DATASET_ID": dataset_id,
                **_times(moment, moment + DAY),
            }
            rows.add("DATAFILE", row)
            if dice.random() < 0.06:
                wanted = [self._quantity("exposure time"), self._quantity("collected at")]
                wanted = wanted[: dice.randint(1, 2)]
                self._add_parameters(rows, "DATAFILE", datafile_id, wanted, moment)
        return total

    def _description(self, visit: _Visit, type_: str) -> str:
        technique = self.dice.choice(visit.proposal.station.techniques)
        condition = self.dice.choice(vocabulary.CONDITIONS)
        return f"{type_} {TECHNIQUES[technique].name} data of {visit.proposal.material.name} " + (
            condition if self.dice.random() < 0.6 else "with background subtracted"
        )

    def _quantity(self, name: str) -> Quantity:
        return self.dice.choice([q for q in vocabulary.QUANTITIES if q.name == name])

    def _add_parameters(
        self, rows: _Rows, parent: str, parent_id: int, wanted: Sequence[Quantity], moment: int
    ) -> None:
        table, dice = f"{parent}PARAMETER", self.dice
        for quantity in wanted:
            row: Row = {
                "ID": self.next_id(table),
                f"{parent}_ID": parent_id,
                "PARAMETER_TYPE_ID": self.quantities[quantity],
            }
            if quantity.moment:
                row["DATETIME_VALUE"] = stamp(moment)
            elif quantity.words:
                row["STRING_VALUE"] = skewed(dice, quantity.words, 1.5)
            else:
                # Small values are the usual ones.
                value = quantity.low + (quantity.high - quantity.low) * dice.random() ** 2
                row["NUMERIC_VALUE"] = float(f"{value:.4g}")
                if quantity.spread:
                    row["RANGEBOTTOM"] = round(value - quantity.spread, 3)
                    row["RANGETOP"] = round(value + quantity.spread, 3)
            rows.add(table, row)


def _epoch(year: int, month: int) -> int:
    return int(datetime(year, month, 15, 8, tzinfo=UTC).timestamp())


def _times(created: int, changed: int) -> Row:
    return {"CREATE_TIME": stamp(created), "MOD_TIME": stamp(changed)}


def _ascii(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())


def _named(names: Sequence[str] | dict[str, int]) -> list[Row]:
    return [{"ID": n, "NAME": name, "FACILITY_ID": 1} for n, name in enumerate(names, 1)]


def _parameter_type(number: int, quantity: Quantity) -> Row:
    kind = "moment" if quantity.moment else "words" if quantity.words else "number"
    return {
        "ID": number,
        "NAME": quantity.name,
        "UNITS": quantity.units,
        "VALUETYPE": VALUE_TYPES[kind],
        "APPLICABLETOINVESTIGATION": 1,
        "APPLICABLETODATASET": 1,
        "APPLICABLETODATAFILE": 1,
        "APPLICABLETOSAMPLE": 1,
        "FACILITY_ID": 1,
    }
