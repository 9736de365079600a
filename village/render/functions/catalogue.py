"""The functions and filters of templates, bound to the desk that renders: what is the page, the language, the
lens now.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, Protocol

from village.errors import TemplateError
from village.render import addresses
from village.render.functions import gofmt, lists, namespaces, numbers
from village.render.functions import text as functions_text
from village.render.functions.dates import format_date
from village.render.functions.surroundings import Files, Surroundings
from village.render.highlighting import chroma
from village.render.views.base_url import root_url
from village.render.views.values import MISSING, Now, plain
from village.site import dates


class Desk(Files, Protocol):
    """Where a rendering happens."""

    page: Any  # the view of the page being rendered

    def markdownify(self, text: str) -> str: ...

    def anchorize(self, text: str) -> str: ...

    def highlight(self, code: str, lang: str, options: Any) -> str: ...

    def emojify(self, text: str) -> str: ...

    def partial(self, name: str, context: Any) -> Any: ...

    def translate(self, key: str, detail: Any) -> str: ...

    def warn(self, message: str) -> None: ...


class Functions:
    """Functions that need the desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.surroundings = Surroundings(desk)

    def base(self) -> str:
        return str(self.desk.lens.ask("base_url", self.desk.page.page.lang))

    def root(self) -> str:
        """What relative URLs are worked out from."""
        return root_url(self.desk.lens, self.desk.page.page.lang) if self.base() else ""

    def prefix(self) -> str:
        return str(self.desk.lens.ask("language", self.desk.page.page.lang)[6])

    def absurl(self, path: Any) -> str:
        return addresses.absolute(self.base(), functions_text.text(path))

    def relurl(self, path: Any) -> str:
        return addresses.relative(self.root(), functions_text.text(path))

    def abslangurl(self, path: Any) -> str:
        return addresses.absolute(self.base(), functions_text.text(path), self.prefix())

    def rellangurl(self, path: Any) -> str:
        return addresses.relative(self.root(), functions_text.text(path), self.prefix())

    def date(self, value: Any, layout: str = "January 2, 2006") -> str:
        """A date in a Go layout or (with a percent sign) a strftime one, months in the page's language."""
        if value is None or value is MISSING or value == "":
            return ""
        lens, lang = self.desk.lens, self.desk.page.page.lang
        if isinstance(value, Now):
            return str(lens.ask("now", "go", f"{lang}\n{layout}"))
        moment = self.time(value)
        return format_date(moment, layout, str(lens.ask("language", lang)[2] or lang))

    def time(self, value: Any) -> datetime:
        """Text as a date. Raises TemplateError when it is none."""
        if isinstance(value, datetime):
            return value
        found = dates.parse(value)
        if found is None:
            raise TemplateError(f"{value!r} is not a date", hint="dates are written 2026-11-22 or 2026-11-22T15:04:05Z")
        return found

    def markdownify(self, value: Any) -> Any:
        return functions_text.markup(self.desk.markdownify(functions_text.text(value)))

    def anchorize(self, value: Any) -> str:
        return self.desk.anchorize(functions_text.text(value))

    def highlight(self, code: Any, lang: str = "", options: Any = "") -> Any:
        return functions_text.markup(self.desk.highlight(functions_text.text(code), lang, plain(options)))

    def emojify(self, value: Any) -> Any:
        return self.desk.emojify(functions_text.text(value))

    def i18n(self, key: str, detail: Any = None) -> str:
        """A text of the i18n tables; ``detail`` is a count, or a table with a Count among its values."""
        return self.desk.translate(str(key), detail)

    def partial(self, name: str, context: Any = MISSING) -> Any:
        return self.desk.partial(name, context)

    def ref(self, path: Any, page: Any = None) -> str:
        return str((page or self.desk.page).ref(path))

    def relref(self, path: Any, page: Any = None) -> str:
        return str((page or self.desk.page).relref(path))

    def template_exists(self, name: Any) -> bool:
        """Hugo's templates.Exists: a file below layouts/."""
        return bool(self.desk.lens.ask("named", functions_text.text(name), ""))

    def warnf(self, form: str, *values: Any) -> str:
        self.desk.warn(gofmt.printf(form, *values))
        return ""

    def errorf(self, form: str, *values: Any) -> str:
        raise TemplateError(gofmt.printf(form, *values), hint="the template itself refuses to go on (errorf)")

    def as_time(self, value: Any, zone: str = "") -> Any:
        """Text, or the clock, as a date; ``zone`` is where a text without one belongs. Raises TemplateError."""
        if isinstance(value, Now):
            return value
        return dates.parse(value, known_zone(zone)) if zone else self.time(value)

    def in_zone(self, zone: str, value: Any) -> datetime:
        """``time.In``: the same moment on another clock. Raises TemplateError."""
        return self.time(value).astimezone(known_zone(zone))

    def merge_pages(self, theirs: Any, ours: Any) -> Any:
        """``lang.Merge``: our pages, and of theirs those that nobody translated, in the default order."""
        here = {page.translation_key for page in ours}
        more = tuple(page.identity for page in theirs if page.translation_key not in here)
        return ours.then("union", more).then("sort", "", "default")

    def can_highlight(self, lang: Any) -> bool:
        return functions_text.text(lang).lower() in chroma.languages()

    def format_number(self, digits: int, value: Any) -> str:
        """A number as the page's language writes it."""
        return numbers.grouped(numbers.fraction(value), min(int(digits), 20), self.locale())

    def format_percent(self, digits: int, value: Any) -> str:
        return self.format_number(digits, value) + numbers.percent_sign(self.locale())

    def format_currency(self, digits: int, currency: Any, value: Any) -> str:
        """A sum of money as the page's language writes it."""
        return numbers.money(digits, functions_text.text(currency), value, self.locale())

    def locale(self) -> str:
        return str(self.desk.lens.ask("language", self.desk.page.page.lang)[2])

    def now(self) -> Now:
        return Now(self.desk.lens)


