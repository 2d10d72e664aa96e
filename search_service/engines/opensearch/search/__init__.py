"""The reading half: questions to entities as requests to the cluster.

``requests`` sends searches, and ``stamps`` tells what a reader has seen. ``reader`` answers with
what the others find: ``pages``, which knows ``highest_values``; ``documents``, ``values``,
``facets``, ``counting``, ``beginnings``; ``vocabulary``, which reads ``term_statistics``.
``queries`` makes the query of a tree. Not here: how documents get into the cluster.
"""
