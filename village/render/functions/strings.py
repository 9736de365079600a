"""Hugo's ``strings.*``, with its order of arguments and Go's meaning. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from village.render.functions.text import (
    chomp,
    count_words,
    find_re,
    find_re_submatch,
    plainify,
    replace_re,
    substr,
    text,
    truncate,
)
from village.render.templates.limits import check_length, check_method
from village.render.views.values import plain
from village.site.addresses import titles, urls

SPACE = " \t\n\v\f\r\x85\xa0"


def upper(value: Any) -> str:
    """Letter by letter, as Go: ß stays ß."""
    return "".join(big if len(big := char.upper()) == 1 else char for char in text(value))


def lower(value: Any) -> str:
    return urls.lower(text(value))


def split(value: Any, separator: Any = "") -> list[str]:
    """Between all characters where the separator is empty."""
    whole = text(value)
    return whole.split(text(separator)) if text(separator) else list(whole)


def replace(value: Any, old: Any, new: Any, limit: int = -1) -> str:
    whole, wanted, instead = text(value), text(old), text(new)
    check_method("replace", whole, (wanted, instead))
    return whole.replace(wanted, instead, int(limit))


def replace_pairs(*arguments: Any) -> str:
    """Old and new texts by turns (or one list of them), the subject last; at each place the first that fits."""
    *pairs, subject = arguments
    words = [text(word) for word in (plain(pairs[0]) if len(pairs) == 1 else pairs)]
    table = dict(zip(words[::2], words[1::2], strict=False))
    if not table:
        return text(subject)
    check_length(len(text(subject)) * max(map(len, table.values())), "")
    return re.sub("|".join(map(re.escape, table)), lambda found: table[found[0]], text(subject))


def repeat(count: int, value: Any) -> str:
    check_length(len(text(value)) * max(int(count), 0), "")
    return text(value) * int(count)


def slice_string(value: Any, start: int | None = None, end: int | None = None) -> str:
    """The characters from ``start`` up to ``end``. Raises ValueError outside the text, as Hugo."""
    whole = text(value)
    if not 0 <= (start or 0) <= len(whole) or not (start or 0) <= (len(whole) if end is None else end) <= len(whole):
        raise ValueError("slice bounds out of range")
    return whole[start:end]


def first_upper(value: Any) -> str:
    whole = text(value)
    return upper(whole[:1]) + whole[1:]


def shortened(size: int, *rest: Any) -> Any:
    """``truncate SIZE [ELLIPSIS] INPUT``."""
    return truncate(rest[-1], int(size), text(rest[0])) if len(rest) > 1 else truncate(rest[-1], int(size))


def matching(kind: Callable[..., Any]) -> Callable[..., Any]:
    """``find_re PATTERN INPUT [LIMIT]``."""
    return lambda pattern, subject, limit=-1: kind(subject, text(pattern), int(limit))


STRINGS: dict[str, Callable[..., Any]] = {
    "chomp": chomp,
    "contains": lambda value, part: text(part) in text(value),
    "contains_any": lambda value, chars: any(char in text(value) for char in text(chars)),
    "contains_non_space": lambda value: any(not char.isspace() for char in text(value)),
    "count": lambda part, value: text(value).count(text(part)),
    "count_runes": lambda value: len(re.sub(r"\s", "", plainify(value))),
    "count_words": count_words,
    "find_re": matching(find_re),
    "find_re_submatch": matching(find_re_submatch),
    "first_upper": first_upper,
    "has_prefix": lambda value, start: text(value).startswith(text(start)),
    "has_suffix": lambda value, end: text(value).endswith(text(end)),
    "repeat": repeat,
    "replace": replace,
    "replace_pairs": replace_pairs,
    "replace_re": lambda pattern, instead, value, limit=-1: replace_re(value, text(pattern), text(instead), int(limit)),
    "rune_count": lambda value: len(text(value)),
    "slice_string": slice_string,
    "split": split,
    "substr": substr,
    "title": lambda value: titles.title_case(text(value), "AP"),
    "to_lower": lower,
    "to_upper": upper,
    "trim": lambda value, cut: text(value).strip(text(cut)) if text(cut) else text(value),
    "trim_left": lambda cut, value: text(value).lstrip(text(cut)) if text(cut) else text(value),
    "trim_right": lambda cut, value: text(value).rstrip(text(cut)) if text(cut) else text(value),
    "trim_prefix": lambda start, value: text(value).removeprefix(text(start)),
    "trim_suffix": lambda end, value: text(value).removesuffix(text(end)),
    "trim_space": lambda value: text(value).strip(),
    "truncate": shortened,
}
