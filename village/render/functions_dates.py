"""Dates in templates: Go layouts or strftime, names of months in the language of the page."""

from __future__ import annotations

import functools
from datetime import datetime

from village.render.lens import Lens, question
from village.render.views_values import answer_now
from village.site import golayout

# Hugo's tokens for localised dates (time.Format ":date_long"), in their English form.
TOKENS = {
    ":date_full": "Monday, January 2, 2006", ":date_long": "January 2, 2006", ":date_medium": "Jan 2, 2006", ":date_short": "1/2/06",
    ":time_full": "3:04:05 pm MST", ":time_long": "3:04:05 pm MST", ":time_medium": "3:04:05 pm", ":time_short": "3:04 pm",
}  # fmt: skip


@functools.lru_cache(maxsize=64)
def date_names(locale: str) -> golayout.Names:
    """Names of months and days of a locale (CLDR, through babel); English where babel does not know it."""
    if locale.lower().startswith("en"):
        return golayout.ENGLISH
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415 - 40 ms that only sites in other languages pay

    try:
        cldr = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return golayout.ENGLISH
    months, days, halves = cldr.months["format"], cldr.days["format"], cldr.day_periods["format"]["abbreviated"]
    return golayout.Names(
        tuple(months["wide"][number] for number in range(1, 13)),
        tuple(months["abbreviated"][number] for number in range(1, 13)),
        tuple(days["wide"][number] for number in range(7)),
        tuple(days["abbreviated"][number] for number in range(7)),
        halves.get("am", "AM"),
        halves.get("pm", "PM"),
    )


def format_date(moment: datetime, layout: str, names: golayout.Names = golayout.ENGLISH) -> str:
    """A moment in a layout; a percent sign tells strftime from Go."""
    layout = TOKENS.get(layout, layout)
    return moment.strftime(layout) if "%" in layout else golayout.format_go(moment, layout, names)


@question("now")
def answer(lens: Lens, how: str, detail: str) -> object:
    """The clock, also in a Go layout."""
    if how == "go":
        lang, _, layout = detail.partition("\n")
        language = lens.site.languages.get(lang)
        return format_date(lens.services.moment(), layout, date_names((language.locale if language else "") or lang))
    return answer_now(lens, how, detail)
