"""local: asking our own process, whatever its listener looks like."""

import pytest

from village.app import local
from village.errors import OperatorError
from village.settings.model import Settings


@pytest.mark.parametrize(
    ("http", "https", "expected"),
    [
        ((":80",), (":443",), (("127.0.0.1", 80), False)),
        (("0.0.0.0:8080",), (), (("127.0.0.1", 8080), False)),
        (("[::]:80",), (), (("::1", 80), False)),
        (("10.0.0.1:80",), (), (("10.0.0.1", 80), False)),
        ((), (":8443",), (("127.0.0.1", 8443), True)),
    ],
)
def test_where_the_process_is_seen_from_this_machine(http: tuple, https: tuple, expected: tuple):
    assert local.own_address(Settings(http=http, https=https)) == expected


def test_nobody_there_is_said_with_the_address():
    with pytest.raises(OperatorError, match=r"127\.0\.0\.1:1"):
        local.ask(Settings(http=("127.0.0.1:1",)), "/")
    with pytest.raises(OperatorError, match="both off"):
        local.ask(Settings(http=(), https=()), "/")
