"""The operator's questions about certificates: an answer in words where there is none to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from village.app import counter
from village.errors import OperatorError
from village.settings.model import Settings, SiteSettings, TlsSettings


def house(tmp_path: Path, mode: str, *domains: str) -> Settings:
    return Settings(sites=(SiteSettings(domains=domains),), data=tmp_path, tls=TlsSettings(mode=mode))


@pytest.mark.parametrize(("mode", "words"), [("off", "plain HTTP only"), ("acme", "VILLAGE_DOMAINS")])
def test_where_no_certificate_is_kept_the_list_says_why(tmp_path: Path, capsys, mode: str, words: str):
    assert counter.certificates(house(tmp_path, mode)) == 0
    assert words in capsys.readouterr().out
    with pytest.raises(OperatorError) as caught:
        counter.renew(house(tmp_path, mode), "")
    assert words in caught.value.hint


def test_a_certificate_that_is_still_to_come_is_not_shown_as_one(tmp_path: Path, capsys):
    assert counter.certificates(house(tmp_path, "acme", "example.com")) == 0
    said = capsys.readouterr().out
    assert "none yet" in said
    assert "until" not in said
    with pytest.raises(OperatorError) as caught:
        counter.export_certificates(house(tmp_path, "acme", "example.com"), tmp_path / "pem")
    assert "cert list" in caught.value.hint
