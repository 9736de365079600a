"""The last steps of an output: its text once the template is done (Hugo's publisher, in Hugo's order)."""

from __future__ import annotations

import re
from typing import Any

from village.builder.nodes import Key
from village.render.addresses import ROOTED, ROOTED_XML, rebased
from village.render.assets import transforms
from village.render.lens import Lens
from village.render.views.base_url import link_start
from village.site import tables
from village.site.config.outputs import OutputFormat

MINIFIED = {  # what ``minify.disableXML`` and its like are about
    "html": ("text/html",),
    "css": ("text/css",),
    "js": ("text/javascript",),
    "json": ("application/json", "+json"),
    "svg": ("image/svg+xml",),
    "xml": ("application/xml", "+xml"),
}
HEAD_END = re.compile(r"</head>", re.IGNORECASE)


def finished(  # noqa: PLR0917 - the parts of one step
    desk: Any, page: Any, key: Key, form: OutputFormat, target: str, text: str, *, templated: bool
) -> str:
    """The text as it is written: links made absolute or relative where the site wants it, the generator's mark,
    fewer bytes."""
    lang = page.page.lang
    if form.is_html:
        start, below = link_start(desk.lens, lang, target)
        if start:
            text = rebased(text, start, below, ROOTED)
        if page.page.kind == "home" and key.number == 1:
            text = with_generator(desk, page, text)
    elif form.name == "rss" and templated:  # in a feed of ours each entry has been through this
        start, below = link_start(desk.lens, lang, target, feed=True)
        text = rebased(text, start, below, ROOTED_XML) if start else text
    return minified(desk.lens, text, form.media_type.type)


def minified(lens: Lens, text: str, media_type: str) -> str:
    """Fewer bytes where the caller (``--minify``) or the site (``minify.minifyOutput``) wants that; a page that the
    minifier cannot take stays as it is."""
    table = lens.site.config.get("minify") or {}  # read without a question: a change of it makes everything again
    if not (lens.site.options.minify or tables.truth(table.get("minifyoutput", False))):
        return text
    kind = next((kind for kind, types in MINIFIED.items() if media_type in types or media_type.endswith(types)), "")
    if not kind or tables.truth(table.get(f"disable{kind}", False)):
        return text
    return transforms.minify(text.encode("utf-8", "replace"), media_type).decode("utf-8", "replace")


def with_generator(desk: Any, page: Any, text: str) -> str:
    """Hugo's generator mark on the home page, unless disableHugoGeneratorInject or the template wrote its own."""
    if (
        desk.lens.ask("config", page.page.lang, "disablehugogeneratorinject")
        or 'name="generator"' in text
        or "name=generator" in text
    ):
        return text
    return HEAD_END.sub('<meta name="generator" content="village"></head>', text, count=1)
