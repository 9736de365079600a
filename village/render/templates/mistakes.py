"""What is wrong with a template in words its author understands, and how to mend it. Pure: no template is read here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.exceptions import TemplateError as JinjaError

UNDEFINED = re.compile(r"'([^']+)' is undefined\Z")
NO_FILTER = re.compile(r"No (filter|test) named '([^']+)'")
UNKNOWN_TAG = re.compile(r"Encountered unknown tag '([^']+)'")
GO_TAGS = {  # Go's words where Jinja2 has others; {{ else }} and {{ end }} stand in {% %} as well
    "end": "Jinja2 names what ends: {% endif %}, {% endfor %}, {% endblock %}",
    "range": "Go's {{ range .Pages }} is {% for page in pages %} … {% endfor %}",
    "with": "Go's {{ with .Params.x }} is {% if page.params.x %} … {% endif %}",
    "define": 'Go\'s {{ define "main" }} is {% block main %} … {% endblock %}',
    "partial": 'Go\'s {{ partial "x.html" . }} is {% include "_partials/x.html" %}',
    "template": 'Go\'s {{ template "x" . }} is {% include "x" %}',
}
MISSING = "a param that may be missing is page.params.name; anything else must exist (or use |default)"
EXPECTED = (ValueError, TypeError, OverflowError, ZeroDivisionError, LookupError)


def near(name: str, known: Iterable[str]) -> str:
    """ "did you mean …?", or "" when nothing known is like it."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {found[0]!r}?" if found else ""


def syntax(message: str, filters: Iterable[str], tests: Iterable[str]) -> str:
    """The hint for a template that does not parse."""
    lowered = message.lower()
    if missing := NO_FILTER.search(message):
        return near(missing[2], filters if missing[1] == "filter" else tests)
    tag = UNKNOWN_TAG.search(message)
    if tag and tag[1] in GO_TAGS:
        return GO_TAGS[tag[1]]
    if tag or "end of template" in lowered:
        return "every {% if %}, {% for %} and {% block %} needs its end tag"
    if "unexpected '}'" in message or "unexpected char" in lowered or "end of print statement" in lowered:
        return "an expression stands between {{ and }}, a tag between {% and %}"
    return ""


def running(error: Exception, names: Iterable[str]) -> tuple[str, str]:
    """(message, hint) of an exception while a template runs; ``names`` are those that every template knows."""
    if isinstance(error, UndefinedError):
        message = str(error)
        unknown = UNDEFINED.match(message)
        return message, (near(unknown[1], names) if unknown else "") or hint_of_nothing(message)
    if isinstance(error, SecurityError):
        return str(error), "templates run in a sandbox"
    if isinstance(error, RecursionError):
        return "templates include one another without end", "one of the files below includes itself, over the others"
    if isinstance(error, MemoryError):
        return "needs more memory than there is", ""
    if isinstance(error, (JinjaError, *EXPECTED)):
        words = str(error) or type(error).__name__
        return words, "join text and numbers with ~, as in {{ a ~ b }}" if "concatenate" in words else ""
    return f"{type(error).__name__}: {error}", ""


def hint_of_nothing(message: str) -> str:
    """The hint where something was asked of a value that is not there."""
    if "did you mean" in message:
        return ""
    if "is nothing here" in message or "does not exist here" in message:
        return "ask first whether it is there: {% if … %}"
    return MISSING
