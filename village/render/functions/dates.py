"""Dates in templates: Go layouts, strftime, or Hugo's tokens (":date_long"), in the language of the page."""

from __future__ import annotations

import functools
import re
from datetime import datetime
from typing import Any

from village.render.lens import Lens, question
from village.render.views.values import answer_now
from village.site import golayout

AMERICAN = {
    ":date_full": "Monday, January 2, 2006", ":date_long": "January 2, 2006", ":date_medium": "Jan 2, 2006",
    ":date_short": "1/2/06", ":time_full": "3:04:05\u202fpm MST", ":time_long": "3:04:05\u202fpm MST",
    ":time_medium": "3:04:05\u202fpm", ":time_short": "3:04\u202fpm",
}  # fmt: skip
YEAR = re.compile(r"y+")


@functools.lru_cache(maxsize=64)
def cldr(locale: str) -> Any:
    """What CLDR knows of a locale, None where it knows nothing."""
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415 - 40 ms that only other languages pay

    try:
        return Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


@functools.lru_cache(maxsize=64)
def date_names(locale: str) -> golayout.Names:
    """Names of months and days of a locale; English where it is not known."""
    known = None if locale.lower().startswith("en") else cldr(locale)
    if known is None:
        return golayout.ENGLISH
    months, days, halves = known.months["format"], known.days["format"], known.day_periods["format"]["abbreviated"]
    return golayout.Names(
        tuple(months["wide"][number] for number in range(1, 13)),
        tuple(months["abbreviated"][number] for number in range(1, 13)),
        tuple(days["wide"][number] for number in range(7)),
        tuple(days["abbreviated"][number] for number in range(7)),
        halves.get("am", "AM"),
        halves.get("pm", "PM"),
    )


def format_date(moment: datetime, layout: str, locale: str = "en") -> str:
    """A moment in a layout; a colon begins one of Hugo's tokens, a percent sign tells strftime from Go."""
    if layout.startswith(":"):
        known = None if locale.lower() in {"en", "en-us", "en_us"} else cldr(locale)
        if known is not None:
            return by_locale(moment, layout[1:].lower(), known) or golayout.format_go(moment, layout)
        layout = AMERICAN.get(layout.lower(), layout)
    if "%" in layout:
        return moment.strftime(layout)
    return golayout.format_go(moment, layout, names_in(layout, locale))


@functools.lru_cache(maxsize=512)
def names_in(layout: str, locale: str) -> golayout.Names:
    """Names of months and days of a locale as they stand in a layout."""
    return translated(layout, date_names(locale))


def translated(layout: str, names: golayout.Names) -> golayout.Names:
    """Hugo translates the short names only in a layout without the long ones (langs.TimeFormatter)."""
    if "January" in layout:
        may = names.months[4]  # "May" is long and short at once: its short form was replaced with the long one
        short = golayout.ENGLISH.months_short
        names = names._replace(months_short=(*short[:4], may, *short[5:]))
    return names._replace(days_short=golayout.ENGLISH.days_short) if "Monday" in layout else names


def by_locale(moment: datetime, token: str, known: Any) -> str:
    """date_full … time_short as the locale writes them; "" for an unknown token. A short date has two digits of the
    year in Hugo, whatever the locale says."""
    from babel import dates  # noqa: PLC0415

    what, _, style = token.partition("_")
    if style not in {"full", "long", "medium", "short"}:
        return ""
    if what == "time":
        text = str(dates.format_time(moment, "short" if style == "short" else "medium", locale=known))
        return f"{text} {golayout.zone(moment)}" if style in {"full", "long"} else text
    pattern = known.date_formats[style].pattern
    if style == "short":
        pattern = YEAR.sub("yy", pattern)
    return str(dates.format_date(moment.date(), pattern, known)) if what == "date" else ""


@question("now")
def answer(lens: Lens, how: str, detail: str) -> object:
    """The clock, also in a Go layout."""
    if how == "go":
        lang, _, layout = detail.partition("\n")
        language = lens.site.languages.get(lang)
        return format_date(lens.services.moment(), layout, (language.locale if language else "") or lang)
    return answer_now(lens, how, detail)
