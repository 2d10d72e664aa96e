"""Which addresses may call the operations of the contract, and those for front ends."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network

from search_service.errors import AddressRefused


class Access:
    """The list of networks from which calls are accepted."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network], setting: str) -> None:
        """``setting``: the one that lists them, for the sentence."""
        self._networks = tuple(networks)
        self._setting = setting
        self._allowed = lru_cache(1024)(self._in_a_network)

    def check(self, address: str) -> None:
        """Raises AddressRefused."""
        if not self._allowed(address):
            raise AddressRefused(address, self._setting)

    def _in_a_network(self, address: str) -> bool:
        try:
            caller = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(caller, IPv6Address) and caller.ipv4_mapped is not None:
            caller = caller.ipv4_mapped  # an IPv4 caller on a socket that takes both
        return any(caller in network for network in self._networks)
