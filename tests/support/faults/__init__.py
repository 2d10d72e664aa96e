"""A service whose processes are killed at random moments, and what must be there afterwards.

``expected`` is what it should hold, ``catalogue`` sends changes and knows which were acknowledged,
``kinds`` are the things that are in flight, ``moments`` kills in one of them and compares, and
``members`` tells the processes of a service apart.
"""
