"""Finding documents in shards.

``reader`` puts a question to all shards of an entity; ``shard`` is one of them. ``compile`` makes
the engine's query of an analysed tree, with ``regular_expressions``, ``numbers``, ``combine`` and
``weights``. A page comes from ``ranked_pages`` (by relevance) or ``sorted_pages`` (by columns),
both on ``shard_hits``; ``merge`` makes one page of those of all shards. ``facets`` counts,
``prefixes`` walks dictionaries.
"""
