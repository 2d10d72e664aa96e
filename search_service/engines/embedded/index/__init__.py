"""Documents as the engine indexes them.

``schema`` names the engine's fields for each field of the catalogue; ``encode`` makes the line of
a document of what ``fields`` makes of each value, by ``texts``, ``numbered_names``, ``tokens``,
``path_tokens``, ``sort_keys``, ``doubles`` and ``long_terms``; ``remembered`` bounds what is kept
of it, ``samples`` tells which documents stand for all. ``encoders`` does it in processes of its
own. ``config`` holds the settings that decide what an index holds, ``codec`` hands schema and
encoders to the writing end.
"""
