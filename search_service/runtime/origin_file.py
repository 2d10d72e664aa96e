"""Where a generation says which catalogue its documents come from: a small file in it.

A file of its own, as it is known later than the manifest, and an index without it is whole.
"""

import json
from pathlib import Path

from search_service.catalogue import origin
from search_service.catalogue.origin import Origin
from search_service.errors import StorageFailed
from search_service.files import write_durably

NAME = "origin.json"


def read(generation: Path) -> Origin | None:
    """None when it was not recorded. Raises StorageFailed."""
    path = generation / NAME
    try:
        return origin.read(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageFailed(
            f"{path} does not say which catalogue the index was made from ({error}); restore it "
            "from a backup, or remove it: the next sync or re-index records it again"
        ) from error


def write(generation: Path, content: Origin) -> None:
    """Record it, durably. Raises OSError."""
    text = json.dumps(content.as_json(), indent=2, ensure_ascii=False)
    write_durably(generation / NAME, f"{text}\n".encode())
