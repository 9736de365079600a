"""Which text is a date, and in which zone; the layouts were asked of the Hugo 0.168 binary."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.site import dates, golayout

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2020-01-02", "2020-01-02T00:00:00+09:00"),
        ("2020-01-02T10:11:12", "2020-01-02T10:11:12+09:00"),
        ("2020-01-02 10:11:12 +0300", "2020-01-02T10:11:12+03:00"),
        ("2020-01-02 10:11:12 -03:00", "2020-01-02T10:11:12-03:00"),
        ("2020-01-02 10:11:12Z", "2020-01-02T10:11:12+00:00"),
        ("2020-01-02T1:11:12", "2020-01-02T01:11:12+09:00"),
        ("2020-01-02T10:11:12.5", "2020-01-02T10:11:12.500000+09:00"),
        ("02 Jan 2020", "2020-01-02T00:00:00+09:00"),
        ("Thu, 02 Jan 2020 10:11:12 GMT", "2020-01-02T10:11:12+09:00"),
        ("Thu, 02 Jan 2020 10:11:12 +0300", "2020-01-02T10:11:12+03:00"),
        ("Thu Jan  2 10:11:12 2020", "2020-01-02T10:11:12+09:00"),
        ("Thursday, 02-Jan-20 10:11:12 GMT", "2020-01-02T10:11:12+09:00"),
        ("2020-01-02 10:11:12 +0300 MSK", "2020-01-02T10:11:12+03:00"),
    ],
)
def test_layouts(text: str, iso: str) -> None:
    found = dates.parse(text, TOKYO)
    assert found is not None
    assert found.isoformat() == iso


@pytest.mark.parametrize(
    "text",
    ["2020-01-02 10:11", "2020-01-02T10:11:12 +0300", "2 Jan 2020", "2020/01/02", "2020-1-2", "20200102", "2020-13-02", "2020-02-30",
     "2020-01-02T24:00:00Z", "2020-01-02 10:11:12 UTC", "2020-01-02T10:11:12 Z", "soon"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):
        dates.parse(text)


def test_values_that_are_no_text() -> None:
    assert dates.parse(date(2020, 1, 2)) == datetime(2020, 1, 2, tzinfo=UTC)
    assert dates.parse(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert dates.parse(None) is None
    assert dates.parse("0001-01-01") is None


@pytest.mark.parametrize(
    ("base", "found"),
    [
        ("2024-05-06-hello", ("2024-05-06", "hello")),
        ("2024-05-06", ("2024-05-06", "")),
        ("2024-05-06_a b", ("2024-05-06", "a b")),
        ("2024-05-06-10-30-00-x", ("2024-05-06T10:30:00", "x")),
        ("2024-13-06-x", ("", "")),
        ("hello", ("", "")),
    ],
)
def test_dates_in_file_names(base: str, found: tuple[str, str]) -> None:
    assert dates.from_filename(base) == found


def test_chains() -> None:
    found = dates.chains({"date": ["mydate", ":default"], "lastmod": "lastmod"})
    assert found["date"][:3] == ("mydate", "date", "publishdate")
    assert found["lastmod"] == ("lastmod", "modified")
    assert dates.chains({})["expirydate"] == ("expirydate", "unpublishdate")


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_is_written_is_read(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for layout in ("2006-01-02T15:04:05Z07:00", "Mon, 02 Jan 2006 15:04:05 -0700", "January 2, 2006 3:04:05PM -07:00"):
        assert golayout.parse_go(layout, golayout.format_go(moment, layout)) == moment


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        ("2 January 2006", "3 April 2024"),
        ("Mon Jan _2 15:04:05 MST 2006", "Wed Apr  3 04:05:06 UTC 2024"),
        ("06-1-2 3:4:5pm .000", "24-4-3 4:5:6am .000"),
        ("002 Monday Month", "094 Wednesday Month"),
    ],
)
def test_layout_pieces(layout: str, text: str) -> None:
    assert golayout.format_go(datetime(2024, 4, 3, 4, 5, 6, tzinfo=UTC), layout) == text
