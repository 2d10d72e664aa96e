"""What a search worker answers with: request bytes → tree → hits → answer bytes.

``searcher`` answers the contract, ``front_ends`` the operations under ``/v1`` with the ``cursors``
of their pages, ``listing`` whole documents for a comparison with the catalogue.
"""
