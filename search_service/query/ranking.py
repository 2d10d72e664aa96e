"""What weighs how much where text is read as people mean it (``matching = "people"``).

A word that is found as it was typed weighs 1 times its rarity. The three steps (``in_order``,
``all_words``, ``whole_name``) are added to a score as so many words of no rarity: they are larger
than what a few words make, so that one step is before the next. Not here: how rare a word is.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranking:
    """Weights, each with a default that the settings explain."""

    part: float = 0.5
    joined: float = 0.7
    covering: float = 2.0
    in_order: float = 10.0
    all_words: float = 40.0
    whole_name: float = 100.0
    most_words: int = 50
