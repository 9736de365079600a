"""Bare addresses become links (GitHub's autolinks, with goldmark's patterns)."""

from __future__ import annotations

import re

from village.render.markdown.inline import Inline, InlineState

_WWW = re.compile(r"www\.[-a-zA-Z0-9@:%._+~#=]{1,256}\.[a-z]+(?:[/#?][-a-zA-Z0-9@:%_+.~#!?&/=();,'\">^{}\[\]`]*)?")
_URL = re.compile(
    r"(?:http|https|ftp)://[-a-zA-Z0-9@:%._+~#=]{1,256}\.[a-z]+(?::\d+)?"
    r"(?:[/#?][-a-zA-Z0-9@:%_+.~#$!?&/=();,'\">^{}\[\]`]*)?"
)
_EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,256}@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
# After the head of the text, a space, "(" or "~"; that is looked at last, so that the search goes from one h, f or w
# to the next.
_BEGINS = re.compile(r"(?:h(?<![^ (~].)ttps?:|f(?<![^ (~].)tp:|w(?<![^ (~].)ww\.)", re.DOTALL)
_MAIL_BEGINS = re.compile(r"(?<![^ (~])(?=[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,256}@)")
_ENTITY_TAIL = re.compile(r"&[a-zA-Z0-9]+;$")
_TRAILING = "?!.,:*_~"
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def register(inline: Inline) -> None:
    """Adds the rules when the option is on."""
    if inline.options.linkify:
        inline.link_anywhere = _at
        inline.link_candidates = _candidates


def _candidates(src: str) -> list[int] | None:
    """Where addresses may begin: at the head, after a space, ``(`` or ``~``; the last first. None: not in this text."""
    has_mail = "@" in src
    if not has_mail and ":" not in src and "www." not in src:
        return None
    found = [each.start() for each in _BEGINS.finditer(src)]
    if has_mail:
        found = sorted({*found, *(each.start() for each in _MAIL_BEGINS.finditer(src))})
    if "\\" in src:
        found = [each for each in found if not _after_escape(src, each)]
    found.reverse()
    return found


def _after_escape(src: str, position: int) -> bool:
    """Whether the ``(`` or ``~`` before is an escaped one, after which goldmark does not look for an address."""
    before = src[: position - 1]
    return src[position - 1 : position] in ("(", "~") and (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _at(state: InlineState, position: int) -> int:
    """The address that begins here: where it ends, or 0."""
    if state.brackets:  # inside what may become a link text
        return 0
    src = state.src
    first = src[position : position + 1]
    found, is_email, prefix = None, False, ""
    if first in "hf" and first:
        found = _URL.match(src, position)
    elif first == "w":
        found = _WWW.match(src, position)
        prefix = state.page.options.linkify_protocol + "://"
    end = _trimmed_end(src, position, found.end()) if found else 0
    if not end:
        end = _email_end(src, position) if "@" in src else 0
        is_email, prefix = True, ""
    if not end:
        return 0
    address = src[position:end]
    state.pieces.append(state.page.autolink(prefix + address, address, is_email=is_email))
    return end


def _trimmed_end(src: str, start: int, end: int) -> int:
    """Closing punctuation belongs to the sentence, and so do a parenthesis too many or an entity."""
    while end - 1 > start and src[end - 1] in _TRAILING:
        end -= 1
    last = src[end - 1]
    if last == ")":
        return end - max(src.count(")", start, end) - src.count("(", start, end), 0)
    if last == ";":
        tail = _ENTITY_TAIL.search(src[start:end])
        return start + tail.start() if tail else end
    return end


def _email_end(src: str, position: int) -> int:
    if src[position : position + 1] in _PUNCTUATION:
        return 0
    found = _EMAIL.match(src, position)
    if found is None:
        return 0
    at = src.index("@", position)
    if "." not in src[at : found.end() - 1]:
        return 0
    end = found.end()
    return 0 if src[end : end + 1] in ("-", "_") else end
