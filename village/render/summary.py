"""Summaries, plain text and counts of rendered HTML, by Hugo's rules (hugo-rules section 6)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from math import ceil

DIVIDER = "<!--more-->"
_WORDS_A_MINUTE, _CJK_WORDS_A_MINUTE = 212, 500
_HTML_TOKEN = re.compile(r"(?:</?[A-Za-z]+>?|>)$|[A-Za-z]+=[\"']")
_SPACES = re.compile(r"\s\s+")  # of one only, nothing is taken away
_TAG_BODY = r"(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+'){0,100}"
_ATTRIBUTE = r"[^ \t\n\f\r=>'\"<]++(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"'])[^ \t\n\f\r>]*+))?+"
_COMMON = r" [a-z-]++=\"[^\"]*+\""  # as most attributes are written: a short cut, like the bare end of a tag
_TAG = re.compile(  # as Go's html/template reads them
    rf"</?[a-zA-Z][a-zA-Z0-9:-]*+(?:>|(?:{_COMMON})*+(?:[ \t\n\f\r]++|{_ATTRIBUTE})*+>)"
)
_TAG_BEGINS = re.compile(r"</?[a-zA-Z]")
_UNSHOWN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))
_CJK = re.compile(
    r"[\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3038-\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fd-\u30ff"
    r"\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff6f\uff71-\uff9d\U00020000-\U0003ffff"
    r"\u1100-\u11ff\u302e\u302f\u3131-\u318e\u3200-\u321e\u3260-\u327e\ua960-\ua97c\uac00-\ud7fb"
    r"\uffa0-\uffbe\uffc2-\uffdc\U0001b000-\U0001b167]"
)


@dataclass(frozen=True, slots=True)
class Summary:
    """``kind`` is auto, manual or frontmatter; ``content`` the page's HTML without the divider."""

    text: str
    kind: str
    truncated: bool
    content: str
    content_without_summary: str


def plain(html: str) -> str:
    """The text of HTML: ends of paragraphs and breaks become line ends, tags go, runs of whitespace become one.

    From a tag that is none (a quote or ``<`` where an attribute's name should be, no end) nothing more is shown: to Go
    that is an error, and Hugo counts the words before it.
    """
    if "<" not in html and ">" not in html:
        return html
    text = html.replace("\n", " ").replace("</p>", "\n").replace("<br>", "\n").replace("<br />", "\n")
    for opening, closing in _UNSHOWN:
        if opening in text:
            text = _without(text, opening, closing)
    text = _TAG.sub("\0", text)
    broken = _TAG_BEGINS.search(text)
    return _collapse((text[: broken.start()] if broken else text).replace("\0", ""))


def _without(text: str, opening: str, closing: str) -> str:
    """Cuts what stands between two marks, marks included; without its end an opening one cuts all that follows."""
    out: list[str] = []
    start = 0
    while True:
        begin = text.find(opening, start)
        if begin < 0:
            return "".join([*out, text[start:]])
        out.append(text[start:begin])
        end = text.find(closing, begin + len(opening))
        if end < 0:
            return "".join(out)
        start = end + len(closing)


def _collapse(text: str) -> str:
    return _SPACES.sub(lambda found: found[0][0], text)


def count_cjk(text: str) -> int:
    """How many Han, Hangul, Hiragana and Katakana characters a text has."""
    return len(_CJK.findall(text))


def has_cjk(text: str) -> bool:
    """Whether a text has any such character (``hasCJKLanguage`` asks)."""
    return _CJK.search(text) is not None


def word_count(text: str, *, cjk: bool = False) -> int:
    """Words of a plain text; in CJK each character that is not ASCII counts."""
    words = text.split()
    if not cjk:
        return len(words)
    return sum(1 if word.isascii() else len(word) for word in words)


def fuzzy_word_count(words: int) -> int:
    """Rounded up to the next hundred."""
    return ceil(words / 100) * 100


def reading_time(words: int, *, cjk: bool = False) -> int:
    """Whole minutes, rounded up."""
    return ceil(words / (_CJK_WORDS_A_MINUTE if cjk else _WORDS_A_MINUTE))


PLACEHOLDER = "HUGOMORE42"  # what stands for the divider while Markdown runs; raw HTML may be off
_ALONE = re.compile(rf"<p[^>]*>\s*{PLACEHOLDER}\s*</p>\n?")
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_RAW = frozenset(("script", "style"))
_ELEMENT = re.compile(rf"<!--|<(/?)([a-zA-Z][a-zA-Z0-9-]*){_TAG_BODY}>")


