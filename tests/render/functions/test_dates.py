"""Dates as Hugo 0.168 writes them; the expectations were read off the real binary."""

from datetime import UTC, datetime

import pytest

from village.render.functions.dates import format_date

MOMENT = datetime(2024, 5, 31, 15, 4, 5, tzinfo=UTC)
TOKENS = (":date_full", ":date_long", ":date_medium", ":date_short")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", ["Friday, May 31, 2024", "May 31, 2024", "May 31, 2024", "5/31/24"]),
        ("en-GB", ["Friday, 31 May 2024", "31 May 2024", "31 May 2024", "31/05/24"]),
        ("ru-RU", ["пятница, 31 мая 2024\u202fг.", "31 мая 2024\u202fг.", "31 мая 2024\u202fг.", "31.05.24"]),
        ("de", ["Freitag, 31. Mai 2024", "31. Mai 2024", "31.05.2024", "31.05.24"]),
        ("ja", ["2024年5月31日金曜日", "2024年5月31日", "2024/05/31", "24/05/31"]),
        ("nowhere", ["Friday, May 31, 2024", "May 31, 2024", "May 31, 2024", "5/31/24"]),
    ],
)
def test_the_locale_decides_how_a_token_is_written(locale, expected):
    assert [format_date(MOMENT, token, locale) for token in TOKENS] == expected


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("2 January 2006", "31 мая 2024"),
        ("Monday", "пятница"),
        ("2 January 2006 Monday Mon Jan", "31 мая 2024 пятница Fri мая"),  # short names only where no long one is
        ("%Y-%m-%d", "2024-05-31"),
        (":no_such_token", ":no_such_token"),
    ],
)
def test_a_go_layout_speaks_the_language(layout, expected):
    assert format_date(MOMENT, layout, "ru") == expected
