"""Asking a running service, as commands do.

``connection`` is the HTTP client, by an address or by the socket of a data directory;
``operations`` are the calls; ``generations`` changes those of the service on a data directory;
``index_client`` asks what an index holds, of a service or of a directory that none has open.
"""
