"""The cluster as a server: requests, answers, and what an answer that is none means.

``client`` is what the rest of the engine uses: requests, bulks, searches and single documents that
are changed by compare-and-set. It sends by ``nodes``, which goes to another node when one is gone.
``answers`` has the shape of an answer, ``failures`` makes errors of the table of those that are
refused, ``checks`` looks whether the cluster can keep an index at all, and ``names`` gives the
names of indices and aliases. Not here: what is in an index.
"""
