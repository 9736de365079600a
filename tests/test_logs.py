"""logs: nothing secret passes, in either form."""

import json
import logging

import pytest

from village import logs


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("cloning https://user:hunter2hunter2@forge.example/x.git", "hunter2hunter2"),
        ("cloning https://ghp_abcdefghijklmnopqrstuvwx@forge.example/x.git", "ghp_abcdefghijklmnopqrstuvwx"),
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("GET /x?token=abcdef&y=1", "abcdef"),
        ("GET /x?y=1&Secret=abcdef HTTP/1.1", "abcdef"),
    ],
)
@pytest.mark.parametrize("formatter", [logs.TextFormatter(), logs.JsonFormatter()])
def test_credentials_are_masked(formatter: logging.Formatter, line: str, secret: str):
    record = logging.LogRecord("sync", logging.INFO, "", 0, line, None, None)
    assert secret not in formatter.format(record)


def test_a_remembered_secret_is_masked_anywhere():
    logs.remember_secret("correct-horse")
    assert "correct-horse" not in logs.masked("the secret is correct-horse!")


def test_json_is_one_object_a_line():
    record = logging.LogRecord("sync", logging.WARNING, "", 0, "a\nb", None, None)
    record.fields = {"commit": "abc"}
    text = logs.JsonFormatter().format(record)
    assert "\n" not in text
    assert json.loads(text)["commit"] == "abc"
