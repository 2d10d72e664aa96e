"""The changing half, for who has the turn.

``indices`` makes, copies and removes indices and lets aliases name others; ``making`` does so under
names that no other turn uses. ``change_writer`` changes documents by ``encoded_changes``,
``builder`` fills a generation that is built, both by requests of ``bulk``; its ``copies`` are made
when it is. ``populations`` loads entities in bulk, ``switching`` lets searches see another
generation. Not here: who has the turn, see ``search_service.engines.opensearch.turn``.
"""
