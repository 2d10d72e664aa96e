"""The engine that keeps the index in an OpenSearch cluster.

``search``: the reading half. Only ``engines.open`` imports an engine.
"""
