"""Future posts appear at their second and expired ones go, without a push."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.journeys.conftest import post
from tests.parts.forge import Forge
from tests.parts.household import Household
from tests.parts.waiting import until


def test_a_post_is_published_and_withdrawn_at_its_second(tmp_path: Path, forge: Forge):
    soon = (datetime.now(UTC) + timedelta(seconds=12)).replace(microsecond=0)
    forge.push(
        {
            "content/posts/soon.md": post("Soon", "It is time.", soon.isoformat()),
            "content/posts/going.md": post("Going", "Not for long.", expiryDate=soon.isoformat()),
        }
    )
    with Household(tmp_path / "house", forge.url) as house:
        house.ready()
        if datetime.now(UTC) < soon - timedelta(seconds=2):
            assert house.request("/posts/soon/")[0] == 404
            assert house.request("/posts/going/")[0] == 200
        house.shows("/posts/soon/", "It is time.", seconds=40)
        until(lambda: house.request("/posts/going/")[0] == 404, "the expired post is gone")
        assert datetime.now(UTC) >= soon