def mark_divider(source: str) -> str:
    """Replaces the first divider of a page's source by a paragraph of its own that survives Markdown."""
    before, divider, after = source.partition(DIVIDER)
    if not divider:
        return source
    rest = after.removeprefix("\n").lstrip()  # Hugo takes the indent of what follows away; lines are still counted
    blank = after.removeprefix("\n")[: -len(rest) or None].count("\n")
    return f"{before}\n\n{PLACEHOLDER}\n\n" + "\n" * blank + rest


def summarise(html: str, length: int = 70, *, cjk: bool = False, raw: bool = False) -> Summary:
    """The summary of rendered content: manual when the placeholder is in it, else the first blocks that
    reach ``length`` words. ``raw``: the page is written in HTML. For a summary from front matter see
    ``from_front_matter``."""
    if PLACEHOLDER in html:
        return _cut(html) if raw else _manual(html)
    end = _automatic_end(html, length, cjk=cjk)
    return Summary(html[:end].strip(), "auto", end < len(html.rstrip()), html, html[end:].strip())


def from_front_matter(text_html: str, html: str, length: int = 70, *, cjk: bool = False, raw: bool = False) -> Summary:
    """``text_html``: the front matter's summary, rendered inline. A manual divider in the content is stronger, unless
    nothing stands before it; without one the whole content is what the summary leaves over, and nothing counts as
    cut off."""
    found = summarise(html, length, cjk=cjk, raw=raw)
    if found.kind == "manual":
        return found if found.text else replace(found, text=text_html)
    return Summary(text_html, "frontmatter", truncated=False, content=html, content_without_summary=html)


def _automatic_end(html: str, length: int, *, cjk: bool) -> int:
    """After the top-level block with the ``</p>`` that reaches ``length`` words; the whole text when none does."""
    if length <= 0:
        return 0
    count = start = 0
    while True:
        close = html.find("</p>", start)
        if close < 0:
            return len(html)
        count = _count_up_to(html[start:close], count, length, cjk=cjk)
        if count >= length:
            return _block_end(html, close + 4)
        start = close + 3  # Hugo begins the next paragraph with the ``>`` of this one's end tag


def _block_end(html: str, end: int) -> int:
    """The end of the outermost element that is still open at ``end``; ``end`` itself when it is never closed. An end
    tag closes all that was left open inside its element; one without a start tag closes nothing."""
    opened: list[str] = []
    among: Counter[str] = Counter()
    position = 0
    while (found := _ELEMENT.search(html, position)) is not None and (opened or found.start() < end):
        position = found.end()
        name = (found[2] or "").lower()
        if not name or (name in _RAW and not found[1]):  # a comment, a script: what looks like a tag in it is none
            position = html.find("-->" if not name else f"</{name}", position)
            if position < 0:
                return end
        elif not found[1]:
            if name not in _VOID:
                opened.append(name)
                among[name] += 1
        elif among[name]:
            while (closed := opened.pop()) != name:
                among[closed] -= 1
            among[name] -= 1
            if not opened and position > end:
                return position
    return end


def _count_up_to(chunk: str, count: int, length: int, *, cjk: bool) -> int:
    words = chunk.split()
    if words and not chunk[-1].isspace():
        words[-1] = words[-1][:-1]  # as Hugo does
    if not cjk:  # how far beyond the length it goes is of no interest
        return count + len(words) - sum(1 for word in words if not word or _is_markup(word))
    for word in words:
        count += _words_in(word)
        if count >= length:
            break
    return count


def _is_markup(word: str) -> bool:
    """Whether Hugo takes a word for a part of a tag."""
    return ("<" in word or ">" in word or "=" in word) and _HTML_TOKEN.match(word) is not None


def _words_in(word: str) -> int:
    if word == ">":  # the rest of the paragraph's end tag before; without CJK it does not count
        return 1
    if not word or _is_markup(word):
        return 0
    if "<" in word or ">" in word:
        word = plain(word).strip()
    return 1 if word.isascii() else len(word)


def _cut(html: str) -> Summary:
    """Where the author put the divider, whatever stands open there."""
    before, _, after = html.partition(PLACEHOLDER)
    rest = after.strip()
    return Summary(before.strip(), "manual", bool(rest), (before + after).strip(), rest)


def _manual(html: str) -> Summary:
    """The divider's own paragraph goes; in other text (code) what it stood in stays whole."""
    alone = _ALONE.search(html)
    if alone is not None:
        before, after = html[: alone.start()], html[alone.end() :]
        rest = after.strip()
        return Summary(before.strip(), "manual", bool(rest), (before + after).strip(), rest)
    low = html.index(PLACEHOLDER)
    high = low + len(PLACEHOLDER)
    close = html.find("</p>", high)
    end = close + 4 if close >= 0 else len(html)
    rest = html[end:].strip()
    content = html[:low] + (html[high + 1 :] if html.startswith("\n", high) else html[high:])
    return Summary((html[:low] + html[high:end]).strip(), "manual", True, content.strip(), rest)
