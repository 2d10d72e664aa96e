"""Search workers: processes that each answer one request at a time.

``shared_answers`` asks for equal requests once, ``queueing`` decides whose request is next.
``pool`` gives each ``search`` its turn and ends one that overruns. ``crew`` keeps the processes: it
replaces each ``worker`` that ends, by a ``starter``. ``process`` is one of them, ``frames`` goes
between; ``answers`` is what comes back. ``searching`` is what a worker answers with.
"""
