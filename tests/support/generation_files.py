"""Files of generations without an engine: in one directory, or of machines that share some."""

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class OneDirectory:
    """Every generation has the same place."""

    directory: Path

    def place(self, number: int) -> Path:
        return self.directory

    def file(self, number: int, name: str) -> Path:
        return self.directory / name

    def publish(self, number: int, name: str) -> None: ...


@dataclass(frozen=True)
class Machine:
    """One of several: it sees of the others what they published into the directory they share."""

    own: Path
    shared: Path

    def place(self, number: int) -> Path:
        return _made(self.own / str(number))

    def file(self, number: int, name: str) -> Path:
        published, here = self.shared / str(number) / name, self.place(number) / name
        if published.exists():
            shutil.copyfile(published, here)
        return here

    def publish(self, number: int, name: str) -> None:
        shutil.copyfile(self.place(number) / name, _made(self.shared / str(number)) / name)


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
