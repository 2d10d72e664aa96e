"""A synthetic facility of n datafiles as a catalogue would send it, skewed as real ones are.

Everything about a datafile follows from its number, so queries can be drawn from the facility
without holding it. Documents are made as JSON text at once: a load generator that shares the
machine with the service must be cheap. Two shapes of datafile: full (as a catalogue sends them,
about 550 bytes) and lean (about 230, for measurements of indexing).
"""

import bisect
import itertools
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from load_tests.words import Zipf, vocabulary

BLOCK = 10_000
FIRST_DAY = 1_420_070_400_000  # 2015-01-01
DAY = 86_400_000
INSTRUMENTS = 40
CYCLES = 20
TECHNIQUES = (
    "x-ray absorption spectroscopy|small angle x-ray scattering|neutron powder diffraction|"
    "x-ray computed tomography|angle resolved photoemission spectroscopy|neutron reflectometry|"
    "macromolecular crystallography|inelastic neutron scattering|x-ray fluorescence|"
    "resonant inelastic x-ray scattering|muon spin rotation|small angle neutron scattering"
).split("|")
FORMATS = ("NeXus", "TIFF", "ISIS RAW", "EDF", "CBF", "HDF5", "ASCII", "JSON")
EXTENSIONS = ("nxs", "tif", "raw", "edf", "cbf", "h5", "dat", "json")
SAMPLE_TYPES = 60
# (name, units, lowest, highest)
QUANTITIES = (
    ("temperature", "K", 2.0, 320.0),
    ("temperature", "mK", 1_500.0, 300_000.0),
    ("photon energy", "keV", 4.0, 30.0),
    ("exposure", "s", 0.01, 20.0),
    ("pressure", "kPa", 1.0, 400.0),
    ("wavelength", "angstrom", 0.4, 18.0),
    ("magnetic field", "T", 0.0, 12.0),
    ("detector distance", "mm", 100.0, 10_000.0),
)
# (directory, file name): of every ten instruments seven write POSIX paths, three Windows ones.
PATHS = (
    ("/data/visitor/{visit}/{inst}/{year}/raw/{dataset}", "{inst}-{run:06d}_{frame:05d}.{ext}"),
    ("/dls/{inst}/data/{year}/{visit}/processing/{dataset}", "{run:06d}_{frame:04d}.{ext}"),
    ("/archive/NDX{INST}/Instrument/data/cycle_{cycle}", "{INST}{run:08d}_{frame:04d}.{ext}"),
    ("/data/{year}/{visit}/{dataset}", "detector_{run}-frame_{frame:05d}.{ext}"),
    (
        r"\\server7\inst$\NDX{INST}\Instrument\data\cycle_{cycle}",
        "{INST}{run:08d}_{frame:04d}.{ext}",
    ),
    ("/data/visitor/{visit}/{inst}/{year}/PROCESSED_DATA/{dataset}", "{dataset}_{frame:05d}.{ext}"),
    (r"D:\{INST} data\{year}\{visit}\run {run}", "shot_{run}_{frame:05d}.{ext}"),
    ("/data/{inst}/{year}/cm{visit}/tomo/{dataset}", "proj_{run:05d}_{frame:05d}.{ext}"),
    (r"\\nas2\{inst}\{year}\{visit}\{dataset}", "{inst}_{run:05d}_{frame:04d}.{ext}"),
    ("/mnt/{inst}/{year}/{visit}/{dataset}", "map-{run:06d}-{frame:04d}.{ext}"),
)


@dataclass(frozen=True)
class Block:
    """Documents of one entity as the body of an ``addNow``."""

    entity: str
    count: int
    body: bytes


SPREAD = 1.3  # of the sizes of datasets


