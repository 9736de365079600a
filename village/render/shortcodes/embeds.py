"""Shortcodes that show something from another site: youtube, vimeo, x, instagram, gist. Nothing is fetched while
building.

``privacy`` in the site's configuration is obeyed: a service that is disabled renders nothing.
"""

from __future__ import annotations

from urllib.parse import quote, quote_plus

from village.render.feeds.text import text
from village.render.shortcodes.context import ShortcodeContext
from village.render.shortcodes.html import attributes, link, truth

FRAME = "position: absolute; top: 0; left: 0; width: 100%; height: 100%; border:0;"
BOX = "position: relative; padding-bottom: 56.25%; height: 0; overflow: hidden;"
YOUTUBE_ALLOW = "accelerometer; autoplay; clipboard-write; encrypted-media; gyroscope; picture-in-picture; web-share"


def privacy(context: ShortcodeContext, service: str, switch: str) -> bool:
    """``privacy.<service>.<switch>`` of the site's configuration."""
    return bool(context.around.config(f"privacy.{service}.{switch}"))


def identifier(context: ShortcodeContext, what: str) -> str:
    """The id, the first parameter or the one named so."""
    found = context.get("id", "") if context.is_named_params else context.get(0, "")
    if not found:
        raise context.error(f"the id of the {what} is missing", f'{{{{< {context.name} "id" >}}}}')
    return str(found)


def youtube(context: ShortcodeContext) -> str:
    """A player, all of Hugo's parameters passed on; autoplay is muted, as browsers demand."""
    if privacy(context, "youtube", "disable"):
        return ""
    video = identifier(context, "video")
    host = "www.youtube-nocookie.com" if privacy(context, "youtube", "privacyenhanced") else "www.youtube.com"
    full = truth(context.get("allowFullScreen", context.get("allowfullscreen", True)), default=True)
    klass = str(context.get("class", ""))
    frame = {
        "allow": YOUTUBE_ALLOW + ("; fullscreen" if full else ""),
        "loading": context.get("loading", "") or "eager",
        "referrerpolicy": "strict-origin-when-cross-origin",
    }
    source = f"https://{host}/embed/{quote(video, safe='!$&*+,:;=@~')}?{youtube_query(context, video)}"
    rest = {"style": "" if klass else FRAME, "title": context.get("title", "") or "YouTube video"}
    box = {"class": klass} if klass else {"style": BOX}
    return (
        f"<div{attributes(box)}>\n\t\t\t<iframe{attributes(frame)} "
        f'src="{link(source)}"{attributes(rest)}></iframe>\n\t\t</div>\n'
    )


def youtube_query(context: ShortcodeContext, video: str) -> str:
    """The player's parameters, sorted by name."""
    autoplay = truth(context.get("autoplay", False), default=False)
    loop = truth(context.get("loop", False), default=False)
    values = {
        "autoplay": int(autoplay),
        "controls": int(truth(context.get("controls", True), default=True)),
        "end": context.get("end", 0) or 0,
        "loop": int(loop),
        "mute": int(autoplay or truth(context.get("mute", False), default=False)),
        "start": context.get("start", 0) or 0,
    }
    if loop:
        values["playlist"] = video  # a single video only loops as a list of one
    return "&".join(f"{name}={quote_plus(str(values[name]))}" for name in sorted(values))


def vimeo(context: ShortcodeContext) -> str:
    """A player; ``simple`` (or vimeo_simple) is a link, because Hugo's thumbnail would have to be fetched."""
    if privacy(context, "vimeo", "disable"):
        return ""
    video = quote(identifier(context, "video"), safe="?=&")
    if context.name == "vimeo_simple" or privacy(context, "vimeo", "simple"):
        return (
            f'<p class="vimeo-simple"><a href="{link(f"https://vimeo.com/{video}")}">vimeo.com/{text(video)}</a></p>\n'
        )
    klass = str(context.get("class", ""))
    title = context.get("title", "")
    full = truth(context.get("allowFullScreen", context.get("allowfullscreen", True)), default=True)
    source = f"https://player.vimeo.com/video/{video}?dnt={int(privacy(context, 'vimeo', 'enablednt'))}"
    style = "" if klass else f'\n\t\t\t\t\t\tstyle="{FRAME}"'
    box = f'class="{text(klass)}"' if klass else f'style="{BOX}"'
    rest = attributes(
        {
            "allow": "fullscreen" if full else "",
            "loading": context.get("loading", ""),
            "title": title,
        }
    )
    return (
        f'\n\t\t\t<div\n\t\t\t\t\t{box}>\n\t\t\t\t<iframe\n\t\t\t\t\tsrc="{link(source)}"{style}{rest}>\n'
        "\t\t\t\t</iframe>\n\t\t\t</div>\n"
    )


def x(context: ShortcodeContext) -> str:
    """A post of X: a link that X's own script, unless ``privacy.x.simple``, turns into the post in the reader's
    browser."""
    if privacy(context, "x", "disable"):
        return ""
    post = identifier(context, "post")
    user = str(context.get("user", "")) or "i"
    address = link(f"https://x.com/{quote(user, safe='')}/status/{quote(post, safe='')}")
    quoted = attributes(
        {
            "class": "twitter-tweet",
            "data-dnt": "true" if privacy(context, "x", "enablednt") else "",
        }
    )
    shown = f'<blockquote{quoted}><a href="{address}">{address}</a></blockquote>\n'
    if context.name in ("x_simple", "twitter_simple") or privacy(context, "x", "simple"):
        return shown
    return f'{shown}<script async src="https://platform.x.com/widgets.js" charset="utf-8"></script>\n'


def instagram(context: ShortcodeContext) -> str:
    """A post of Instagram: a link that Instagram's script turns into the post."""
    if privacy(context, "instagram", "disable"):
        return ""
    address = link(f"https://www.instagram.com/p/{quote(identifier(context, 'post'))}")
    shown = (
        f'<blockquote class="instagram-media" data-instgrm-captioned data-instgrm-permalink="{address}" '
        f'data-instgrm-version="14"><a href="{address}">View this post on Instagram</a></blockquote>'
    )
    if context.name == "instagram_simple" or privacy(context, "instagram", "simple"):
        return shown
    return f'{shown}<script async src="https://www.instagram.com/embed.js"></script>'


def gist(context: ShortcodeContext) -> str:
    """A gist by user, id and optionally file; Hugo removed it in 0.156."""
    user, number, file = (str(context.get(place, "")) for place in range(3))
    if not (user and number):
        raise context.error("user and id are needed", '{{< gist "user" "id" "file" >}}')
    name = f"?file={quote(file, safe='')}" if file else ""
    address = f"https://gist.github.com/{quote(user, safe='')}/{quote(number, safe='')}.js{name}"
    return f'<script src="{link(address)}"></script>\n'


def speakerdeck(context: ShortcodeContext) -> str:
    """Slides; Hugo removed it long ago."""
    deck = text(identifier(context, "deck"))
    return (
        f'<script async class="speakerdeck-embed" data-id="{deck}" data-ratio="1.33333333333333" '
        'src="https://speakerdeck.com/assets/embed.js"></script>\n'
    )
