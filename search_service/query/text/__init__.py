"""What was typed → an analysed tree.

``reading`` is the interface of a reading; there are two. ``peer`` is that of icat.lucene:
``syntax`` parses Lucene's syntax, with ``patterns`` for wildcards, and ``analyse`` turns words into
those of an index. ``matching`` is that of people: ``classify`` says what a text is (a DOI, a path,
words …; with ``markup`` and ``pasted``), and ``relevance`` has what is looked for beside words.
"""
