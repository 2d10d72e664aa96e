"""HTTP, and nothing else.

``server`` listens; ``control`` answers commands by the socket of the data directory; ``gate`` is
around every operation (``access``: who may call); ``routes`` has one function for each operation,
``health`` those for operators; ``requests`` is a request as they see it. ``openapi`` describes
the operations. ``app`` is the application of all of these.
"""
