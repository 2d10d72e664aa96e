"""Where texts are read by relevance: the queries beside the word itself, and their weights.

``words`` is the query of one word, phrase or pattern in one field. It puts together ``parts`` (of
names, formulas, identifiers) and ``part_patterns``, ``compounds`` (words written as one or as two)
and ``spelling``. ``weights`` says how much each counts; ``meanings`` remembers what was made of a
word. Not here: whole texts, see ``query.text.matching``.
"""
