"""manifest: one content, one id, however it was put together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.errors import ReleaseBroken
from village.release import manifest
from village.release.manifest import Entry, HeaderRule, HostRule, RedirectRule, Rules

paths = st.text(min_size=1, max_size=12).map(lambda text: "/" + text.replace("\ud800", ""))
entries = st.builds(
    Entry,
    blob=st.sampled_from(["", "ab" * 32]),
    length=st.integers(0, 10**9),
    media_type=st.sampled_from(["", "text/html; charset=utf-8"]),
    status=st.sampled_from([200, 301, 410]),
    location=st.sampled_from(["", "/new/"]),
    policy=st.sampled_from(["page", "asset", "immutable"]),
    stub=st.sampled_from(["", "cd" * 32]),
)
tables = st.dictionaries(st.text(alphabet="/abcя -", min_size=1, max_size=9), entries, max_size=40)


@given(tables)
def test_a_shard_survives_the_round_trip(table: dict[str, Entry]):
    assert manifest.decode_shard(manifest.encode_shard(table.items())) == table


@given(tables)
def test_a_shards_bytes_do_not_depend_on_order(table: dict[str, Entry]):
    backwards = list(table.items())[::-1]
    assert manifest.encode_shard(table.items()) == manifest.encode_shard(backwards)


@given(tables)
def test_dealing_loses_nothing(table: dict[str, Entry]):
    dealt = manifest.deal(table)
    assert len(dealt) == manifest.SHARDS
    assert {path: entry for shard in dealt for path, entry in shard.items()} == table


def test_rules_survive_the_round_trip():
    rules = Rules(
        redirects=(RedirectRule("/a/*", "/b/:splat", 302, True, (("Language", "ru"),)),),
        headers=(HeaderRule("/*", (("X-A", "1"), ("X-A", "2"))),),
        not_found=(("/ru/", "/ru/404.html"), ("/", "/404.html")),
    )
    shards, again = manifest.decode_root(manifest.encode_root(["x"] * 256, rules))
    assert again == rules
    assert len(shards) == 256


@given(tables)
def test_a_host_shows_its_own_tree_at_its_own_base(table: dict[str, Entry]):
    table = {f"/{path}": entry for path, entry in table.items()}
    here = {f"/ru{path}": entry for path, entry in table.items()}
    there = {f"/en{path}": entry for path, entry in table.items()}
    host = HostRule("example.ru", "/ru", "/sub")
    rules = Rules(not_found=(("/en/", "/en/404.html"), ("/ru/", "/ru/404.html")), hosts=(host,))
    seen = manifest.part(manifest.Manifest("id", {**here, **there}, rules), host)
    assert seen.entries == {f"/sub{path}": entry for path, entry in table.items()}
    assert seen.rules == Rules(not_found=(("/sub/", "/sub/404.html"),))
    assert manifest.decode_rules(manifest.encode_rules(rules)) == rules
    assert "hosts" not in manifest.encode_rules(Rules()), "the ids of other releases stay"


@pytest.mark.parametrize(
    "root",
    [b"", b"[]", b"{}", b'{"format": 2, "shards": [], "rules": {}}', b'{"format": 1, "shards": 3, "rules": {}}'],
)
def test_a_root_of_another_format_is_a_broken_release_not_a_crash(root: bytes):
    with pytest.raises(ReleaseBroken):
        manifest.decode_root(root)


@pytest.mark.parametrize("shard", [b"", b"[]", b'{"/": 3}', b'{"/": ["", 0, "", 200, "", "page", "", "newer"]}'])
def test_a_shard_of_a_newer_village_is_a_broken_release_not_a_crash(shard: bytes):
    with pytest.raises(ReleaseBroken):
        manifest.decode_shard(shard)
