"""From names to URLs: Hugo's sanitising, exactly (common/paths/path.go, helpers/path.go, helpers/url.go)."""

from __future__ import annotations

import functools
import posixpath
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

CLEAN = re.compile(r"[A-Za-z0-9./\\_#+~@-]*\Z")
KEPT = frozenset("./\\_#+~-@")
HEX = re.compile(r"%[0-9A-Fa-f]{2}")
# Go's net/url leaves these alone in a path (RFC 3986 sub-delims, ":" and "@"); everything else is percent-encoded.
UNESCAPED = "/:@!$&'()*+,;=-_.~"


@functools.lru_cache(maxsize=4096)
def sanitize(text: str) -> str:
    """Letters, digits, marks and ``. / \\ _ # + ~ - @`` are kept; a run of white space becomes one hyphen; the
    rest is dropped.
    """
    if CLEAN.match(text):
        return text
    kept: list[str] = []
    hyphen = False
    for index, char in enumerate(text):
        if keeps(char) or (char == "%" and HEX.match(text, index)):
            if hyphen:
                if char != "-":
                    kept.append("-")
                hyphen = False
            kept.append(char)
        elif char.isspace() and kept and kept[-1] != "-":
            hyphen = True
    return "".join(kept)


def keeps(char: str) -> bool:
    """Whether a character survives sanitising."""
    return char in KEPT or (category := unicodedata.category(char))[0] in "LM" or category == "Nd"


def strip_accents(text: str) -> str:
    """Without combining marks (Hugo's ``removePathAccents``): note that й becomes и and ё becomes е."""
    if text.isascii():
        return text
    spread = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in spread if unicodedata.category(c) != "Mn"))


def normalize(path: str) -> str:
    """A part of a logical path: lower case, each space a hyphen."""
    return lower(path).replace(" ", "-")


def lower(text: str) -> str:
    """Lower case letter by letter, as Go: a Turkish İ is an i, a Greek Σ at the end of a word stays σ."""
    return text.lower() if text.isascii() else text.replace("İ", "i").replace("Σ", "σ").lower()


def escape(path: str) -> str:
    """A path as it stands in a link: percent-encoded as Go's net/url does it; sequences already encoded are kept."""
    if CLEAN.match(path) and "#" not in path and "\\" not in path:
        return path
    return quote(path, safe=UNESCAPED + "%") if HEX.search(path) else quote(path, safe=UNESCAPED)


def parsed(path: str) -> str:
    """A path as Go's net/url prints it once parsed: what follows the first ``#`` is a fragment, an empty one goes."""
    head, _, fragment = path.partition("#")
    return f"{escape(head)}#{escape(fragment)}" if fragment else escape(head)


@dataclass(frozen=True, slots=True)
class Style:
    """How a site wants its paths: ``slugs`` is "keep" (Hugo's way), "ascii" or "translit"."""

    lower: bool = True
    remove_accents: bool = False
    slugs: str = "keep"

    def make(self, path: str) -> str:
        """A path made safe for a URL (Hugo's MakePathSanitized); the result is not percent-encoded."""
        clean = sanitize(path)
        if self.lower:
            clean = lower(clean)
        if clean.isascii():
            return clean
        if self.remove_accents:
            clean = strip_accents(clean)
        return transliterate(clean, self.slugs) if self.slugs != "keep" else clean

    def urlize(self, text: str) -> str:
        """Hugo's ``urlize``: made safe, then percent-encoded."""
        return parsed(self.make(text))


@functools.lru_cache(maxsize=4096)
def transliterate(path: str, manner: str) -> str:
    """Each segment in Latin letters: "translit" by sound (Привет → privet); "ascii" drops accents, and goes by
    sound where nothing is left.
    """
    return "/".join(segment(part, manner) for part in path.split("/"))


def segment(part: str, manner: str) -> str:
    """One segment of a path in ASCII."""
    if part.isascii():
        return part
    plain = tidy(strip_accents(part).encode("ascii", "ignore").decode())
    if manner == "ascii" and any(char.isalnum() for char in plain):
        return plain
    import anyascii  # noqa: PLC0415 — a table of the world's scripts, loaded only by sites that ask for it

    return tidy(anyascii.anyascii(part).replace("'", "").lower())


def tidy(part: str) -> str:
    """Sanitised, hyphens neither doubled nor at the ends."""
    return re.sub(r"-{2,}", "-", sanitize(part)).strip("-")


def clean(path: str) -> str:
    """Go's path.Clean on an absolute path: no ``//``, ``.`` or ``..``, nothing above the root; a trailing slash
    stays.
    """
    tidy = posixpath.normpath("/" + path.lstrip("/"))
    return f"{tidy}/" if path.endswith("/") and tidy != "/" else tidy
