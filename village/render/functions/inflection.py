"""Words as Hugo's ``humanize`` and ``singularize`` make them: English, as far as names of lists need it. Pure."""

from __future__ import annotations

import re
from typing import Any

from village.site.addresses import titles

HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_\s]+")
ACRONYMS = frozenset(
    [
        "API",
        "CSV",
        "FTP",
        "HTML",
        "HTTP",
        "HTTPS",
        "ID",
        "IP",
        "JSON",
        "JWT",
        "RSS",
        "SQL",
        "SSH",
        "SSL",
        "TLS",
        "UI",
        "URI",
        "URL",
        "UTF8",
        "UUID",
        "XML",
    ]
)
IRREGULAR = {
    **{many: one for one, many in titles.ENDINGS if many not in {one, "media", "bases"}},
    "aches": "ache", "movies": "movie", "cookies": "cookie", "octopi": "octopus",
    "oxen": "ox", "shoes": "shoe", "series": "series", "species": "species", "news": "news",
}  # fmt: skip
LONGEST_FIRST = sorted(IRREGULAR, key=len, reverse=True)
REGULAR = (("sses", "ss"), ("zzes", "zz"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"))


def singularize(word: str) -> str:
    """One of what the word says there are many of."""
    lower = word.lower()
    for many in LONGEST_FIRST:
        if lower.endswith(many):
            return word[: len(word) - len(many)] + IRREGULAR[many]
    if not lower.endswith("s") or lower.endswith(("ss", "us", "is")):
        return word
    for ending, instead in REGULAR:
        if lower.endswith(ending):
            return word[: -len(ending)] + instead
    if lower.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if len(word) > 2 else word


def humanize(value: Any, text: str) -> str:
    """ "my-firstPost" → "My first post"; 52 → "52nd"."""
    if isinstance(value, int) or text.isdecimal():
        return text + ordinal(int(text))
    words = [word for word in HUMP.split(text) if word]
    shown = [word.upper() if word.lower() == "id" else word.lower() for word in words]
    if words:
        first = words[0]
        shown[0] = first if first in ACRONYMS else first[:1].upper() + first[1:].lower()
    return " ".join(shown)


def ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
