"""Profiles of callers for Locust: who asks what, how often, and whether answers are right.

``table`` names them for scenarios. ``caller`` is what all have in common; ``kinds`` names what is
sent, ``outcomes`` and ``checks`` judge what comes back, ``truth`` is what the facility knows.
``portal`` (with its ``portal_questions``) and ``visitors`` are people at a portal, ``catalogue``
(with its ``catalogue_questions``) those for whom a catalogue server asks, ``changes`` what that
tells. ``crawler`` and ``hostile`` (with its ``hostile_bodies``) are those that nobody invited.
"""
