"""Finding documents in shards.

``reader`` puts a question to all slices of an entity, which ``open_slices`` keeps open and
``linked_slices`` makes of its shards; ``slice`` is one of them, ``threads`` ask several at once and
``gathered`` reads the hits of several. ``queries`` makes the engine's query of an analysed tree,
``pages`` takes a page of hits in order, ``facets`` counts labels, and numbers by ``ranges``;
``integers`` reads columns, ``prefixes`` walks dictionaries.
"""
