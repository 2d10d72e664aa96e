"""Documents of an index on this machine, for building another one of them without the database.

``reader`` is the source over a data directory.
"""
