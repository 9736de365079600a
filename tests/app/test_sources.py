"""What the operator's source means, also while it is away."""

from __future__ import annotations

import pytest

from village.app.sources import Place, Repository, source_of
from village.errors import SettingsError
from village.settings.model import SiteSettings


def test_a_folder_that_was_published_before_may_be_away_at_the_start(tmp_path):
    site = SiteSettings(source=str(tmp_path / "content"))
    with pytest.raises(SettingsError):
        source_of(site, tmp_path)
    shown = tmp_path / "sites" / site.name / "current"
    shown.parent.mkdir(parents=True)
    shown.write_text("{}")
    assert isinstance(source_of(site, tmp_path), Place)
    for source in ("relative/content", "ftp://example.com/x", ""):
        with pytest.raises(SettingsError):
            source_of(SiteSettings(source=source), tmp_path)
    assert isinstance(source_of(SiteSettings(source="https://example.com/x.git"), tmp_path), Repository)
