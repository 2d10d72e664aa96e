"""How much each way to find a text counts (``matching = "people"``).

Not here: how rare a word is, which an engine knows.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Relevance:
    """Weights, each with a default that the settings explain.

    A word that a document has as it was typed weighs 1 times its rarity. The three steps
    (``in_order``, ``all_words``, ``whole_name``) are added to a score as so many words of no
    rarity: each is larger than the sum of a few words, so that one step comes before the next.
    """

    part: float = 0.5
    joined: float = 0.7
    covering: float = 2.0
    in_order: float = 10.0
    all_words: float = 40.0
    whole_name: float = 100.0
    most_words: int = 50
