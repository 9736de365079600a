"""A listening address, as its connections know it."""

from __future__ import annotations

import contextlib
import ipaddress

from village.server.fastlane import Memo
from village.server.house import House


class Port:
    """``memo``: the answers prepared for it. ``trusted``: who speaks the PROXY protocol. ``open``: its connections."""

    def __init__(self, house: House, scheme: str) -> None:
        self.house = house
        self.scheme = scheme
        self.memo: Memo = house.memos[scheme]
        self.trusted = [ipaddress.ip_network(each) for each in house.settings.proxy_protocol]
        self.open = 0

    def speaks_proxy(self, remote: str) -> bool:
        with contextlib.suppress(ValueError):
            found = ipaddress.ip_address(remote)
            return any(found in network for network in self.trusted if network.version == found.version)
        return False

    def leave(self, remote: str) -> None:
        """A connection is over."""
        self.house.seats.give_back(remote)
        self.open -= 1
