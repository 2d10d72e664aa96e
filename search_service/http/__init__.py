"""HTTP, and nothing else.

``app`` is the application: ``gate`` around every request (``access``: who may call), ``routes``
with the operations of the contract and for front ends, and the routers of FastAPI behind:
``health`` for those who run the service, ``control`` for the owner of the data directory, by a
socket in it. ``requests`` is a request as ``routes`` see it; ``openapi`` describes the operations.
``server`` listens, and ``protocol`` is HTTP as it is spoken.
"""
