"""Compares a running index with the catalogue's database, and brings in what differs.

``check`` counts and compares (``cells``, ``compare``, ``check_report``); ``run`` brings in what
changed (``sending``, ``state``).
"""
