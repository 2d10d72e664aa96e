"""The log on this machine of changes that are acknowledged and not committed yet.

``journal`` keeps records until they are committed, or taken by a re-index. ``segments`` are its
files, ``notes`` the small files beside them, ``check`` looks for files that are damaged or missing.
"""
