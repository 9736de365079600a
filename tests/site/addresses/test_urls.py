"""Sanitising exactly as Hugo (its own golden cases as facts), and what must hold for any text."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.site.addresses import urls


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Foo bar  ", "Foo-bar"), ("Ba       R", "Ba-R"), ("Ba---R", "Ba---R"), ("fOO,bar:foobAR", "fOObarfoobAR"),
        ("100%-google", "100-google"), ("foo- bar", "foo-bar"), ("Банковский кассир", "Банковский-кассир"), ("〇○", ""),
        ("C++ & Rust", "C++-Rust"), ("a%C3%B1", "a%C3%B1"), ("日本 語", "日本-語"), ("é", "é"),
    ],
)  # fmt: skip
def test_sanitize(text: str, clean: str) -> None:
    assert urls.sanitize(text) == clean


@given(st.text())
def test_sanitizing_twice_changes_nothing(text: str) -> None:
    once = urls.sanitize(text)
    assert urls.sanitize(once) == once
    assert not any(char.isspace() for char in once)


def test_accents() -> None:
    assert urls.strip_accents("Банковский ё é") == "Банковскии е e"
    assert urls.Style(remove_accents=True).make("Été") == "ete"


def test_escaping_is_go_s() -> None:
    assert urls.Style().urlize("трям/трям") == "%D1%82%D1%80%D1%8F%D0%BC/%D1%82%D1%80%D1%8F%D0%BC"
    assert urls.escape("/tags/c#/a b") == "/tags/c%23/a%20b"


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",))))
def test_escaped_links_mean_the_path(text: str) -> None:
    path = urls.Style().make(text)
    if "%" not in path:
        assert unquote(urls.escape(path)) == path
        assert urls.escape(path).isascii()


@given(st.text())
def test_transliterated_slugs_are_ascii(text: str) -> None:
    for manner in ("ascii", "translit"):
        assert urls.Style(slugs=manner).make(text).isascii()


def test_transliterated_slugs() -> None:
    assert urls.Style(slugs="translit").make("Привет мир/Ёлка") == "privet-mir/elka"
    assert urls.Style(slugs="ascii").make("Été chaud") == "ete-chaud"


@given(st.text(alphabet="ab./", max_size=12))
def test_clean_never_leaves_the_root(path: str) -> None:
    tidy = urls.clean(path)
    assert tidy.startswith("/")
    assert ".." not in tidy.split("/")
