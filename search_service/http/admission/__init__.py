"""What callers may use of the front process before anything is known of them.

``limits`` are the values. ``connections`` counts connections in all and by address, and closes one
that waits for another; ``in_flight`` counts the bytes of bodies and of answers that are not read
yet; ``refusals`` counts and logs what was refused. ``control`` has them together, for one server,
and looks after the time that each connection takes. Not here: HTTP, see
``search_service.http.protocol``.
"""
