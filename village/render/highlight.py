"""Code highlighting by Pygments in the shape of Hugo's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

FENCE_OPTIONS = frozenset(
    {"anchorlinenos", "guesssyntax", "hl_lines", "lineanchors", "linenos", "linenostart", "linenumbersintable",
     "noclasses", "nohl", "style", "tabwidth", "wrapperclass", "hl_inline"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HighlightOptions:
    """Hugo's ``markup.highlight``."""

    style: str = "monokai"
    code_fences: bool = True


def highlight_options(table: Mapping[str, Any]) -> HighlightOptions:
    return HighlightOptions(style=str(table.get("style", "monokai")), code_fences=bool(table.get("codefences", True)))


def highlight_fence(code: str, lang: str, attributes: Mapping[str, Any], settings: Mapping[str, Any], options: HighlightOptions, ordinal: int) -> str:
    named = f' class="language-{lang}" data-lang="{lang}"' if lang else ""
    return f'<pre tabindex="0"><code{named}>{escape(code)}</code></pre>'
