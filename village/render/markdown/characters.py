"""Characters as goldmark sees them: escaping, entities, punctuation, flanking."""

from __future__ import annotations

import re
from html.entities import html5
from unicodedata import category
from urllib.parse import quote

ESCAPABLE = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_SPECIAL = re.compile(r'[&<>"]')
ENTITY = re.compile(r"&(?:#[xX]([0-9a-fA-F]{1,6});|#([0-9]{1,7});|([A-Za-z][A-Za-z0-9]*);)")
_RAW = re.compile(r"\\([!-/:-@\[-`{-~])|&(?:#[xX]([0-9a-fA-F]{1,6});|#([0-9]{1,7});|([A-Za-z][A-Za-z0-9]*);)")
_SAFE_IN_URL = "!#$%&'()*+,-./:;=?@_~"  # what goldmark leaves alone, with letters and digits
_SAFE_URL = re.compile(r"[A-Za-z0-9!#$'()*+,./:;=?@_~-]*")  # the same in a URL and in HTML
_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")


def escape(text: str) -> str:
    """For HTML text and attributes, with the four entities goldmark writes."""
    if _SPECIAL.search(text) is None:
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def code_point(number: int) -> str:
    """A numeric reference; what is no character becomes U+FFFD."""
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"


def entity(found: re.Match[str]) -> str | None:
    """The characters a match of ``ENTITY`` stands for; None for an unknown name."""
    hexadecimal, decimal, name = found.groups()
    if hexadecimal:
        return code_point(int(hexadecimal, 16))
    if decimal:
        return code_point(int(decimal))
    return html5.get(name + ";")


def unescape(text: str) -> str:
    """Resolves backslash escapes and entities, as in destinations and titles."""
    if "\\" not in text and "&" not in text:
        return text
    return _RAW.sub(_unescape_one, text)


def _unescape_one(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    hexadecimal, decimal, name = found.group(2, 3, 4)
    if hexadecimal:
        return code_point(int(hexadecimal, 16))
    if decimal:
        return code_point(int(decimal))
    return html5.get(name + ";") or found[0]


def escape_url(url: str) -> str:
    """Percent-encodes what may not stand in a URL, keeps what is encoded already; then escapes for HTML."""
    if _SAFE_URL.fullmatch(url):
        return url
    if "%" in url:
        url = _PERCENT.sub("%25", url)
    return escape(quote(url, safe=_SAFE_IN_URL))


def is_dangerous(url: str) -> bool:
    """goldmark's list: scripts, files and data other than images."""
    lowered = url[:32].lower()
    if lowered.startswith("data:image/"):
        return not lowered[11:].startswith(("png;", "gif;", "jpeg;", "webp;", "svg+xml;"))
    return lowered.startswith(("javascript:", "vbscript:", "file:", "data:"))


class _Classes(dict[str, int]):
    """Character → 0 text, 1 whitespace, 2 punctuation or symbol; learned as characters are met."""

    def __missing__(self, character: str) -> int:
        kind = category(character)
        value = 1 if kind[0] == "Z" or character in "\t\n\v\f\r\x85" else 2 if kind[0] in "PS" else 0
        if len(self) < 70_000:
            self[character] = value
        return value


CLASSES = _Classes()


def is_punctuation(character: str) -> bool:
    """Unicode category P, without symbols (typographer's notion)."""
    return category(character)[0] == "P"