def known_zone(name: str) -> tzinfo:
    """Raises TemplateError."""
    found = dates.zone(name)
    if found is None:
        raise TemplateError(f"the time zone {name!r} is not known", hint='an IANA name, such as "Europe/Berlin"')
    return found


class Hugo:
    """Hugo's global ``hugo``: which program, which environment."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    version = "0.168.0"
    is_extended = True

    @property
    def generator(self) -> Any:
        return functions_text.markup('<meta name="generator" content="village">')

    @property
    def environment(self) -> str:
        return str(self._desk.lens.ask("environment"))

    is_production = property(lambda self: self.environment == "production")
    is_development = property(lambda self: self.environment == "development")
    is_server = property(lambda self: self.environment == "development")
    is_multilingual = property(lambda self: len(self._desk.lens.ask("languages")) > 1)
    is_multihost = property(lambda self: self._desk.lens.ask("language", self._desk.page.page.lang)[8])

    @property
    def data(self) -> Any:
        return self._desk.page.site.data

    @property
    def sites(self) -> Any:
        return self._desk.page.site.sites


FREE_FILTERS: dict[str, Any] = {
    **functions_text.FILTERS,
    **lists.FILTERS,
    "ceil": math.ceil,
    "floor": math.floor,
    **{name: numbers.MATH[name] for name in ("add", "sub", "mul", "div", "mod")},
    "printf": gofmt.printf,
    "default": lambda value, other="", *_: (
        value if value or value is False or (value == 0 and value is not MISSING) else other
    ),
    "is_zero": lambda value: not value,
    "format_number": lambda value, digits=0: f"{float(value):,.{min(int(digits), 20)}f}",
}
FREE_GLOBALS: dict[str, Any] = {
    **lists.GLOBALS,
    "printf": gofmt.printf,
    "querify": functions_text.querify,
    "errorf": None,
}


def bind(desk: Desk) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """(globals, filters, tests) of a template environment."""
    own = Functions(desk)
    both = {
        name: getattr(own, name)
        for name in (
            "absurl",
            "relurl",
            "abslangurl",
            "rellangurl",
            "date",
            "time",
            "markdownify",
            "anchorize",
            "highlight",
            "emojify",
            "i18n",
            "ref",
            "relref",
            "partial",
        )
    }
    both |= {
        "T": own.i18n,
        "t": own.i18n,
        "partial_cached": own.partial,
        "date_format": own.date,
        "absolute": own.absurl,
        "abs_url": own.absurl,
        "rel_url": own.relurl,
        "abs_lang_url": own.abslangurl,
        "rel_lang_url": own.rellangurl,
        "as_time": own.time,
    }
    outside = own.surroundings
    names = {
        **FREE_GLOBALS,
        **both,
        "now": own.now,
        "warnf": own.warnf,
        "errorf": own.errorf,
        "file_exists": outside.file_exists,
        "read_file": outside.read_file,
        "read_dir": outside.read_dir,
        "getenv": outside.getenv,
        "hugo": Hugo(desk),
        "village": Hugo(desk),
        **namespaces.spaces(own),
    }
    filters: Mapping[str, Any] = {**FREE_FILTERS, **both}
    return names, dict(filters), lists.TESTS
