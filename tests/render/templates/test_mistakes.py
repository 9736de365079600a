"""Template mistakes: what is wrong, said of the name that is wrong, with the nearest one that exists."""

from __future__ import annotations

import pytest

from village.errors import TemplateError
from village.render.templates.engine import Templates
from village.render.views.values import MISSING


class Silent:
    def ask(self, *question: object) -> None:
        """Nothing is traced here."""


def mistake(source: str, **files: str) -> TemplateError:
    texts = {"single.html": source, **files}
    templates = Templates(
        lambda name: (texts[name], f"layouts/{name}", texts[name]),
        lambda name, near: name if name in texts else "",
        lambda: texts,
    )
    templates.lens = Silent()  # type: ignore[assignment]
    templates.longest = 10_000
    with pytest.raises(TemplateError) as caught:
        templates.render("single.html", {"nothing": None, "absent": MISSING, "site": {}})
    assert caught.value.file == "layouts/single.html"
    return caught.value


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("{{ stie.title }}", "'stie' is undefined", "did you mean 'site'?"),
        ("{{ nope.title }}", "'nope' is undefined", "must exist"),
        ("{{ nothing.title }}", "'title' is asked of a value that is nothing here", "{% if … %}"),
        ("{{ absent() }}", "what is called does not exist here", "{% if … %}"),
        ("{{ 'a' | uper }}", "No filter named 'uper'", "did you mean 'upper'?"),
        ("{{ 'a' is numbr }}", "No test named 'numbr'", "did you mean 'number'?"),
        ("{{ 'a' }", "unexpected '}'", "between {{ and }}"),
        ("{% range x %}", "unknown tag 'range'", "{% for page in pages %}"),
        ("{% if site %}", "Unexpected end of template", "needs its end tag"),
        ("{% include 'sinlge.html' %}", "there is no template 'sinlge.html'", "did you mean 'single.html'?"),
        ("{{ 'a' + 1 }}", "can only concatenate", "join text and numbers with ~"),
        ("{% for i in range(9999) %}xx{% endfor %}", "made more than 0.0095", "page_bytes"),
        ("{% include 'single.html' %}", "include one another without end", "includes itself"),
    ],
)
def test_the_message_names_what_is_wrong_and_the_hint_mends_it(source: str, message: str, hint: str) -> None:
    error = mistake(source)
    assert message in error.message
    assert hint in error.hint
