from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from village.errors import SettingsError
from village.settings import values
from village.settings.model import Settings, SiteSettings

FIELDS = {field.name: field for kind in (Settings, SiteSettings) for field in dataclasses.fields(kind)}


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("domains", "a.example, b.example,", ("a.example", "b.example")),
        ("domains", ["a.example"], ("a.example",)),
        ("drafts", "Yes", True),
        ("drafts", "", False),
        ("poll", "2.5", 2.5),
        ("https_port", "8443", 8443),
        ("data", "/var/lib/village", Path("/var/lib/village")),
        ("source", "a,b", "a,b"),
    ],
)
def test_text_and_toml_become_what_the_setting_is(name, given, meant):
    assert values.convert(given, FIELDS[name], name, "here") == meant


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("drafts", "perhaps"),
        ("poll", "-1"),
        ("poll", "inf"),
        ("poll", "nan"),
        ("https_port", "1.5"),
        ("source", 7),
        ("domains", ["a.example", 7]),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name, given):
    with pytest.raises(SettingsError) as caught:
        values.convert(given, FIELDS[name], name, "here")
    assert name in str(caught.value)
