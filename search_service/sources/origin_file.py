"""Where a generation says which catalogue its documents come from: a small file that goes with it.

A file of its own, as it is known later than the manifest, and an index without it is whole.
"""

import json

from search_service.catalogue import origin
from search_service.catalogue.origin import Origin
from search_service.engines.index import GenerationFiles
from search_service.errors import StorageFailed
from search_service.files import write_durably

NAME = "origin.json"


def read(files: GenerationFiles, generation: int) -> Origin | None:
    """None when it was not recorded. Raises StorageFailed."""
    path = files.place(generation) / NAME
    try:
        path = files.file(generation, NAME)
        return origin.read(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageFailed(
            f"{path} does not say which catalogue the index was made from ({error}); restore it "
            "from a backup, or remove it: the next sync or re-index records it again"
        ) from error


def write(files: GenerationFiles, generation: int, content: Origin) -> None:
    """Record it, durably. Raises OSError, StorageFailed."""
    text = json.dumps(content.as_json(), indent=2, ensure_ascii=False)
    write_durably(files.place(generation) / NAME, f"{text}\n".encode())
    files.publish(generation, NAME)
