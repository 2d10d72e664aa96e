"""The data directory: what is where, what is current, what a crash left.

``data_directory`` opens it and holds its lock; ``generations`` says which generations there are
and which is searched; ``manifest`` what one was written with, ``listing`` how much it holds,
``counting`` what the shards of an edition do.
``shard_files`` knows the files of a shard, ``link_shards`` gives a new generation the shards of the
one before, ``links`` gives a backup what is searched, ``view`` names what readers open, ``slices``
what they make of it; ``inspection``
refuses a directory that is not understood, ``damage`` and ``verify`` compare checksums,
``identity`` says which directory it is; ``closed`` reads one that is not opened; ``failures`` makes
errors of the table of what the engine raises.
"""
