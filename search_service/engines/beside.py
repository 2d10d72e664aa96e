"""A reader of an index that this process has not opened, beside whoever has it open.

Not here: whether the index fits, see ``fit``.
"""

from search_service.catalogue.entities import ENTITIES
from search_service.engines.base import Reader, View
from search_service.engines.index import Engine
from search_service.errors import EngineFailed, ShardDamaged

_TRIES = 5


def reader_beside(engine: Engine) -> tuple[Reader, View]:
    """A reader of what was committed last, and the view that it has seen.

    All of it is opened, so that whatever is merged or removed from now on is still read. Raises
    DirectoryRefused, OSError, ValueError, ShardDamaged, EngineFailed.
    """
    tried = 1
    while True:
        reader = engine.reader()
        try:
            view = engine.view()
            reader.see(view)
            for entity in ENTITIES:
                reader.count(entity.name)
        except (OSError, ValueError, ShardDamaged, EngineFailed):
            # A service may have merged or removed files between the two.
            reader.close()
            if tried == _TRIES:
                raise
            tried += 1
        except BaseException:
            reader.close()
            raise
        else:
            return reader, view
