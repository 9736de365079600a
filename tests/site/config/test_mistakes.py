"""Mistakes in a configuration: each said once, at its line, with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site.sites import load
from village.errors import AuthorError, BuildFailed

HEAD = '[[menus.main]]\nname = "About"\npageRef = "/about"\n'


def said(folder: Path, files: dict[str, str]) -> list[AuthorError]:
    try:
        return load(folder, {"content/about.md": "", "content/posts/a.md": "", **files}).warnings
    except BuildFailed as failed:
        return list(failed.errors)


@pytest.mark.parametrize(
    ("config", "line", "message", "hint"),
    [
        ('enableEmoji = "yes"\n', 1, "enableEmoji: expected true or false, found 'yes'", "enableEmoji = true"),
        ('x = 1\n[pagination]\npagerSize = "ten"\n', 3, "pagination.pagerSize: expected a number", "pagerSize = 10"),
        ('title = "T"\ntimeZone = "Mars/Base"\n', 2, 'timeZone "Mars/Base" is not known', "Europe/Berlin"),
        ('[permalinks]\nposts = "/:yaer/"\n', 2, '":yaer"', ":year"),
        ('[outputs]\nhome = ["html", "atmo"]\n', 2, '"atmo" is not an output format', 'did you mean "atom"?'),
        (HEAD + 'theme = "plain"\n', 4, "theme stands in [[menus.main]]", "before the first one"),
        (
            "[params]\na = 1\n[pagination]\nenableEmoji = true\n",
            4,
            "enableEmoji stands in [pagination]",
            "before the first",
        ),
        (HEAD.replace("/about", "/abuot"), 3, 'pageRef "/abuot" names no page', 'did you mean "/about"?'),
        ('baseURL = "example.org"\n', 1, 'baseURL "example.org" has no scheme', 'baseURL = "https://example.org/"'),
        ('title = "a"\ntitle = "b"\n', 2, "Cannot overwrite", "set twice"),
        ('title = "a\n', 1, "is not TOML", "close the quotation mark"),
    ],
)
def test_one_mistake_one_message_at_its_line(tmp_path: Path, config: str, line: int, message: str, hint: str) -> None:
    (error,) = [each for each in said(tmp_path, {"hugo.toml": config}) if "not a setting" not in each.message]
    assert (error.file, error.line) == ("hugo.toml", line)
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    "config",
    [
        HEAD,
        'baseURL = "/"\nenableEmoji = "true"\n',
        '[taxonomies]\ntheme = "themes"\n',
        '[params]\ntheme = "dark"\n',
        "[pagination]\npagerSize = 5\n[services.rss]\nlimit = 3\n",
    ],
)
def test_what_is_right_is_not_blamed(tmp_path: Path, config: str) -> None:
    assert said(tmp_path, {"hugo.toml": config}) == []


def test_a_second_configuration_is_told_of(tmp_path: Path) -> None:
    (error,) = said(tmp_path, {"hugo.toml": "", "config.toml": ""})
    assert (error.file, error.message) == ("config.toml", "is not read")
