"""Slices: what a reader opens in place of shards, directories of links to their segments.

``segments`` reads what a shard's last commit names, ``dealing`` says which segment is in which
slice, ``linked_slice`` makes the directory of one and keeps it current, ``own_directory`` is where
a reader has its slices, and what is done about those of readers that died. Not here: what is
opened, see ``search.open_slices``.
"""
