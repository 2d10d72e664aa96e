"""Numbers as words: ``004411`` is 4411, ``1,5`` is 1.5, and ``0.25`` is neither 25 nor 0.025.

Not here: values with units that are compared as numbers, see ``units``.
"""

import re

NUMBER = (
    r"(?<![^\W_])(?<![.,])[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+(?![^\W_])"  # 1.5e-3
    r"|(?<![0-9.,])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])"  # 1,000
    r"|(?<![0-9.,])[0-9]+[.,][0-9]+(?![.,]?[0-9])"  # 0.25 and 1,5, but no date, no version
    r"|[0-9]+"
)
"""An expression of what is one number in a text."""

_PARTS = re.compile(r"[.,]")
_DATE = re.compile(r"(?:19|20)[0-9]{6}")
_COUNTER = re.compile(r"[1-9][0-9]*[.,]0[0-9]{3,}|0[0-9]+[.,][0-9]+")


def numbers(written: str) -> list[str]:
    """What matched ``NUMBER`` as the words that it is found by, usually one.

    >>> numbers("004411"), numbers("000"), numbers("0.25"), numbers("1,5"), numbers("1,000")
    (['4411'], ['0'], ['0.25'], ['1.5'], ['1000'])
    >>> numbers("1.5E-03"), numbers("1e+6")
    (['1.5e-3'], ['1e6'])

    A counter after a dot is a number of its own:

    >>> numbers("3.0012")
    ['3', '12']
    """
    if written.isdigit():
        return [_whole(written)]
    mantissa, exponent, power = written.lower().partition("e")
    if exponent:
        sign = "-" if power.startswith("-") else ""
        return [f"{numbers(mantissa)[0]}e{sign}{_whole(power.lstrip('+-'))}"]
    if _COUNTER.fullmatch(written):
        return [_whole(part) for part in _PARTS.split(written)]
    if "." not in written and len(written.rpartition(",")[2]) == 3:
        return [_whole(written.replace(",", ""))]
    before, after = _PARTS.split(written)
    return [f"{_whole(before)}.{after}"]


def date_parts(number: str) -> list[str] | None:
    """Year, month and day of eight digits that may be a date.

    >>> date_parts("20190704"), date_parts("20194411"), date_parts("88317")
    (['2019', '7', '4'], None, None)
    """
    if not _DATE.fullmatch(number):
        return None
    year, month, day = number[:4], number[4:6], number[6:]
    if not ("01" <= month <= "12" and "01" <= day <= "31"):
        return None
    return [year, month.lstrip("0"), day.lstrip("0")]


def _whole(digits: str) -> str:
    return digits.lstrip("0") or "0"
