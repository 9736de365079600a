"""The last steps of an output: its text once the template is done (Hugo's publisher, in Hugo's order)."""

from __future__ import annotations

import re
from typing import Any

from village.builder.nodes import Key
from village.render.addresses import ROOTED, ROOTED_XML, rebased
from village.render.views.base_url import link_start
from village.site.config.outputs import OutputFormat

HEAD_END = re.compile(r"</head>", re.IGNORECASE)


def finished(desk: Any, page: Any, key: Key, form: OutputFormat, target: str, text: str) -> str:  # noqa: PLR0917 - the parts of one step
    """The text as it is written: links made absolute or relative where the site wants it, the generator's mark."""
    lang = page.page.lang
    if form.is_html:
        start, below = link_start(desk.lens, lang, target)
        if start:
            text = rebased(text, start, below, ROOTED)
        if page.page.kind == "home" and key.number == 1:
            text = with_generator(desk, page, text)
    elif form.name == "rss":  # a feed of the site's own template; in ours each entry has been through this
        start, below = link_start(desk.lens, lang, target, feed=True)
        text = rebased(text, start, below, ROOTED_XML) if start else text
    return text


def with_generator(desk: Any, page: Any, text: str) -> str:
    """Hugo's generator mark on the home page, unless disableHugoGeneratorInject or the template wrote its own."""
    if (
        desk.lens.ask("config", page.page.lang, "disablehugogeneratorinject")
        or 'name="generator"' in text
        or "name=generator" in text
    ):
        return text
    return HEAD_END.sub('<meta name="generator" content="village"></head>', text, count=1)
