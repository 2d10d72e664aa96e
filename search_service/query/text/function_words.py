"""Words that join others, or ask: they say nothing about what is looked for.

Longer than the stop words of the index, which hold for documents too and must leave the symbols of
elements alone. Not here: words that are merely frequent, which weigh little by themselves.
"""

from analyzers.stop_words import STOP_WORDS

LITTLE_WORDS = STOP_WORDS | frozenset(
    "about after all also am any as at be because been before being between both can could did do "
    "does done during each find from get give had has have he her here him his how i in its just "
    "let like look looked looking looks made make many may me more most much my no nor of off once "
    "only other our out over please same see she should show so some tell than them through too "
    "under until up upon us use used using very via want we were what when where whether which "
    "while who whom whose why within without would you your".split()
)

QUESTIONS = frozenset(
    "are can did do does had has have how is was were what when where which who whom whose "
    "why".split()
)

_SYMBOLS = frozenset({"As", "At", "Be", "He", "I", "In", "No"})


def is_little(word: str, *, first: bool) -> bool:
    """Whether a word says nothing. A symbol with its capital is one, but not where a text begins.

    >>> is_little("of", first=False), is_little("Be", first=False), is_little("In", first=True)
    (True, False, True)
    """
    return word.lower() in LITTLE_WORDS and (first or word not in _SYMBOLS)
