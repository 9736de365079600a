"""Hugo's default order: weight (0 last), date descending, link title by the language's collation, path (resources/page/pages_sort.go)."""

from __future__ import annotations

import functools
import unicodedata

from village.site.model import Page

# CLDR's root order of ASCII: white space, punctuation, symbols, digits, letters.
ASCII_ORDER = " \t\n\r_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
TABLE = {ord(char): chr(index + 1) for index, char in enumerate(ASCII_ORDER)}
TABLE |= {ord(char.upper()): TABLE[ord(char)] for char in "abcdefghijklmnopqrstuvwxyz"}
LETTERS_OWN = frozenset("йЙ")  # a letter of its own although it decomposes


@functools.lru_cache(maxsize=65536)
def collate(text: str, lang: str = "") -> tuple[str, str, str]:
    """A key that sorts text about as CLDR does: base letters, then accents, then small before large; Chinese by its sound."""
    if text.isascii():
        return text.translate(TABLE), "", text.swapcase()
    base, accents = [], []
    for char in text:
        if "一" <= char <= "鿿" and lang.startswith("zh"):
            base.append(f"\U0010fff0{sound(char)}")
            continue
        if char in LETTERS_OWN:
            base.append("и\U0010ffff")
            continue
        spread = unicodedata.normalize("NFKD", char)
        base.append("".join(c for c in spread if not unicodedata.combining(c)).casefold())
        accents.append("".join(c for c in spread if unicodedata.combining(c)))
    return "".join(base).translate(TABLE), "".join(accents), text.swapcase()


def sound(char: str) -> str:
    """The pinyin of a Chinese character."""
    import anyascii  # noqa: PLC0415 — a large table that only Chinese sites load

    return anyascii.anyascii(char).lower() + char


def key(page: Page) -> tuple[bool, int, float, tuple[str, str, str], str]:
    """The default sort key of a page."""
    date = page.date
    return (
        page.weight == 0,
        page.weight,
        -date.timestamp() if date is not None else 1e12,
        collate(page.link_title or page.title, page.lang),
        page.path,
    )
