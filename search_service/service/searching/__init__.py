"""Searches: a page, its facets, and what helps who types.

``search`` and ``facet`` answer the contract, ``find`` and ``suggest`` front ends; ``highlight``
cuts values into fragments, ``did_you_mean`` spells words anew, ``viewer_rights`` keeps what a
viewer may see, ``releases`` what is public.
"""
