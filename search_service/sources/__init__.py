"""Where documents come from: the catalogue's database, or a file of documents.

``base`` is what a source promises, ``open`` opens one by its address; ``sql`` and ``lines`` are
the two kinds. ``moments`` converts dates, ``spread`` cuts ranges of ids, ``same_catalogue``
refuses another catalogue than the index has, ``rejects`` hears of rows that make no document.
"""
