"""What was typed → an analysed tree.

``syntax`` parses Lucene's syntax, ``patterns`` wildcards; ``analyse`` turns words into what an
index has. People's reading: ``classify`` says what a text is (a DOI, a path, words …; with
``markup`` and ``pasted``), ``matching`` makes the query, ``parts``, ``part_patterns``,
``compounds``, ``isotopes``, ``function_words`` and ``edit_distance`` help it.
"""
