"""Conditional requests: entity tags, dates, and the order in which they are asked (RFC 9110 §13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import lru_cache

# entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE (RFC 9110 §8.8.3); a comma may stand inside the quotes.
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\uffff\udc80-\udcff]*"')
_LIST = re.compile(rf"[ \t,]*(?:{_TAG.pattern}[ \t]*(?:,[ \t,]*|\Z))*\Z")


class Verdict(Enum):
    """What the preconditions say."""

    PROCEED = 200
    NOT_MODIFIED = 304
    FAILED = 412


def judge(headers: Mapping[str, str], tag: str, modified: int | None) -> Verdict:
    """RFC 9110 §13.2.2, steps 1 to 4, for GET and HEAD of a representation whose answer would be 200.

    ``tag`` is its entity tag with quotes, ``modified`` its date in UNIX seconds or None where it has none.
    """
    if_match = headers.get("if-match")
    if if_match is not None:
        if not matches(if_match, tag, strong=True):
            return Verdict.FAILED
    elif (since := date(headers.get("if-unmodified-since"))) is not None and modified is not None and modified > since:
        return Verdict.FAILED
    if_none_match = headers.get("if-none-match")
    if if_none_match is not None:
        return Verdict.NOT_MODIFIED if matches(if_none_match, tag, strong=False) else Verdict.PROCEED
    since = date(headers.get("if-modified-since"))
    if since is not None and modified is not None and modified <= since:
        return Verdict.NOT_MODIFIED
    return Verdict.PROCEED


def matches(field: str, tag: str, *, strong: bool) -> bool:
    """Whether a list of entity tags (or ``*``) names ``tag``; a malformed list names nothing."""
    if field.strip(" \t") == "*":
        return True
    if field == tag:
        return not (strong and tag.startswith("W/"))
    if not _LIST.match(field):
        return False
    return any(same(each, tag, strong=strong) for each in _TAG.findall(field))


def same(one: str, other: str, *, strong: bool) -> bool:
    """RFC 9110 §8.8.3.2: strong comparison wants two strong tags, weak comparison does not look at the mark."""
    if strong:
        return one == other and not one.startswith("W/")
    return one.removeprefix("W/") == other.removeprefix("W/")


def range_holds(field: str | None, tag: str, modified: int | None) -> bool:
    """If-Range (RFC 9110 §13.1.5): absent, or the very same representation; a date counts only when it is
    exactly ours.
    """
    if field is None:
        return True
    if field.startswith(('"', "W/")):
        return same(field.strip(" \t"), tag, strong=True)
    moment = date(field)
    return moment is not None and moment == modified


@lru_cache(maxsize=256)
def date(field: str | None) -> int | None:
    """UNIX seconds of an HTTP-date in any of its three forms (RFC 9110 §5.6.7); None when absent or not a date."""
    if not field or not field[:1].isalpha():
        return None
    try:
        moment = parsedate_to_datetime(field)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
