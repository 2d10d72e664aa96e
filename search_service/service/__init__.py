"""The operations of the contract and of ``/v1``, whatever the engine.

``indexing``: changes, populations, the journal. ``searching``: pages, facets, suggestions.
``wire``: requests and answers as bytes; ``bodies``: large ones, piece by piece.
"""
