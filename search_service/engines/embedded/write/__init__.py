"""Changing documents in shards.

``writer`` changes entities: it commits and publishes; ``edition`` has the shards of one, by id.
``shard_writer`` is the writing end of a shard, ``open_writers`` bounds how many are open,
``known_ids`` says which ids need a delete before they are added, ``damaged_shards`` which shards
are not to be used. ``rewriting`` chooses shards with many deleted documents, and ``rewrite`` writes
their segments anew.
"""
