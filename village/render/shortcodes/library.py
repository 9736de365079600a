"""Hugo's built-in shortcodes, and those it once had (gist, tweet, …): the same HTML, nothing fetched while building.

A table of plain functions. Whatever stands in a site's ``layouts/_shortcodes`` comes first; this is what is left to
fall back on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from village.render.feeds.text import text
from village.render.shortcodes.context import ShortcodeContext, arguments
from village.render.shortcodes.embeds import gist, instagram, speakerdeck, vimeo, x, youtube
from village.render.shortcodes.html import attributes, go_text, link, truth, without_tags
from village.render.shortcodes.qr import qr


def comment(context: ShortcodeContext) -> str:
    """Text that no reader sees."""
    context.around.warn("the comment shortcode is deprecated: an HTML comment does the same", context.position)
    return ""


def details(context: ShortcodeContext) -> str:
    """A disclosure: ``summary``, ``open``, ``class``, ``name``, ``title``; the inner content is Markdown."""
    summary = context.get("summary", "") or "Details"
    named = {
        "class": context.get("class", ""),
        "name": context.get("name", ""),
        "open": truth(context.get("open", False), default=False),
        "title": context.get("title", ""),
    }
    inner = context.around.markdown(str(context.inner))
    return (
        f"\n<details{attributes(named)}>\n\t<summary>{context.markdownify(str(summary))}</summary>\n"
        f"\t{inner}</details>\n"
    )


def figure(context: ShortcodeContext) -> str:
    """An image with caption, title, attribution and link; ``src`` is looked for among the page's files and the
    assets."""
    caption = str(context.get("caption", ""))
    rendered = str(context.markdownify(caption)) if caption else ""
    alt = text(str(context.get("alt", ""))) or without_tags(rendered)
    image = f'<img src="{source(context)}"' + (f'\n\t\t\talt="{alt}"' if alt else "")
    image += attributes({name: context.get(name, "") for name in ("width", "height", "loading")}) + ">"
    if address := context.get("link", ""):
        anchor = {name: context.get(name, "") for name in ("target", "rel")}
        image = f'<a href="{link(str(address))}"{attributes(anchor)}>{image}</a>'
    frame = attributes({"class": context.get("class", "")})
    return f"<figure{frame}>{image}{figure_caption(context, rendered)}\n</figure>\n"


def figure_caption(context: ShortcodeContext, caption: str) -> str:
    title, attribution = context.get("title", ""), context.get("attr", "")
    if not (title or attribution or caption):
        return ""
    credit = str(context.markdownify(str(attribution))) if attribution else ""
    if address := context.get("attrlink", ""):
        credit = f'\n\t\t\t\t\t\t<a href="{link(str(address))}">{credit}</a>'
    heading = f"<h4>{text(str(title))}</h4>" if title else ""
    words = f"<p>{caption}{credit}</p>" if caption or attribution else ""
    return f"<figcaption>\n\t\t\t{heading}{words}\n\t\t</figcaption>"


def source(context: ShortcodeContext) -> str:
    """The figure's image: a resource's link, or the address as written."""
    written = str(context.get("src", ""))
    path = written.partition("?")[0].partition("#")[0]
    if path and "://" not in path:
        found = context.around.resource(path)
        if found is not None:
            return link(str(found.rel_permalink))
    return link(written)


def highlight(context: ShortcodeContext) -> str:
    """Code in a language, with options as one text: ``"linenos=table,hl_lines=1 3-4"``."""
    lang, options = str(context.get(0, "")), str(context.get(1, ""))
    return context.around.highlight(str(context.inner_deindent).strip("\r\n"), lang, options)


def param(context: ShortcodeContext) -> str:
    """A parameter of the page or of the site."""
    name = context.get(0, "")
    if not name:
        raise context.error("the name of a parameter is missing", '{{< param "name" >}}')
    value = context.around.param(str(name))
    if value is None:
        raise context.error(f"param {name!r} not found", "set it in the page's front matter or in the site's params")
    return text(go_text(value))


def ref(context: ShortcodeContext) -> str:
    """The absolute URL of a page."""
    return context.around.ref(target(context), absolute=True, position=context.position)


def relref(context: ShortcodeContext) -> str:
    """The URL of a page without scheme and host."""
    return context.around.ref(target(context), absolute=False, position=context.position)


def target(context: ShortcodeContext) -> dict[str, object]:
    """What ref is asked for: ``path`` and ``outputFormat`` by position, or by name with ``lang``."""
    params = context.params
    if isinstance(params, dict):
        return dict(params)
    if not 1 <= len(params) <= 2:
        raise context.error("one or two arguments are needed, the path and an output format")
    return dict(arguments(str(params[0]))) | ({"outputFormat": params[1]} if len(params) > 1 else {})


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One shortcode: the function, and whether it is written with an end tag."""

    render: Callable[[ShortcodeContext], str]
    takes_inner: bool = False


BUILT_IN = {
    "comment": BuiltIn(comment, takes_inner=True),
    "details": BuiltIn(details, takes_inner=True),
    "figure": BuiltIn(figure),
    "gist": BuiltIn(gist),
    "highlight": BuiltIn(highlight, takes_inner=True),
    "instagram": BuiltIn(instagram),
    "instagram_simple": BuiltIn(instagram),
    "param": BuiltIn(param),
    "qr": BuiltIn(qr, takes_inner=True),
    "ref": BuiltIn(ref),
    "relref": BuiltIn(relref),
    "speakerdeck": BuiltIn(speakerdeck),
    "tweet": BuiltIn(x),
    "twitter": BuiltIn(x),
    "twitter_simple": BuiltIn(x),
    "vimeo": BuiltIn(vimeo),
    "vimeo_simple": BuiltIn(vimeo),
    "x": BuiltIn(x),
    "x_simple": BuiltIn(x),
    "youtube": BuiltIn(youtube),
}


def render(context: ShortcodeContext) -> Markup:
    """The output of a built-in shortcode. KeyError when there is none of that name; ContentError for wrong
    parameters."""
    return Markup(BUILT_IN[context.name].render(context))  # noqa: S704 - the functions above escape what the author wrote
