r"""Text as it is shown, of text that is pasted with its markup: HTML of a journal's page, TeX.

A power of ten too, which would be a wildcard or a weight: ``1.5 x 10^13`` is ``1.5e13``.

>>> without_markup("Fe<sub>3</sub>O<sub>4</sub> &amp; ice")
'Fe3O4 & ice'
>>> without_markup(r"Sr$_{1-x}$Ca$_x$ of $\mathrm{Mn}^{3+}$ \emph{in situ}")
'Sr1-xCax of Mn3+ in situ'

Only what is surely markup is taken out: paths and the syntax of searches have ``< > $ { }`` too.
Not here: characters that mean the same, see ``analyzers.folding``.
"""

import html
import re

from analyzers.greek import GREEK

_INLINE = r"sub|sup|inf|i|b|u|em|strong|span|a|jats:(?:sub|sup|italic|bold)"
_BLOCK = r"p|br|hr|div|li|ul|ol|td|tr|h[1-6]|title|sec|abstract|jats:(?:p|sec|title)"
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.I)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK})(?:\s[^<>]*)?/?>", re.I)
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#[0-9]{1,6}|#x[0-9A-Fa-f]{1,6});")

_SETTING = r"math(?:rm|it|bf|sf|cal|bb)|text(?:rm|it|bf|sf|sc)?|emph|ce|boldsymbol|operatorname"
_SET = re.compile(rf"\\(?:{_SETTING})\s*\{{([^{{}}]*)\}}")
_FORMULA = re.compile(r"\$([^$]{1,200})\$")
_SIGNS_OF_TEX = re.compile(r"[_^\\{}]")
_SHIFTED = re.compile(r"[_^](?:\{([^{}]*)\}|(.))")
_COMMAND = re.compile(r"\\([A-Za-z]+)\s?")
_SPACES = re.compile(r"\\[,;:! ]|[{}]")

_TIMES = re.compile(r"\\(?:times|cdot)\b\s?")
_POWER_OF_TEN = re.compile(r"(?<=[0-9])\s*[x×·*]\s*10\^\{?([+-]?[0-9]{1,3})\}?(?![\w.])")

_LETTERS = {name: letter for letter, name in GREEK.items()}
_BEGINS_PATH = re.compile(r"""["'“‘<`]?(?:[\\/]|[A-Za-z]:[\\/]|[a-z]+://)""", re.I)


def without_markup(text: str) -> str:
    """The text as a reader of the page saw it."""
    if _BEGINS_PATH.match(text) and not (_INLINE_TAG.match(text) or _SET.match(text)):
        return text
    if "<" in text:
        text = _INLINE_TAG.sub("", _BLOCK_TAG.sub(" ", text))
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    if "\\" in text:
        text = _SET.sub(r"\1", text)
    if "$" in text:
        text = _FORMULA.sub(_as_shown, text)
    return _POWER_OF_TEN.sub(r"e\1", text) if "10^" in text else text


def _as_shown(formula: re.Match[str]) -> str:
    inside = formula[1]
    if not _SIGNS_OF_TEX.search(inside):
        return formula[0]
    inside = _POWER_OF_TEN.sub(r"e\1", _TIMES.sub("×", inside))
    inside = _SHIFTED.sub(lambda found: found[1] or found[2] or "", inside)
    inside = _COMMAND.sub(lambda found: _LETTERS.get(found[1], " "), inside)
    return _SPACES.sub("", inside)
