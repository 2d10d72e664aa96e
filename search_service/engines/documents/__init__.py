"""Documents as engines index them, but for what each engine has of its own.

``engine_fields`` names the engine's fields for each field of the catalogue; ``encode`` makes the
line of a document of what ``fields`` makes of each value, by ``texts``, ``numbered_names``,
``tokens``, ``path_tokens`` and ``long_terms``; ``remembered`` bounds what is kept of it.
``encoders`` has it done in processes, each an ``encoding_process``; ``pieces`` says of how many at
once. ``format`` says what differs between engines, and ``analysis`` what the words of an index
depend on.
"""
