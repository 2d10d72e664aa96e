"""Backups of a data directory, and how one becomes a data directory again.

``moment`` links what is searched and acknowledged, ``make`` makes a backup of that, ``restore`` a
data directory of a backup. ``series`` knows the backups that are beside each other and what is
noted of each, ``trees`` copies files and links those that are there already, ``turns`` lets one
backup be made at a time.
"""
