"""Prometheus metrics with bounded labels; one registry for the process, so that tests can make their own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Every series village exports. Labels come from closed lists (status class, site name), never from a request."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.requests = Counter("village_http_requests", "Requests answered", ["site", "status"], registry=r)
        self.bytes_sent = Counter("village_http_sent_bytes", "Body bytes sent", ["site"], registry=r)
        self.connections = Gauge("village_http_connections", "Open connections", ["scheme"], registry=r)
        self.refused = Counter("village_http_refused", "Connections or requests refused", ["reason"], registry=r)
        self.hooks = Counter("village_hooks", "Push hooks received", ["outcome"], registry=r)
        self.builds = Counter("village_builds", "Builds", ["site", "outcome"], registry=r)
        self.build_seconds = Histogram("village_build_seconds", "Time of a build", ["site"], registry=r)
        self.outputs = Gauge("village_release_outputs", "Outputs of the release on show", ["site"], registry=r)
        self.remade = Counter("village_outputs_remade", "Outputs rendered again", ["site"], registry=r)
        self.published = Gauge(
            "village_release_published_timestamp_seconds", "When the release went live", ["site"], registry=r
        )
        self.certificate_not_after = Gauge(
            "village_certificate_not_after_timestamp_seconds", "End of the served certificate", ["domain"], registry=r
        )
        self.certificate_attempts = Counter(
            "village_certificate_attempts", "Orders sent to the CA", ["outcome"], registry=r
        )
        self.loop_delay = Histogram(
            "village_event_loop_delay_seconds",
            "Delay of the event loop",
            registry=r,
            buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1),
        )

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
