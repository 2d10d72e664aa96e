"""Where documents come from: the catalogue's database, or a file of documents.

``base`` is the interface of a source, ``open`` opens one by its ``address``; ``sql`` and ``lines``
are the two kinds. ``moments`` converts dates, ``spread`` cuts ranges of ids, ``same_catalogue``
refuses a source of another catalogue than the one that the index was made from, which is recorded
in the ``origin_file``.
"""
