"""Hugo's default order: weight (0 last), date descending, link title by the language's collation, path
(resources/page/pages_sort.go).
"""

from __future__ import annotations

import functools
import unicodedata

from village.site.addresses import urls
from village.site.model import Page

# CLDR's root order of ASCII: white space, punctuation, symbols, digits, letters.
ASCII_ORDER = " \t\n\r_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
TABLE = {ord(char): chr(index + 1) for index, char in enumerate(ASCII_ORDER)}
TABLE |= {ord(char.upper()): TABLE[ord(char)] for char in "abcdefghijklmnopqrstuvwxyz"}
# Letters without a decomposition that sort among others, and й, which is its own letter although it decomposes.
BASES = {
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ß": "ss",
    "þ": "th",
    "й": "и\U0010ffff",
}
# Languages in which letters with marks are letters of their own: after which letter they come, in which order (CLDR).
NORDIC = {"z": "åäæöø", "y": "ü"}
DANISH = {"z": "æäøöå", "y": "ü"}
TAILORED: dict[str, dict[str, str]] = {
    "sv": NORDIC, "fi": NORDIC, "da": DANISH, "nb": DANISH, "nn": DANISH, "no": DANISH,
    "is": {"a": "á", "d": "ð", "e": "é", "i": "í", "o": "ó", "u": "ú", "y": "ý", "z": "þæöå"},
    "es": {"n": "ñ"}, "pl": {"a": "ą", "c": "ć", "e": "ę", "l": "ł", "n": "ń", "o": "ó", "s": "ś", "z": "źż"},
    "cs": {"c": "č", "r": "ř", "s": "š", "z": "ž"}, "sk": {"a": "ä", "c": "č", "o": "ô", "s": "š", "z": "ž"},
    "hr": {"c": "čć", "d": "đ", "s": "š", "z": "ž"}, "sl": {"c": "čć", "d": "đ", "s": "š", "z": "ž"},
    "lt": {"c": "č", "s": "š", "z": "ž"}, "lv": {"c": "č", "g": "ģ", "k": "ķ", "l": "ļ", "n": "ņ", "s": "š", "z": "ž"},
    "ro": {"a": "ăâ", "i": "î", "s": "șş", "t": "țţ"}, "hu": {"o": "öő", "u": "üű"},
    "tr": {"c": "ç", "g": "ğ", "h": "ı", "o": "ö", "s": "ş", "u": "ü"}, "az": {"c": "ç", "e": "ə", "g": "ğ", "h": "ı",
    "o": "ö", "s": "ş", "u": "ü"},
    "sq": {"c": "ç", "e": "ë"}, "et": {"s": "šž", "w": "õäöü"},
}  # fmt: skip
# Where punctuation and symbols beyond ASCII sort: after their like in ASCII, before all digits and letters.
MARKS = {
    "Zs": " ",
    "Pd": "-",
    "Po": ".",
    "Pi": '"',
    "Pf": '"',
    "Ps": "(",
    "Pe": ")",
    "Sc": "$",
    "Sm": "~",
    "Sk": "`",
    "So": "~",
}
LAST = "\U0010fffe"  # after everything that begins with a letter


@functools.lru_cache(maxsize=64)
def own_letters(lang: str) -> dict[str, str]:
    """Each letter of its own in a language → its place."""
    groups = TAILORED.get(lang.split("-", maxsplit=1)[0], {})
    return {char: f"{after}{LAST}{index}" for after, chars in groups.items() for index, char in enumerate(chars)}


@functools.lru_cache(maxsize=65536)
def collate(text: str, lang: str = "") -> tuple[str, str, str]:
    """A key that sorts text about as CLDR does: base letters, then accents, then small before large; Chinese by
    its sound.
    """
    if text.isascii():
        return text.translate(TABLE), "", text.swapcase()
    own, base, accents = own_letters(lang), [], []
    for char in unicodedata.normalize("NFC", text):
        small = char.lower()
        if small in own:
            base.append(own[small])
        elif small in BASES:
            base.append(BASES[small])
            accents.append(f"\uffff{small}")
        elif (kind := unicodedata.category(char)) == "Nd":
            base.append(str(unicodedata.digit(char)))
        elif kind in MARKS:
            base.append(MARKS[kind] + char)
        elif "一" <= char <= "鿿" and lang[:2] in READINGS:
            base.append(f"\U0010fff0{READINGS[lang[:2]](char)}")
        elif char == "ー":
            lengthen(base, lang)
        elif "ぁ" <= char <= "ヺ":
            base.append(kana(char))
            accents.append(unicodedata.normalize("NFD", char)[1:])
        else:
            spread = unicodedata.normalize("NFKD", char)
            base.append("".join(c for c in spread if not unicodedata.combining(c)).casefold())
            accents.append("".join(c for c in spread if unicodedata.combining(c)))
    return (
        "".join(base).translate(TABLE),
        "".join(accents),
        katakana_first(text) if lang.startswith("ja") else text.swapcase(),
    )


def sound(char: str) -> str:
    """The pinyin of a Chinese character."""
    import anyascii  # noqa: PLC0415 — a large table that only Chinese sites load

    return str(anyascii.anyascii(char)).lower() + char


def by_jis(char: str) -> str:
    """The place of a Japanese character in JIS X 0208: by reading, then by radical."""
    return char.encode("euc_jp", "ignore").decode("latin-1") or char


def kana(char: str) -> str:
    """A kana as its large, plain hiragana: ガ and が sort as か, ッ as つ."""
    plain = unicodedata.normalize("NFD", char)[0]
    plain = chr(ord(plain) - 0x60) if plain >= "ァ" else plain
    return SMALL_KANA.get(plain, plain)


def katakana_first(text: str) -> str:
    """The text with hiragana and katakana exchanged: in Japanese the latter comes first among equals."""
    shift = {"h": 0x60, "k": -0x60, "": 0}
    return "".join(chr(ord(c) + shift["h" if "ぁ" <= c <= "ゖ" else "k" if "ァ" <= c <= "ヶ" else ""]) for c in text)


def lengthen(base: list[str], lang: str) -> None:
    """The mark of a long vowel. Go's collation for Japanese takes it together with the kana before it for the
    bare vowel (サーバー sorts with ア); elsewhere it is a sign like others.
    """
    if lang.startswith("ja") and base and "ぁ" <= base[-1] <= "ん":
        import anyascii  # noqa: PLC0415

        base[-1] = VOWELS.get(str(anyascii.anyascii(base[-1]))[-1:].lower(), base[-1])
    else:
        base.append("_")


VOWELS = dict(zip("aiueo", "あいうえお", strict=True))
SMALL_KANA = dict(zip("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ", strict=True))
READINGS = {"zh": sound, "ja": by_jis}


def key(page: Page) -> tuple[bool, int, float, tuple[str, str, str], str, str]:
    """The default sort key of a page: of equals the file's path decides, as Hugo normalises it."""
    date = page.date
    return (
        page.weight == 0,
        page.weight,
        -(date.timestamp() // 1) if date is not None else 1e12,  # Hugo compares whole seconds
        collate(page.link_title or page.title, page.lang),
        f"/{urls.lower(page.source.path).replace(' ', '-')}" if page.source else page.path,
        page.path,
    )
