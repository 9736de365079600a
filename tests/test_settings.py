"""settings: two sources, one meaning; every mistake names its key, its source and the fix."""

from pathlib import Path

import pytest

from village import settings
from village.errors import SettingsError


def test_the_environment_alone_describes_one_site():
    got = settings.read({"VILLAGE_SOURCE": "https://forge/x.git", "VILLAGE_DOMAINS": "a.example, b.example"})
    (site,) = got.sites
    assert site.source == "https://forge/x.git"
    assert site.domains == ("a.example", "b.example")


def test_the_environment_lies_over_the_file(tmp_path: Path):
    config = tmp_path / "village.toml"
    config.write_text('source = "one"\npoll = 60\ntls = "internal"\nhttp = ["127.0.0.1:8080"]\n')
    got = settings.read({"VILLAGE_SOURCE": "two", "PATH": "/bin"}, config)
    assert (got.sites[0].source, got.sites[0].poll, got.tls.mode) == ("two", 60.0, "internal")
    assert got.http == ("127.0.0.1:8080",)


def test_several_sites_in_one_file(tmp_path: Path):
    config = tmp_path / "village.toml"
    config.write_text('[[site]]\nname = "a"\ndomains = ["a.example"]\n[[site]]\nname = "b"\ndomains = ["b.example"]\n')
    assert [site.name for site in settings.read({}, config).sites] == ["a", "b"]
    with pytest.raises(SettingsError, match="ambiguous"):
        settings.read({"VILLAGE_SOURCE": "x"}, config)


def test_a_secret_comes_from_a_file(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    got = settings.read({"VILLAGE_HOOK_SECRET_FILE": str(secret)})
    assert got.sites[0].hook_secret == ("s3cret",)
    assert "s3cret" in settings.secrets(got)


@pytest.mark.parametrize(
    ("environment", "key", "words"),
    [
        ({"VILLAGE_DOMAIN": "x"}, "VILLAGE_DOMAIN", "VILLAGE_DOMAINS"),
        ({"VILLAGE_POLL": "often"}, "site.poll", "expected a number"),
        ({"VILLAGE_POLL": "-1"}, "site.poll", "from 0 up"),
        ({"VILLAGE_POLL": "nan"}, "site.poll", "from 0 up"),
        ({"VILLAGE_TLS": "acmee"}, "tls", "acme"),
        ({"VILLAGE_TLS": "files"}, "tls_cert, tls_key", "both are needed"),
        ({"VILLAGE_HTTP": "localhost"}, "http, https", "host:port"),
        ({"VILLAGE_HTTP": ":99999"}, "http, https", "host:port"),
        ({"VILLAGE_PROXY_PROTOCOL": "10.0.0.0/99"}, "proxy_protocol", "no network"),
        ({"VILLAGE_STORAGE": "s3://x"}, "storage", "redis://"),
        ({"VILLAGE_DRAFTS": "maybe"}, "site.drafts", "true or false"),
        ({"VILLAGE_ADMIN_TOKEN_FILE": "/nowhere/at/all"}, "VILLAGE_ADMIN_TOKEN_FILE", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(environment: dict, key: str, words: str):
    with pytest.raises(SettingsError) as caught:
        settings.read(environment)
    assert caught.value.key == key
    assert words in caught.value.describe()


def test_the_same_domain_in_two_sites_is_refused(tmp_path: Path):
    config = tmp_path / "village.toml"
    config.write_text('[[site]]\nname="a"\ndomains=["x.example"]\n[[site]]\nname="b"\ndomains=["x.example"]\n')
    with pytest.raises(SettingsError, match=r"x\.example"):
        settings.read({}, config)


def test_an_unknown_name_in_a_table_suggests_the_nearest(tmp_path: Path):
    config = tmp_path / "village.toml"
    config.write_text('[[site]]\nsorce = "x"\n')
    with pytest.raises(SettingsError) as caught:
        settings.read({}, config)
    assert "source" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "address"),
    [(":80", ("", 80)), ("127.0.0.1:8080", ("127.0.0.1", 8080)), ("[::1]:443", ("::1", 443))],
)
def test_listen_addresses(text: str, address: tuple):
    assert settings.listen_address(text) == address
