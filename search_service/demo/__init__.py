"""An example facility to try the service with: a catalogue, its documents, five requests.

``facility`` makes up the rows, from ``reference`` (people, stations, types) and ``measurements``
(datasets, datafiles, parameters) with the words of ``vocabulary``; ``chance`` says how skewed it
is, ``rows`` numbers them, ``catalogue`` writes them into a database. ``requests`` has the five
requests, ``run`` tries them.
"""
