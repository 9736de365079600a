"""Counting on the hot path with plain integers; Prometheus sees the sums when it asks."""

from __future__ import annotations

from village.metrics import Metrics


class Count:
    """Requests and bytes of one (site, status)."""

    __slots__ = ("requests", "sent")

    def __init__(self) -> None:
        self.requests = 0
        self.sent = 0


class Tally:
    """All counts; ``settle`` adds what is new to the metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self._counts: dict[tuple[str, int], Count] = {}
        self._settled = 0

    def of(self, site: str, status: int) -> Count:
        """The count to add to. Sites and statuses are closed lists, so this stays small."""
        key = (site, status)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = Count()
        return count

    def total(self) -> int:
        """Requests since the beginning."""
        return self._settled + sum(count.requests for count in self._counts.values())

    def settle(self) -> None:
        for (site, status), count in self._counts.items():
            if count.requests:
                self.metrics.requests.labels(site or "-", str(status)).inc(count.requests)
                self.metrics.bytes_sent.labels(site or "-").inc(count.sent)
                self._settled += count.requests
                count.requests = count.sent = 0
