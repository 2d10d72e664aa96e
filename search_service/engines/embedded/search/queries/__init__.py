"""An analysed tree as a query of the engine.

``compile`` goes through the tree; ``words``, ``parts`` and ``numbers`` make its leaves,
``patterns`` those with wildcards (see ``regular_expressions``). ``weights`` corrects scores,
``near_words`` looks up what a word with ``~`` is like, and ``known_words`` remembers what was
weighed; ``combine`` makes queries of queries. ``beginning`` tells which queries are carried out
once, ``columns`` whether a single document meets a condition, ``upper_bounds`` how much a part can
score.
"""
