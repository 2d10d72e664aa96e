"""Which places of a document's values a query found, as spans to highlight.

``spans`` finds words, ``part_spans`` the parts of names and identifiers, ``wildcards`` words by
patterns.
"""
