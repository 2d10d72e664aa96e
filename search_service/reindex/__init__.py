"""Builds the next generation of the index from where the catalogue keeps its rows.

``run`` is the whole of it: ``plan`` cuts entities into pieces, ``crew`` gives them to processes,
each a ``worker``; ``state`` notes what is durable, ``progress`` how it goes, and ``show`` shows it.
``retry`` opens a lost source again, ``disk_full`` gives room back, ``release_dates`` writes what
is public. ``remote`` fills a service elsewhere instead.
"""
