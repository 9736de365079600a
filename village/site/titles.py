"""Titles of lists that no file names: title case (AP, Chicago, Go, first letter) and English plurals, as Hugo makes them."""

from __future__ import annotations

import re

# Words that stay small inside a title (the AP style of Hugo's titler; Chicago adds all prepositions).
SMALL_AP = frozenset("a an and as at but by for if in nor of on or per the to up via vs yet so".split())
SMALL_CHICAGO = SMALL_AP | frozenset("from into like near once onto over past than that till upon with off down plus".split())
WORD = re.compile(r"[\w'’]+(?:[-][\w'’]+)*", re.UNICODE)
IRREGULAR = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth", "goose": "geese",
    "mouse": "mice", "ox": "oxen", "quiz": "quizzes", "datum": "data", "medium": "media", "index": "indices", "matrix": "matrices",
    "vertex": "vertices", "appendix": "appendices", "analysis": "analyses", "axis": "axes", "crisis": "crises", "thesis": "theses",
    "criterion": "criteria", "phenomenon": "phenomena", "cactus": "cacti", "focus": "foci", "radius": "radii", "stimulus": "stimuli",
    "life": "lives", "knife": "knives", "wife": "wives", "leaf": "leaves", "half": "halves", "shelf": "shelves", "wolf": "wolves",
    "hero": "heroes", "potato": "potatoes", "tomato": "tomatoes", "echo": "echoes", "move": "moves", "sex": "sexes", "bus": "buses",
    "status": "statuses", "alias": "aliases", "octopus": "octopi", "virus": "viri", "die": "dice",
}  # fmt: skip
UNCOUNTABLE = frozenset("equipment information rice money species series fish sheep jeans police news data media people".split())


def title_case(text: str, style: str = "AP") -> str:
    """``text`` as a title; style "" leaves it as it is."""
    manner = style.lower()
    if not text or manner in {"", "none"}:
        return text
    if manner == "firstupper":
        return first_upper(text)
    if manner == "go":
        return re.sub(r"(?<![\w'’])\w", lambda match: match[0].upper(), text)
    small = SMALL_CHICAGO if manner == "chicago" else SMALL_AP
    words = list(WORD.finditer(text))
    result, at = "", 0
    for index, match in enumerate(words):
        outer = index in {0, len(words) - 1}
        word = match[0] if match[0].lower() in small and not outer else capital(match[0])
        result += text[at : match.start()] + (word.lower() if match[0].lower() in small and not outer else word)
        at = match.end()
    return result + text[at:]


def capital(word: str) -> str:
    """A word with its first letter large; the rest as it is."""
    return "-".join(first_upper(part) for part in word.split("-"))


def first_upper(text: str) -> str:
    """The first letter large."""
    return text[:1].upper() + text[1:]


def pluralize(word: str) -> str:
    """The English plural of the last word, as far as list titles need it."""
    head, space, last = word.rpartition(" ")
    lower = last.lower()
    if not lower or lower in UNCOUNTABLE or not lower.isascii():
        return word
    if lower in IRREGULAR:
        return head + space + last[:1] + IRREGULAR[lower][1:]
    return head + space + last + suffix(lower) if not re.search(r"[^aeiou]y$|s$|(?:ch|sh|x|z)$", lower) else head + space + ending(last, lower)


def suffix(_lower: str) -> str:
    return "s"


def ending(last: str, lower: str) -> str:
    """Plurals that are more than an s."""
    if lower.endswith("y"):
        return last[:-1] + "ies"
    if lower.endswith(("ch", "sh", "x", "z", "ss")):
        return last + "es"
    return last
