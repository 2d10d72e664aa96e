"""Changing documents in shards.

``writer`` changes entities: it finds the shard of each id, commits and publishes.
``shard_writer`` is the writing end of one shard, ``open_writers`` bounds how many are open,
``known_ids`` says which ids need a delete before they are added.
"""
