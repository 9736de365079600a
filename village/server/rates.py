"""How often one address may ask: token buckets, and a count of open connections. Both bounded."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict

MOST_ADDRESSES = 10000


def group(remote: str) -> str:
    """IPv6 clients own a /64 at the least: they count as one."""
    if ":" not in remote:
        return remote
    try:
        return str(ipaddress.ip_network((remote.partition("%")[0], 64), strict=False))
    except ValueError:
        return remote


class Rate:
    """``burst`` at once, ``per_second`` in the long run, for each address.

    Charged is what turned out to be worth nothing, so a hundred good ones may be under way at one moment.
    """

    def __init__(self, burst: float, per_second: float) -> None:
        self.burst = burst
        self.per_second = per_second
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, remote: str) -> bool:
        return self._tokens(group(remote), time.monotonic()) >= 1

    def charge(self, remote: str) -> None:
        now, key = time.monotonic(), group(remote)
        tokens = max(self._tokens(key, now) - 1, -self.burst)
        self._buckets.pop(key, None)
        self._buckets[key] = tokens, now
        if len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)

    def _tokens(self, key: str, now: float) -> float:
        tokens, moment = self._buckets.get(key, (self.burst, now))
        return min(self.burst, tokens + (now - moment) * self.per_second)

    def wait(self, remote: str) -> int:
        """Whole seconds until the next one is allowed."""
        tokens = self._tokens(group(remote), time.monotonic())
        return max(1, math.ceil((1 - tokens) / self.per_second))


class Seats:
    """Open connections in all and of each address; 0 = no limit."""

    def __init__(self, total: int, each: int) -> None:
        self.total = total
        self.each = each
        self.taken = 0
        self._by_address: dict[str, int] = {}

    def take(self, remote: str) -> str:
        """ "" when there is room, else what there is too much of."""
        if self.total and self.taken >= self.total:
            return "connections"
        key = group(remote)
        mine = self._by_address.get(key, 0)
        if self.each and mine >= self.each:
            return "connections_per_ip"
        self._by_address[key] = mine + 1
        self.taken += 1
        return ""

    def give_back(self, remote: str) -> None:
        key = group(remote)
        mine = self._by_address.get(key, 0) - 1
        if mine > 0:
            self._by_address[key] = mine
        else:
            self._by_address.pop(key, None)
        self.taken -= 1
