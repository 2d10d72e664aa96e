"""An address as a sentence, a log line or a file may show it: without its password.

A password may hold any sign, so what is hidden goes up to the last `@`. Not here: what an address
means, see ``sources.address``.
"""

import re

HIDDEN = "***"
_FILES = ("sqlite", "file")  # what follows is a path, which may hold an `@` of its own
_USER = re.compile(r"[^:/?#@]*")
_USER_AND_PASSWORD = re.compile(r"(?P<user>[^:/?#@]*):.*", re.DOTALL)
NO_PORT = re.compile(r"^(?P<host>[^\[:/?#]*):(?![0-9]*(?:[/?#]|\Z)).*", re.DOTALL)
# What follows a secret among the options may be of it: `&` is a sign like any other.
_SECRETS = re.compile(r"(?i)([?&][^=&]*(?:pass|pwd|secret|token)[^=&]*=).*", re.DOTALL)
_IN_SENTENCE = re.compile(r"(?<=://)(?P<user>[^\s:/]*):\S*@")


def masked(address: str) -> str:
    """The address without its password; what cannot be told from a password is hidden too.

    >>> masked("mysql://search:p@ss:w/rd@db/icat"), masked("search:pass@db/icat")
    ('mysql://search:***@db/icat', '***@db/icat')
    >>> masked("mysql://search:pass/icat"), masked("oracle://db/?user=a&password=b")
    ('mysql://search:***', 'oracle://db/?user=a&password=***')
    """
    address = _SECRETS.sub(rf"\1{HIDDEN}", address)
    scheme, separator, rest = address.partition("://")
    if not separator:
        return _masked_authority(address, has_scheme=False)
    if scheme.startswith(_FILES):
        return address
    return f"{scheme}{separator}{_masked_authority(rest, has_scheme=True)}"


def _masked_authority(rest: str, *, has_scheme: bool) -> str:
    userinfo, at, place = rest.rpartition("@")
    if not at:
        return NO_PORT.sub(rf"\g<host>:{HIDDEN}", rest) if has_scheme else rest
    if not has_scheme:
        return f"{HIDDEN}@{place}"
    if _USER.fullmatch(userinfo):
        return rest
    found = _USER_AND_PASSWORD.fullmatch(userinfo)
    user = "" if found is None else f"{found['user']}:"
    return f"{user}{HIDDEN}@{place}"


def masked_sentence(text: str) -> str:
    """A sentence in which addresses stand, without their passwords: the last net.

    >>> masked_sentence("no service answers at http://me:pass@host:8080")
    'no service answers at http://me:***@host:8080'
    """
    return _IN_SENTENCE.sub(rf"\g<user>:{HIDDEN}@", text)