class Facility:
    """The synthetic facility; the same numbers give the same facility on every machine."""

    def __init__(self, datafiles: int, seed: int = 1, *, spread: float = SPREAD) -> None:
        """``spread``: how much the sizes of datasets differ."""
        dice = random.Random(seed)
        self.datafiles = datafiles
        self.datasets = max(20, datafiles // 30)
        self.investigations = max(10, datafiles // 300)
        self.users = max(20, self.investigations // 2)
        self.words = Zipf(vocabulary())
        self.sample_types = [" ".join(self.words.draw(dice, 2)) for _ in range(SAMPLE_TYPES)]
        self.phrases = [" ".join(self.words.draw(dice, dice.randint(5, 10))) for _ in range(20_000)]
        self.names = [
            f"{chr(65 + n % 26)}. {word.title()}" for n, word in enumerate(self.words.items[200:])
        ]
        self._seed = seed
        # The first datafile of each dataset: sizes differ by orders of magnitude.
        weights = [dice.lognormvariate(0, spread) for _ in range(self.datasets)]
        whole, spare = sum(weights), datafiles - self.datasets
        self.first_files = [
            1 + number + round(spare * before / whole)
            for number, before in enumerate(itertools.accumulate([0.0, *weights[:-1]]))
        ]
        # Investigations in the order of their datasets, some with many more than others.
        self.investigation_of = sorted(
            1 + int(self.investigations * dice.random() ** 1.4) for _ in range(self.datasets)
        )

    # What belongs to a number

    def investigation(self, number: int) -> "Investigation":
        """The investigation with this id."""
        dice = random.Random(self._seed * 1_000_003 + number)
        instrument = 1 + int(INSTRUMENTS * dice.random() ** 1.5)
        start = FIRST_DAY + (number * 3_500 // self.investigations) * DAY
        return Investigation(
            id=number,
            name=f"{('mx', 'HC-', 'RB', 'sm')[number % 4]}{10_000 + number // 3}",
            visit=f"{('mx', 'HC-', 'RB', 'sm')[number % 4]}{10_000 + number // 3}-{1 + number % 3}",
            title=" ".join(
                (
                    *self.words.draw(dice, 3),
                    dice.choice(("by", "and", "during")),
                    dice.choice(TECHNIQUES),
                    *self.words.draw(dice, 2),
                )
            ),
            summary=" ".join(self.words.draw(dice, dice.randint(8, 24))),
            start=start,
            end=start + dice.randint(1, 5) * DAY,
            type=int(4 * dice.random() ** 2),
            instrument=instrument,
            users=tuple(
                sorted(
                    {1 + int(self.users * dice.random() ** 2) for _ in range(dice.randint(2, 7))}
                )
            ),
            sample_types=(
                int(SAMPLE_TYPES * dice.random() ** 2),
                int(SAMPLE_TYPES * dice.random()),
            ),
        )

    def dataset(self, number: int) -> "Dataset":
        """The dataset with this id."""
        dice = random.Random(self._seed * 2_000_003 + number)
        investigation = self.investigation(self.investigation_of[number - 1])
        directory, file = PATHS[investigation.instrument % len(PATHS)]
        name = dice.choice(("scan_{}", "run{}", "sample-{}", "tomo_{}_a")).format(number)
        sample = dice.randrange(2)
        values = {
            "visit": investigation.visit.lower(),
            "inst": f"i{investigation.instrument:02d}",
            "INST": f"INST{investigation.instrument:02d}",
            "year": 2015 + number * 9 // self.datasets,
            "cycle": f"{15 + number * 9 // self.datasets}_{1 + number % 3}",
            "dataset": name,
            "run": number,
            "frame": 0,
            "ext": "",
        }
        kind = int(len(FORMATS) * dice.random() ** 2)
        place, first = number - 1, self.first_files[number - 1]
        last = self.first_files[number] if number < self.datasets else self.datafiles + 1
        before, after = file.split("{frame:")
        width, _, rest = after.partition("}")
        return Dataset(
            id=number,
            name=name,
            description=dice.choice(self.phrases) if dice.random() < 0.6 else None,
            investigation=investigation,
            sample_id=2 * investigation.id - sample,
            sample_type=investigation.sample_types[sample],
            type=place % 3,
            technique=investigation.instrument % len(TECHNIQUES),
            start=investigation.start + dice.randrange(DAY),
            directory=directory.format(**values),
            file_before=before.format(**values),
            file_width=int(width[1]),
            file_after=rest.format(**(values | {"ext": EXTENSIONS[kind]})),
            format=kind,
            files=range(first, last),
        )

    def dataset_of(self, datafile: int) -> int:
        """The id of the dataset that a datafile belongs to."""
        return bisect.bisect_right(self.first_files, datafile)

    def user_name(self, number: int) -> str:
        """The login of a user; low numbers are in many investigations."""
        return f"db/user{number:05d}"


@dataclass(frozen=True)
class Investigation:
    """What the documents of an investigation and of all below it say about it."""

    id: int
    name: str
    visit: str
    title: str
    summary: str
    start: int
    end: int
    type: int
    instrument: int
    users: tuple[int, ...]
    sample_types: tuple[int, int]


@dataclass(frozen=True)
class Dataset:
    """What the documents of a dataset and of its datafiles say about it."""

    id: int
    name: str
    description: str | None
    investigation: Investigation
    sample_id: int
    sample_type: int
    type: int
    technique: int
    start: int
    directory: str
    file_before: str
    file_width: int
    file_after: str
    format: int
    files: range

    @property
    def separator(self) -> str:
        """Between the components of its paths."""
        return "\\" if "\\" in self.directory else "/"

    def file_name(self, datafile: int) -> str:
        """The name of one of its files."""
        frame = datafile - self.files.start
        return f"{self.file_before}{frame:0{self.file_width}d}{self.file_after}"


def entities(facility: Facility) -> Iterator[tuple[str, Iterator[str]]]:
    """All documents of the facility but datafiles, as JSON texts by their entity."""
    yield "Investigation", _investigations(facility)
    yield "Dataset", _datasets(facility)
    yield "Sample", _samples(facility)
    yield "InvestigationUser", _investigation_users(facility)
    yield "InvestigationInstrument", _investigation_instruments(facility)
    yield "InstrumentScientist", _instrument_scientists(facility)
    yield "InvestigationFacilityCycle", _facility_cycles(facility)
    yield "DatasetTechnique", _techniques(facility)
    yield (
        "InvestigationParameter",
        _parameters(facility, "investigation", facility.investigations, 1),
    )
    yield "DatasetParameter", _parameters(facility, "dataset", facility.datasets, 1)
    yield "DatafileParameter", _parameters(facility, "datafile", facility.datafiles, 10)


def blocks(facility: Facility, size: int = BLOCK, *, only: str | None = None) -> Iterator[Block]:
    """All documents of the facility, full datafiles included; or those of one entity."""
    for entity, documents in (*entities(facility), ("Datafile", datafiles(facility))):
        if only in (None, entity):
            yield from _joined(entity, documents, size)


def datafile_blocks(
    facility: Facility, size: int = BLOCK, *, lean: bool = False
) -> Iterator[Block]:
    """The datafiles alone, in their full or their lean shape."""
    yield from _joined("Datafile", datafiles(facility, lean=lean), size)


def datafiles(facility: Facility, *, lean: bool = False) -> Iterator[str]:
    """The datafiles as JSON texts, in the order of their ids."""
    dice = random.Random(3)
    for number in range(1, facility.datasets + 1):
        dataset = facility.dataset(number)
        shape = _lean if lean else _full
        yield from shape(facility, dataset, dice)


def _lean(facility: Facility, dataset: Dataset, dice: random.Random) -> Iterator[str]:
    location = _text(dataset.directory + dataset.separator)[:-1]
    tail = (
        f',"dataset.id":{dataset.id},"investigation.id":{dataset.investigation.id}'
        f',"visitId":{_text(dataset.investigation.visit)}}}'
    )
    for datafile in dataset.files:
        name = dataset.file_name(datafile)
        yield (
            f'{{"id":{datafile},"name":"{name}","location":{location}{name}"'
            f',"date":{dataset.start + 1_000 * (datafile - dataset.files.start)}'
            f',"fileSize":{int(2 ** (10 + 20 * dice.random()))}{tail}'
        )


def _full(facility: Facility, dataset: Dataset, dice: random.Random) -> Iterator[str]:
    location = _text(dataset.directory + dataset.separator)[:-1]
    tail = _tail(facility, dataset)
    for datafile in dataset.files:
        name = dataset.file_name(datafile)
        chance = dice.random()
        description = f',"description":"{dice.choice(facility.phrases)}"' if chance < 0.3 else ""
        yield (
            f'{{"id":{datafile},"name":"{name}","location":{location}{name}"{description}'
            f',"date":{dataset.start + 1_000 * (datafile - dataset.files.start)}'
            f',"fileSize":{int(2 ** (10 + 20 * dice.random()))}{tail}}}'
        )


def datafile_document(
    facility: Facility, dataset: Dataset, id_: int, name: str, date: int, size: int
) -> str:
    """One more datafile of a dataset as a JSON text."""
    location = _text(dataset.directory + dataset.separator)[:-1]
    return (
        f'{{"id":{id_},"name":"{name}","location":{location}{name}"'
        f',"date":{date},"fileSize":{size}{_tail(facility, dataset)}}}'
    )


def _tail(facility: Facility, dataset: Dataset) -> str:
    """What all datafiles of a dataset say."""
    investigation = dataset.investigation
    return ',"fileCount":1,' + _fields(
        {
            "datafileFormat.name": FORMATS[dataset.format],
            "datafileFormat.id": dataset.format + 1,
            "dataset.id": dataset.id,
            "dataset.name": dataset.name,
            "investigation.id": investigation.id,
            "investigation.name": investigation.name,
            "investigation.startDate": investigation.start,
            "visitId": investigation.visit,
            **_sample(facility, dataset.sample_id, investigation, dataset.sample_type),
        }
    )


def _investigations(facility: Facility) -> Iterator[str]:
    types = ("experiment", "rapid access", "commissioning", "industrial access")
    for number in range(1, facility.investigations + 1):
        one = facility.investigation(number)
        yield _document(
            {
                "id": one.id,
                "name": one.name,
                "visitId": one.visit,
                "title": one.title,
                "summary": one.summary,
                "doi": f"10.5072/LOAD.E.{one.id}",
                "startDate": one.start,
                "date": one.start,
                "endDate": one.end,
                "fileSize": 1_000_003 * one.id,
                "fileCount": 300,
                "facility.name": "LOAD",
                "facility.id": 1,
                "type.name": types[one.type],
                "type.id": one.type + 1,
            }
        )


def _datasets(facility: Facility) -> Iterator[str]:
    for number in range(1, facility.datasets + 1):
        yield dataset_document(facility, number)


def dataset_document(facility: Facility, number: int) -> str:
    """The dataset with this id as a JSON text."""
    one = facility.dataset(number)
    investigation = one.investigation
    return _document(
        {
            "id": one.id,
            "name": one.name,
            **({"description": one.description} if one.description else {}),
            "startDate": one.start,
            "date": one.start,
            "endDate": one.start + 3_600_000,
            "fileSize": 2_000_003 * len(one.files),
            "fileCount": len(one.files),
            "investigation.id": investigation.id,
            "investigation.name": investigation.name,
            "investigation.title": investigation.title,
            "investigation.startDate": investigation.start,
            "visitId": investigation.visit,
            "type.name": ("raw", "processed", "calibration")[one.type],
            "type.id": one.type + 1,
            **_sample(facility, one.sample_id, investigation, one.sample_type),
        }
    )


def _samples(facility: Facility) -> Iterator[str]:
    for number in range(1, facility.investigations + 1):
        investigation = facility.investigation(number)
        for place in (1, 0):
            sample_type = investigation.sample_types[place]
            yield _document(_sample(facility, 2 * number - place, investigation, sample_type))


def _sample(
    facility: Facility, sample: int, investigation: Investigation, sample_type: int
) -> dict[str, str | int]:
    return {
        "sample.id": sample,
        "sample.name": f"{facility.words.items[sample % 3_000]} {sample}",
        "sample.investigation.id": investigation.id,
        "sample.type.name": facility.sample_types[sample_type],
        "sample.type.id": sample_type + 1,
    }


def _investigation_users(facility: Facility) -> Iterator[str]:
    ids = itertools.count(1)
    for number in range(1, facility.investigations + 1):
        for user in facility.investigation(number).users:
            yield _document({"id": next(ids), "investigation.id": number, **_user(facility, user)})


def scientists(facility: Facility) -> Iterator[tuple[int, int]]:
    """Numbers of an instrument and of one of its scientists."""
    for number in range(1, 2 * INSTRUMENTS + 1):
        yield 1 + number // 2 % INSTRUMENTS, 1 + (7 * number) % facility.users


def _instrument_scientists(facility: Facility) -> Iterator[str]:
    for number, (instrument, user) in enumerate(scientists(facility), 1):
        yield _document({"id": number, "instrument.id": instrument, **_user(facility, user)})


def _user(facility: Facility, user: int) -> dict[str, str | int]:
    return {
        "user.id": user,
        "user.name": facility.user_name(user),
        "user.fullName": facility.names[user % len(facility.names)],
    }


def _investigation_instruments(facility: Facility) -> Iterator[str]:
    for number in range(1, facility.investigations + 1):
        instrument = facility.investigation(number).instrument
        technique = TECHNIQUES[instrument % len(TECHNIQUES)]
        yield _document(
            {
                "id": number,
                "investigation.id": number,
                "instrument.id": instrument,
                "instrument.name": f"I{instrument:02d}",
                "instrument.fullName": f"I{instrument:02d} {technique}",
            }
        )


def _facility_cycles(facility: Facility) -> Iterator[str]:
    for number in range(1, facility.investigations + 1):
        cycle = 1 + number * CYCLES // (facility.investigations + 1)
        yield _document({"id": number, "investigation.id": number, "facilityCycle.id": cycle})


def _techniques(facility: Facility) -> Iterator[str]:
    for number in range(1, facility.datasets + 1):
        technique = facility.dataset(number).technique
        yield _document(
            {
                "id": number,
                "dataset.id": number,
                "technique.id": technique + 1,
                "technique.name": TECHNIQUES[technique],
                "technique.pid": f"load:{technique}",
            }
        )


def _parameters(facility: Facility, parent: str, parents: int, every: int) -> Iterator[str]:
    dice = random.Random(4)
    ids = itertools.count(1)
    for number in range(1, parents + 1, every):
        for _ in range(dice.randint(0, 2) if every > 1 else dice.randint(1, 3)):
            kind = int(len(QUANTITIES) * dice.random() ** 1.5)
            name, units, low, high = QUANTITIES[kind]
            yield _document(
                {
                    "id": next(ids),
                    f"{parent}.id": number,
                    "numericValue": round(low + (high - low) * dice.random() ** 2, 3),
                    "type.name": name,
                    "type.units": units,
                    "type.id": kind + 1,
                }
            )


def _joined(entity: str, documents: Iterator[str], size: int) -> Iterator[Block]:
    while part := list(itertools.islice(documents, size)):
        yield Block(entity, len(part), f"[{','.join(part)}]".encode())


def _document(fields: Mapping[str, str | int | float]) -> str:
    return f"{{{_fields(fields)}}}"


def _fields(fields: Mapping[str, str | int | float]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))[1:-1]


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
