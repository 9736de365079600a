"""Logging, configured once by ``cli``: one line an event, text for people or JSON for programs, secrets masked."""

from __future__ import annotations

import json
import logging
import re
import sys
import time

MASK = "•••"
# user:password@ in a URL, Authorization values, and query parameters that commonly carry secrets.
SECRET_PATTERNS = (
    (re.compile(r"(?<=://)[^/@\s:]+:[^/@\s]+(?=@)"), MASK),
    (re.compile(r"(?<=://)[^/@\s:]{20,}(?=@)"), MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+"), rf"\1 {MASK}"),
    (re.compile(r"(?i)([?&](?:token|secret|password|key|signature|access_token)=)[^&\s\"]+"), rf"\1{MASK}"),
)
_known_secrets: set[str] = set()


def remember_secret(value: str) -> None:
    """From now on ``value`` is masked wherever it would be logged; short values would mask ordinary words."""
    if len(value) >= 6:
        _known_secrets.add(value)


def masked(text: str) -> str:
    """``text`` without credentials."""
    for secret in _known_secrets:
        if secret in text:
            text = text.replace(secret, MASK)
    for pattern, replacement in SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class TextFormatter(logging.Formatter):
    """``2026-11-22T16:41:00Z warning certs: message``."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line; ``extra={"fields": {...}}`` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        event.update(getattr(record, "fields", {}))
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(event, ensure_ascii=False, default=str))


def configure(*, form: str = "text", level: str = "info") -> None:
    """Send every record of the process to stderr in ``form`` ("text" or "json"); called once, by ``cli``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("aiohttp.access").propagate = False
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
