"""Small pieces of HTML as Go's html/template writes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from village.render.feeds import text as feeds_text
from village.render.feeds.text import text

TAG = re.compile(r"<[^>]*>")
SCHEME = re.compile(r"([^/?#:]*):")
SAFE_SCHEMES = {"http", "https", "mailto", ""}
UNSAFE = "#ZgotmplZ"  # what html/template writes for javascript: and its like


def link(url: str) -> str:
    """A URL for href or src: normalised, escaped; a scheme that can run code is replaced."""
    scheme = SCHEME.match(url)
    if scheme and scheme.group(1).strip().lower() not in SAFE_SCHEMES:
        return UNSAFE
    return feeds_text.link(url)


def attributes(named: Mapping[str, Any]) -> str:
    """`` class="x" open`` in the order given; what is empty or False is left out."""
    return "".join(
        f" {name}" if value is True else f' {name}="{text(str(value))}"' for name, value in named.items() if value
    )


def truth(value: Any, *, default: bool) -> bool:
    """Hugo's reading of a switch: true, "true", 1 and false, "false", 0; anything else is the default."""
    if value in ("true", True, 1):
        return True
    return False if value in ("false", False, 0) else default


def without_tags(markup: str) -> str:
    """HTML as the value of an attribute: its tags dropped, its entities kept."""
    bare = TAG.sub("", markup).strip()
    return bare.replace('"', "&#34;").replace("'", "&#39;").replace("+", "&#43;")


def go_text(value: Any) -> str:
    """A value as Go prints it: ``true``, ``[a b]``, ``map[a:1]``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{' '.join(go_text(each) for each in value)}]"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{go_text(value[key])}' for key in sorted(value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
