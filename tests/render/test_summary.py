"""Summaries and counts, beside the real Hugo's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.oracle import ask, without_code
from village.render import summary
from village.render.markdown.convert import render
from village.render.markdown.options import MarkdownOptions

WORD = "word "
PAGES = [
    "a\n\n<!--more-->\n\nb\n", "a <!--more--> b\n\nc", "a\n<!--more-->\nb\n\nc", "# h\n\ntext\n<!--more-->\n\nmore",
    "- a\n- b <!--more-->\n- c\n\nx", "> q <!--more--> r\n\nz", "a\n\n<!--more-->", "<!--more-->\n\na",
    "a\n\n<!--more-->\n\nb\n\n<!--more-->\n\nc", "a **b<!--more-->c** d\n\ne", "a\n\n<!-- more -->\n\nb",
    "```\nx\n<!--more-->\ny\n```\n\nz", WORD * 70 + "\n\nb", WORD * 69 + "\n\nb c d\n\ne", "# " + WORD * 80 + "\n\nc\n\nx",
    "- " + WORD * 80 + "\n\nz\n\ny", "> " + WORD * 80 + "\n>\n> b\n\nx", "- " + WORD * 80 + "\n\n  b\n\n- c\n\nx",
    "1. a\n\n   > " + WORD * 80 + "\n\n   z\n\nx", "T\n\n: " + WORD * 80 + "\n\n  b\n\nx", "[a](b) *c* " * 40 + "\n\nx",
    "| a | b |\n|-|-|\n" + "| x | y |\n" * 50 + "\n\npara\n\nz", "x\n\n" * 100, "w " * 70 + "\n\nb\n\nc", "w " * 71 + "\n\nb\n\nc",
    "短い文章です。" * 12 + "\n\n次の段落\n\nx", "字" * 70 + "\n\nb", "字" * 71 + "\n\nb", "한국어 단어 입니다 " * 30 + "\n\nb",
    "**中文** [字](x) " * 30 + "\n\nb", "x " * 100, "x " * 101, "x " * 212, "x " * 213, "", "a &lt; b > c\n", "c<br>d\n\n> q\n",
]  # fmt: skip


@pytest.mark.parametrize("cjk", [False, True])
def test_summaries_and_counts_are_hugos(tmp_path: Path, cjk: bool) -> None:
    told = ask(tmp_path, PAGES, "hasCJKLanguage = true\n" if cjk else "")
    for text, page in zip(PAGES, told, strict=True):
        is_cjk = cjk and summary.has_cjk(text)
        made = summary.summarise(render(summary.mark_divider(text), MarkdownOptions()).html, cjk=is_cjk)
        assert without_code(made.text) == without_code(page.summary), text
        assert without_code(made.content) == without_code(page.content), text
        assert without_code(made.content_without_summary) == without_code(page.rest), text
        assert made.truncated == page.truncated, text
        plain = summary.plain(made.content if summary.DIVIDER in text else page.content)
        words = summary.word_count(plain, cjk=is_cjk)
        assert words == page.words, text
        assert summary.fuzzy_word_count(words) == page.fuzzy
        assert summary.reading_time(words, cjk=is_cjk) == page.minutes


LONG = "1. x\n\n   - " + WORD * 80 + "\n\n     y\n\n   z\n\nend\n"
AROUND = [
    "<br>\n\n", "<p>\n\n", "<p>x\n<p>\n\n", "<b>\nx\n\n", "</b>\nx\n\n", "</i> <b> x\n\n", "<!-- <div> -->\n\n", "<div>x</div>\n\n",
    "<div>\n\nx </b>\n\n", "<table>\n<!-- <F> -->\n\n", "<script>'<div>'</script>\n\n", "<style>a>b</style>\n\n", "<p>x</p></p>\n\n",
    "<svg><path d='x'/></svg>\n\n", "<div title='a>b'></div>\n\n", "<section>\n\n", "- <b> a\n\n  b\n\n",
]  # fmt: skip


def test_summaries_end_with_hugos_element_whatever_raw_html_is_around(tmp_path: Path) -> None:
    texts = [before + LONG for before in AROUND] + [
        LONG.replace("word", "word <b>", 1),
        "<div>\n\n" + LONG + "\n</div>\n\nq\n",
    ]
    told = ask(tmp_path, texts, "[markup.goldmark.renderer]\nunsafe = true\n")
    made = [summary.summarise(render(text, MarkdownOptions(unsafe=True)).html) for text in texts]
    assert [each.text for each in made] == [page.summary for page in told]


def test_end_tags_of_nothing_are_counted_once() -> None:
    html = "<p>" + "<b>" * 30_000 + WORD * 80 + "</p>" + "</i>" * 30_000
    assert summary.summarise("<div>" + html).text.endswith("</p>")


def test_plain_text_is_hugos(tmp_path: Path) -> None:
    examples = json.loads(Path(__file__).with_name("data").joinpath("commonmark-0.31.2.json").read_text("utf-8"))
    told = ask(tmp_path, [text for text, _ in examples], "[markup.goldmark.renderer]\nunsafe = true\n")
    assert [summary.plain(page.content) for page in told] == [page.plain for page in told]


@settings(deadline=None)
@given(st.text(alphabet="ab <>/p\n中\"'!-", max_size=200), st.integers(0, 30))
def test_summary_and_rest_are_the_whole(html: str, length: int) -> None:
    made = summary.summarise(html, length)
    joined = "".join((made.text + made.content_without_summary).split())
    assert joined == "".join(html.split())
    assert summary.plain(summary.plain("a")) == "a"


@settings(deadline=None)
@given(st.sampled_from(["<!-- a ", "<script>", "<a '", '<a "', "<p><b ", "<", "</p", "<div>"]), st.integers(1, 5000))
@pytest.mark.timeout(60)
def test_unclosed_markup_is_cut_in_linear_time(piece: str, times: int) -> None:
    html = piece * times + "</p>" + piece * times
    summary.summarise(html)
    summary.plain(html)
