"""Compares a running index with the catalogue's database, and brings in what differs.

``check`` compares without changing anything; ``update`` sends what changed since the last time to
the service. Both use ``id_ranges``, which finds by counting where the ids of two sides differ, and
``compare``, which compares two documents. ``sender`` sends rows, ``state`` keeps the time of the
last update, ``report`` words the results for a person.
"""
