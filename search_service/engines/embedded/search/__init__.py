"""Finding documents in shards.

``reader`` puts a question to all shards of an entity, which ``open_shards`` keeps open; ``shard``
is one of them. ``queries`` makes the engine's query of an analysed tree, ``pages`` takes a page of
hits in order, ``facets`` counts, ``prefixes`` walks dictionaries.
"""
