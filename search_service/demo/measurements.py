"""The datasets, datafiles and parameters of one visit to the example facility."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from search_service.demo import vocabulary
from search_service.demo.chance import skewed
from search_service.demo.reference import Cycle, Reference
from search_service.demo.rows import DAY, HOUR, Row, Rows, stamp, times
from search_service.demo.vocabulary import Material, Quantity, Station

TECHNIQUES = {technique.abbreviation: technique for technique in vocabulary.TECHNIQUES}
STAGES = {"processed": "processing"}
RAW = ("raw", "calibration")


@dataclass(frozen=True)
class Visit:
    """What the rows of one investigation have in common."""

    id: int
    visit_id: str
    station: Station
    material: Material
    leader: str
    start: int
    end: int
    year: int
    cycle: Cycle


@dataclass(frozen=True)
class Sample:
    """A sample, and the label that file names have for it."""

    id: int
    label: str


class Measurements:
    """Makes datasets; each station counts its runs through all visits."""

    def __init__(self, rows: Rows, dice: random.Random, reference: Reference) -> None:
        self._rows, self._dice, self._reference = rows, dice, reference
        self._runs = {station.name: dice.randint(1_000, 80_000) for station in vocabulary.STATIONS}

    def add_dataset(
        self, visit: Visit, samples: Sequence[Sample], place: int, files: int
    ) -> tuple[int, int]:
        """Adds a dataset with so many files; returns their bytes and number."""
        dice, station = self._dice, visit.station
        sample = skewed(dice, samples, 1.5)
        type_ = skewed(dice, vocabulary.DATASET_TYPES)
        self._runs[station.name] += dice.randint(1, 9)
        run = self._runs[station.name]
        start = dice.randrange(visit.start, visit.end)
        end = start + dice.randint(60, 6 * HOUR)
        name = dice.choice(vocabulary.DATASET_NAMES).format(
            run=run,
            sample=sample.label,
            kelvin=dice.choice((4, 77, 120, 295)),
            place=place + 1,
            type=type_,
        )
        row: Row = {
            "NAME": name,
            "DESCRIPTION": self._description(visit, type_) if dice.random() < 0.5 else None,
            "DOI": f"{vocabulary.DOI_PREFIX}.D.{visit.id}.{place}" if dice.random() < 0.1 else None,
            "COMPLETE": 1,
            "STARTDATE": stamp(start) if dice.random() < 0.95 else None,
            "END_DATE": stamp(end) if dice.random() < 0.9 else None,
            "INVESTIGATION_ID": visit.id,
            "SAMPLE_ID": sample.id if dice.random() < 0.85 else None,
            "TYPE_ID": self._reference.dataset_types[type_],
            **times(start, end),
        }
        dataset = self._rows.add("DATASET", row)
        for technique in dice.sample(station.techniques, min(len(station.techniques), 1 + run % 2)):
            self._rows.add(
                "DATASETTECHNIQUE",
                {"DATASET_ID": dataset, "TECHNIQUE_ID": self._reference.techniques[technique]},
            )
        self.add_parameters("DATASET", dataset, self._quantities(station.quantities), start)
        pattern, format_ = station.raw if type_ in RAW else station.processed
        directory = station.directory.format(
            station=station.name.lower(),
            STATION=station.name,
            year=visit.year,
            visit=visit.visit_id,
            stage=STAGES.get(type_, type_),
            dataset=name,
            sample=sample.label,
            cycle=visit.cycle.name,
            leader=visit.leader,
            run=run,
        )
        if "{frame" not in pattern:  # a run for each file: the next dataset begins after the last
            self._runs[station.name] += files
        names = [
            pattern.format(
                run=run if "{frame" in pattern else run + frame, frame=frame, sample=sample.label
            )
            for frame in range(files)
        ]
        size = self._add_datafiles(dataset, directory, names, format_, start)
        self._rows.by_table["DATASET"][-1] |= {"FILESIZE": size, "FILECOUNT": files}
        return size, files

    def _add_datafiles(
        self, dataset: int, directory: str, names: Sequence[str], format_: str, start: int
    ) -> int:
        """Adds the files of a dataset; returns their bytes."""
        dice, total = self._dice, 0
        separator = "\\" if "\\" in directory else "/"
        typical = int(dice.lognormvariate(14, 2))
        for place, name in enumerate(names):
            size = int(typical * dice.uniform(0.9, 1.1)) if dice.random() < 0.99 else None
            moment = start + 7 * place
            total += size or 0
            row: Row = {
                "NAME": name,
                "LOCATION": directory + separator + name if dice.random() < 0.99 else None,
                "DESCRIPTION": "dark frame" if dice.random() < 0.02 else None,
                "DOI": f"{vocabulary.DOI_PREFIX}.F.{moment}" if dice.random() < 0.01 else None,
                "FILESIZE": size,
                "DATAFILECREATETIME": stamp(moment) if dice.random() < 0.9 else None,
                "DATAFILEMODTIME": stamp(moment + 2) if dice.random() < 0.5 else None,
                "DATAFILEFORMAT_ID": (
                    self._reference.formats[format_] if dice.random() < 0.97 else None
                ),
                "DATASET_ID": dataset,
                **times(moment, moment + DAY),
            }
            datafile = self._rows.add("DATAFILE", row)
            if dice.random() < 0.06:
                wanted = self._quantities(("exposure time", "collected at")[: dice.randint(1, 2)])
                self.add_parameters("DATAFILE", datafile, wanted, moment)
        return total

    def add_parameters(
        self, parent: str, parent_id: int, wanted: Sequence[Quantity], moment: int
    ) -> None:
        """Adds a parameter for each quantity, with a value it can take."""
        dice = self._dice
        for quantity in wanted:
            row: Row = {
                f"{parent}_ID": parent_id,
                "PARAMETER_TYPE_ID": self._reference.quantities[quantity],
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
            self._rows.add(f"{parent}PARAMETER", row)

    def _quantities(self, names: Sequence[str]) -> list[Quantity]:
        """For each name one of its parameter types: the same quantity is noted in several units."""
        return [
            self._dice.choice([one for one in vocabulary.QUANTITIES if one.goes_by(name)])
            for name in names
        ]

    def _description(self, visit: Visit, type_: str) -> str:
        technique = TECHNIQUES[self._dice.choice(visit.station.techniques)]
        conditions = vocabulary.TOPICS[visit.material.kind].conditions
        condition = self._dice.choice((*conditions, "with background subtracted"))
        return f"{type_} {technique.name} data of {visit.material.name} {condition}"
