"""The qr shortcode: text → a QR code as a PNG file beside the pages. The only import of segno."""

from __future__ import annotations

import hashlib
import io

from village.render.shortcodes.context import ShortcodeContext
from village.render.shortcodes.html import attributes, link

LEVELS = {"low": "l", "medium": "m", "quartile": "q", "high": "h"}
QUIET_ZONE = 4  # modules, ISO/IEC 18004 §9.1


def qr(context: ShortcodeContext) -> str:
    """``text`` (or the inner content), ``level``, ``scale``, ``targetDir``, and the image's own attributes."""
    from segno import DataOverflowError  # noqa: PLC0415 - as much to load as all other shortcodes together

    content = str(context.get("text", "")) or str(context.inner).strip()
    if not content:
        raise context.error("a text is needed", "give text=…, or put the text between the tags")
    level = str(context.get("level", "medium")).lower()
    scale = context.get("scale", 4)
    if level not in LEVELS or not isinstance(scale, int) or not 2 <= scale <= 32:
        raise context.error("level is one of low, medium, quartile, high; scale is a number from 2 to 32")
    try:
        image, size = draw(content, LEVELS[level], scale)
    except DataOverflowError:
        raise context.error(f"{len(content)} characters are more than a QR code of level {level} holds") from None
    digest = hashlib.sha256(f"{level}:{scale}:{content}".encode()).hexdigest()[:16]
    folder = str(context.get("targetDir", "")).strip("/")
    source = context.around.publish(f"/{folder}/qr_{digest}.png" if folder else f"/qr_{digest}.png", image)
    named = {name: context.get(name, "") for name in ("alt", "class", "id", "title", "loading")}
    return f'<img src="{link(source)}" width="{size}" height="{size}"{attributes(named)}>'


def draw(content: str, level: str, scale: int) -> tuple[bytes, int]:
    """(PNG, its width in pixels)."""
    import segno  # noqa: PLC0415

    code = segno.make_qr(content, error=level, boost_error=False)
    written = io.BytesIO()
    code.save(written, kind="png", scale=scale, border=QUIET_ZONE)
    return written.getvalue(), int(code.symbol_size(scale, QUIET_ZONE)[0])
