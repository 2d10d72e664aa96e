"""Documents from a file with a JSON line for each.

``scan`` reads the file once and finds its lines, ``records`` keeps their places by entity and id,
``index`` shares those between processes, ``reader`` reads documents.
"""
