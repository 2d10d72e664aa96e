"""An engine over dicts: slow, obvious, and able to lose what was not committed.

It implements ``search_service.engines.base`` and ``search_service.engines.index`` whole. ``index``
takes documents apart into words and parts, ``matching`` evaluates a tree by looking at them,
``reader`` and ``writer`` are the halves of ``base``, ``engine`` opens and keeps an index,
``shared`` has one that several services change. It compares values and resolves joins in its own
way, so that it checks the code that other engines share.
"""

from tests.support.dict_engine.engine import DictEngine
from tests.support.dict_engine.reader import DictReader, DictView, Documents
from tests.support.dict_engine.writer import DictWriter

__all__ = ["DictEngine", "DictReader", "DictView", "DictWriter", "Documents"]
