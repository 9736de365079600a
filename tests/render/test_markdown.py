"""Markdown: laws that hold for any text, and what Hugo does not have (wiki links, resolved destinations)."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from village.render.markdown import inline
from village.render.markdown.anchors import heading_id
from village.render.markdown.convert import Markdown, render, render_inline
from village.render.markdown.model import Heading, NoHooks
from village.render.markdown.options import COMMONMARK, MarkdownOptions, options_from_config
from village.render.markdown.toc import toc_html
from village.render.summary import mark_divider

PLAIN = MarkdownOptions()
EVERYTHING = replace(
    PLAIN, unsafe=True, emoji=True, wiki_links=True, insert=True, mark=True, superscript=True, attribute_block=True,
    passthrough_inline=(("$", "$"), ("\\(", "\\)")), passthrough_block=(("$$", "$$"), ("\\[", "\\]")),
)  # fmt: skip
MARKS = st.text(alphabet="ab 1\n\t*_`~[]()<>!#-+=>|:'\"\\&;.{}^$@/é中", max_size=80)


@settings(deadline=None)
@given(MARKS | st.text(max_size=80))
def test_any_text_renders_and_twice_the_same(text: str) -> None:
    for options in (PLAIN, EVERYTHING):
        assert render(text, options) == render(text, options)


CONSTRUCTS = st.lists(
    st.sampled_from(
        [
            "*",
            "**",
            "_",
            "__",
            "[",
            "]",
            "](",
            "(",
            ")",
            "[a](b)",
            "[foo](http://x.org/a_b)",
            "*foo*",
            "**bar_baz**",
            "_q_",
            "__w__",
            "word",
            "http://a.bc",
            "www.a.bc",
            "*",
            "me@x.org",
            "https://",
            "`c`",
            "&amp;",
            "<b>",
            "![",
            "é",
            "—",
            "中",
            "\\",
            "...",
            "--",
            "'",
            '"',
            "~~",
            "==",
            "^",
            "[^1]",
            "[[a]]",
            ":smile:",
            "*a",
            "b*",
            "(http://q.rs)",
            "*x@y.zz*",
            "http*://",
            ")*",
            "*(",
            "[b](c&d)",
            "[e](f)",
            "*ü*",
            "a*b*c",
            "a_b_c",
            "*!*x",
        ]
    ),
    max_size=12,
).map("".join)


class WithoutShortCuts(inline.Scanner):
    """Finds the marks, and every construct only by its rules."""

    def __init__(self, characters: str) -> None:
        super().__init__(characters)
        self.link = self.run = re.compile("(?!)")


@settings(deadline=None, max_examples=400)
@given(st.lists(CONSTRUCTS | MARKS, max_size=4).map(" ".join))
def test_short_cuts_of_links_and_emphasis_change_nothing(text: str) -> None:
    for options in (PLAIN, EVERYTHING, COMMONMARK):
        slow = Markdown(options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(inline, "Scanner", WithoutShortCuts)
            expected = slow.page(text, None)
        assert render(text, options) == expected


@settings(deadline=None)
@given(MARKS)
def test_without_unsafe_no_markup_of_the_authors_comes_through(text: str) -> None:
    html = render(f"{text}\n\n<script>x</script> {text} <img onerror=x>", PLAIN).html.lower()
    assert "<script" not in html
    assert "<img onerror" not in html


@settings(deadline=None)
@given(st.lists(st.text(alphabet="aB ~!é中-_1", max_size=8), max_size=8))
def test_ids_of_a_page_differ(titles: list[str]) -> None:
    ids = [
        heading.id for heading in render("\n\n".join(f"## {title}" for title in titles), PLAIN).headings if heading.id
    ]
    assert len(set(ids)) == len(ids)


@settings(deadline=None)
@given(st.lists(st.integers(1, 6), max_size=20), st.integers(1, 3), st.integers(1, 6), st.booleans())
def test_the_table_of_contents_is_balanced_and_holds_the_levels_asked_for(
    levels: list[int], start: int, end: int, ordered: bool
) -> None:
    headings = [Heading(level, f"h{number}", f"h{number}", "") for number, level in enumerate(levels)]
    html = toc_html(headings, start, end, ordered=ordered)
    tag = "ol" if ordered else "ul"
    assert html.count(f"<{tag}>") == html.count(f"</{tag}>")
    assert html.count("<li>") == html.count("</li>")
    for heading in headings:
        assert (f'href="#{heading.id}"' in html) == (start <= heading.level <= end)


DEEP = {
    "brackets": "[" * 50_000, "closed brackets": "[" * 20_000 + "]" * 20_000, "quotes": "> " * 20_000, "lists": "- " * 20_000,
    "quoted lists": "> - " * 10_000, "emphasis": "*a **b " * 10_000, "nested emphasis": "*a " * 10_000 + "b" + " a*" * 10_000,
    "images": "![" * 5_000 + "a" + "](x)" * 5_000, "images with links": "![[]()" * 10_000, "links": "[a](" * 10_000,
    "backticks": " ".join("`" * length for length in range(1, 300)), "tags": "<a " * 20_000, "comments": "<!-- a " * 10_000,
    "indented list": "".join("  " * depth + "- a\n" for depth in range(300)),
    "quote lines": "".join(">" * depth + " a\n" for depth in range(1, 300)),
    "footnotes": "".join(f"[^{n}] " for n in range(3000)) + "\n\n" + "".join(f"[^{n}]: x\n" for n in range(3000)),
    "attributes": "# " + "{a=" * 20_000, "marks": "=" * 50_000, "carets": "^a" * 20_000, "math": "$a " * 20_000,
    "wide table": "|" + "a|" * 3000 + "\n|" + "-|" * 3000 + "\n", "definitions": "a\n" + ": " * 10_000,
    "references": "[x]: /u\n\n" + "[" * 20_000 + "]" * 20_000, "entities": "&aaaa" * 20_000, "titles": '[a](b "c' * 10_000,
    "quotation marks": '"' * 50_000,
}  # fmt: skip


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.timeout(30)
def test_hostile_nesting_neither_overflows_nor_hangs(name: str) -> None:
    for options in (PLAIN, EVERYTHING):
        assert isinstance(render(DEEP[name], options).html, str)


def test_threads_share_parsers_without_mixing_pages() -> None:
    texts = [f'# {n} "q{n}"\n\n[a](b{n})[^1]\n\n[^1]: {n}\n' for n in range(40)]
    alone = [render(text, PLAIN).html for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: render(text, PLAIN).html, texts)) == alone


def test_results_travel_between_processes() -> None:
    made = render('# a [b](c "it\'s")\n', PLAIN)
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(PLAIN) == hash(pickle.loads(pickle.dumps(PLAIN)))


def test_links_are_resolved_with_the_line_they_stand_on() -> None:
    asked = []

    class Resolving(NoHooks):
        def resolve(self, destination: str, is_image: bool, line: int) -> str:
            asked.append((destination, is_image, line))
            return f"/to/{destination}"

    text = "a\n\n[x](one.md) and\n![y](two.png)\n\n- [z][r]\n\n[r]: three.md#f\n"
    made = render(text, PLAIN, Resolving())
    assert asked == [("one.md", False, 3), ("two.png", True, 4), ("three.md#f", False, 8)]
    assert 'href="/to/one.md"' in made.html
    assert 'src="/to/two.png"' in made.html
    assert [(link.kind, link.destination, link.text) for link in made.links] == [
        ("link", "one.md", "x"), ("image", "two.png", "y"), ("link", "three.md#f", "z"),
    ]  # fmt: skip


def test_lines_are_the_authors_behind_the_summary_divider_too() -> None:
    asked = []

    class Resolving(NoHooks):
        def resolve(self, destination: str, is_image: bool, line: int) -> str:
            asked.append(line)
            return destination

    render(mark_divider("[a](x.md)\n\n<!--more-->\n\n[b](y.md)\n"), PLAIN, Resolving())
    assert asked == [1, 5]


def test_wiki_links_are_links_when_asked_for() -> None:
    text = "[[Some Page]] [[target|label]] [[a#b]] `[[code]]` [[un\nclosed]]"
    assert "[[Some Page]]" in render(text, PLAIN).html
    made = render(text, replace(PLAIN, wiki_links=True))
    assert [(link.destination, link.text) for link in made.links] == [
        ("Some Page", "Some Page"), ("target", "label"), ("a#b", "a#b"),
    ]  # fmt: skip
    assert "<code>[[code]]</code>" in made.html


@pytest.mark.parametrize(
    "frame",
    ["{}", "a {} b", "- {}", "## {}", "| {} |\n|---|", "[x]({})", '[x](y "{}")', "> {}", "*{}*", "`{}`", "T\n: {}"],
)
def test_placeholders_of_shortcodes_come_through_untouched(frame: str) -> None:
    placeholder = "HAHAHUGOSHORTCODE12s7HBHB"
    assert placeholder in render(frame.format(placeholder), EVERYTHING).html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a *b*", "a <em>b</em>"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>\n"),
        ("# a", '<h1 id="a">a</h1>\n'),
        ("", ""),
        ("- a", "<ul>\n<li>a</li>\n</ul>\n"),
        ("a\n\n- b", "<p>a</p>\n<ul>\n<li>b</li>\n</ul>"),
    ],
)
def test_inline_rendering_takes_a_single_paragraphs_wrapping_off(text: str, html: str) -> None:
    assert render_inline(text, PLAIN) == html


@pytest.mark.parametrize(
    ("text", "style", "identifier"),
    [
        ("Привет, мир!", "github", "привет-мир"), ("Multiple--Hyphens", "github", "multiple--hyphens"),
        ("God is good: 神真美好", "github", "god-is-good-神真美好"), ("Forward/slash", "github", "forwardslash"),
        ("Nonbreaking\u00a0Space", "github", "nonbreakingspace"), ("日本語 é ñ", "github-ascii", "-e-n"),
        ("a-b--c  d", "blackfriday", "a-b-c-d"), ("", "github", ""),
    ],
)  # fmt: skip
def test_heading_ids(text: str, style: str, identifier: str) -> None:
    assert heading_id(text, style) == identifier


def test_options_are_read_from_hugos_table_and_nonsense_is_survived() -> None:
    made = options_from_config(
        {"goldmark": {"renderer": {"unsafe": True}, "extensions": {"footnote": {"enable": False}, "typographer": {"ellipsis": "…"},
         "passthrough": {"enable": True, "delimiters": {"inline": [["$", "$"], ["bad"]]}}}},
         "tableofcontents": {"endlevel": -1, "startlevel": "x"}, "highlight": {"noclasses": False, "linenos": "inline", "tabwidth": "no"}}
    )  # fmt: skip
    assert made.unsafe
    assert not made.footnote
    assert made.typographer is not None
    assert made.typographer.ellipsis == "…"
    assert made.passthrough_inline == (("$", "$"),)
    assert (made.toc_start, made.toc_end) == (2, -1)
    assert not made.highlight.no_classes
    assert made.highlight.line_nos
    assert made.highlight.tab_width == 4
    assert options_from_config({"goldmark": 7, "highlight": None}) == PLAIN


def test_footnotes_of_several_posts_can_stand_on_one_page():
    class Named(NoHooks):
        def prefix(self):
            return "h1"

    made = options_from_config({"goldmark": {"extensions": {"footnote": {"enableautoidprefix": True}}}})
    html = render("a[^1]\n\n[^1]: b\n", made, Named()).html
    assert 'id="h1fnref:1"' in html
    assert 'href="#h1fn:1"' in html
    assert '<li id="h1fn:1">' in html
    assert 'href="#h1fnref:1"' in html


def test_a_text_may_begin_with_an_escaped_space() -> None:
    options = MarkdownOptions(cjk=True, escaped_space=True)
    assert render("\\ a: b", options).html == "<p>a: b</p>\n"
