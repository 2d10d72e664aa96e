"""Search workers: processes that each answer one request at a time.

``pool`` keeps them and ends one that overruns, ``process`` is one of them, ``frames`` goes
between; ``answers`` is what comes back. ``searching`` is what a worker answers with.
"""
