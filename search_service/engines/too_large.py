"""What is said of a search that is too large to be carried out, with any engine.

Not here: where an engine has its limits, each knows its own.
"""

PATTERN_TOO_LARGE = (
    "A pattern with wildcards is too long or has too many of them to be searched for"
)

RANGE_TOO_LONG = (
    "A range of words is too long to be searched for: write fewer characters at its ends, some 20"
)

TOO_MANY_CONDITIONS = (
    "The search has too many words and conditions to be carried out: write fewer of them"
)
