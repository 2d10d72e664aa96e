"""Searches: a page, its facets, and what helps who types.

``search`` finds a page, ``joined`` what joins to its hits, and ``facet`` counts, for the contract
and, by ``find``, for front ends; ``suggest`` completes a typed text, ``did_you_mean`` corrects
spelling, ``highlight`` cuts values into fragments, ``explain`` says why a document is found or not.
``viewer_rights`` caches the rights of viewers, ``visible_words`` is their vocabulary, ``releases``
the table of release dates. ``limits``: how large an answer may be.
"""
