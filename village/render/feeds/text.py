"""Escapes and dates of feeds, as Go's html/template and encoding/xml write them, so that feeds equal Hugo's byte
for byte."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote

from markupsafe import escape

NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # outside XML 1.0 §2.2 Char
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ZERO_DATE = "Mon, 01 Jan 0001 00:00:00 +0000"  # what Hugo prints for a page without a date


def text(value: str) -> str:
    """Text or a double-quoted attribute as html/template escapes it: also ``+``. Characters XML cannot hold are
    dropped."""
    return str(escape(NOT_XML.sub("", value))).replace("+", "&#43;")


def markup(value: str) -> str:
    """HTML as the text of an XML element, as Hugo's transform.XMLEscape."""
    escaped = str(escape(NOT_XML.sub("", value)))
    return escaped.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


def link(url: str) -> str:
    """A URL in an href: what html/template keeps, its quotation marks and parentheses percent-encoded."""
    return text(quote(url, safe="!#$&*+,/:;=?@[]~%"))


def rfc1123(moment: datetime | None) -> str:
    """``Mon, 02 Jan 2006 15:04:05 -0700`` in the moment's own zone."""
    if moment is None:
        return ZERO_DATE
    return (
        f"{DAYS[moment.weekday()]}, {moment.day:02} {MONTHS[moment.month - 1]} {moment.year:04}"
        f" {moment.hour:02}:{moment.minute:02}:{moment.second:02} {offset(moment)}"
    )


def offset(moment: datetime) -> str:
    """``+0200``."""
    delta = moment.utcoffset()
    minutes = int(delta.total_seconds()) // 60 if delta else 0
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def w3c(moment: datetime) -> str:
    """``2006-01-02T15:04:05-07:00``, UTC as ``+00:00`` (sitemaps.org; Hugo's layout)."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat(timespec="seconds")


def rfc3339(moment: datetime) -> str:
    """RFC 3339 with ``Z`` for UTC."""
    written = w3c(moment)
    return written[:-6] + "Z" if written.endswith("+00:00") else written
