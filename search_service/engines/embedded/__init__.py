"""The engine on tantivy: shards on one machine's disk, searched in worker processes.

``engine`` is what ``engines.open`` gives out, with the ``generations`` of its directory.
``storage`` knows the data directory: generations, editions, shards, what each was written with.
``index`` turns documents into what the engine indexes; ``write`` changes shards; ``search`` reads
them. Not here: joins and the order of hits, which every engine shares, see ``engines``.
"""
