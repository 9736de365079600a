"""The search index stays small and readable by the themes' script."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from village.render.feeds.search import SearchEntry, cut, search_entry, search_index


def test_an_entry():
    entry = SearchEntry("Заголовок", "/a/", " some\n text&rsquo;s ", ("go",), "posts", datetime(2024, 1, 2, tzinfo=UTC))
    assert json.loads(search_index([search_entry(entry)])) == [
        {"t": "Заголовок", "u": "/a/", "s": "some text’s", "g": ["go"], "k": "posts", "d": "2024-01-02"}
    ]


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_cut_keeps_a_beginning_of_at_most_that_length(text, longest):
    found = cut(text, longest)
    assert text.startswith(found)
    assert len(found) <= longest


@given(st.lists(st.builds(SearchEntry, st.text(), st.text(), st.text()), max_size=4))
def test_every_index_is_json(entries):
    assert len(json.loads(search_index(map(search_entry, entries)))) == len(entries)
