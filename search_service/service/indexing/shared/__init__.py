"""Changes of an index that several services change at a time.

What is acknowledged is in the index, and each service can carry out what any of them acknowledged.
``changes`` takes the operations that the catalogue sends, ``appended`` remembers those of this
service; ``commits`` commits those of all services, ``populations`` loads entities in bulk,
``hand_over`` lets the next generation catch up. Why it is so:
``docs/decisions/0025-several-services-on-one-index.md``.
"""
