"""JSON of a request → shapes; everything of a wrong form is told to the caller.

``shapes`` are the results; ``conditions`` reads queries and filters, ``pages`` sort, cursor and
fields, ``front_ends`` the requests of ``/v1``, ``type_ahead`` what was typed so far; ``values``
and ``dates`` check single values.
"""
