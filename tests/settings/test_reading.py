"""settings: two sources, one meaning; every mistake names its key, its source and the fix."""

from pathlib import Path

import pytest

from village.errors import SettingsError
from village.settings import model, reading


def test_the_environment_alone_describes_one_site():
    got = reading.read({"VILLAGE_SOURCE": "https://forge/x.git", "VILLAGE_DOMAINS": "a.example, b.example"})
    (site,) = got.sites
    assert site.source == "https://forge/x.git"
    assert site.domains == ("a.example", "b.example")


def test_the_environment_lies_over_the_file(tmp_path: Path):
    config = tmp_path / "village.toml"
    config.write_text('source = "one"\npoll = 60\ntls = "internal"\nhttp = ["127.0.0.1:8080"]\n')
    got = reading.read({"VILLAGE_SOURCE": "two", "PATH": "/bin"}, config)
    assert (got.sites[0].source, got.sites[0].poll, got.tls.mode) == ("two", 60.0, "internal")
    assert got.http == ("127.0.0.1:8080",)


def test_several_sites_in_one_file(tmp_path: Path):
    config = tmp_path / "village.toml"
    config.write_text('[[site]]\nname = "a"\ndomains = ["a.example"]\n[[site]]\nname = "b"\ndomains = ["b.example"]\n')
    assert [site.name for site in reading.read({}, config).sites] == ["a", "b"]
    with pytest.raises(SettingsError, match="ambiguous"):
        reading.read({"VILLAGE_SOURCE": "x"}, config)


def test_a_secret_comes_from_a_file(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    got = reading.read({"VILLAGE_HOOK_SECRET_FILE": str(secret)})
    assert got.sites[0].hook_secret == ("s3cret",)
    assert "s3cret" in model.secrets(got)


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
        ({"VILLAGE_PROXY_PROTOCOL": "10.0.0.1/8"}, "proxy_protocol", "did you mean 10.0.0.0/8"),
        ({"VILLAGE_HTTP": "8080"}, "http, https", "did you mean :8080?"),
        ({"VILLAGE_STORAGE": "s3://x"}, "storage", "redis://"),
        ({"VILLAGE_STORAGE": "/shared"}, "storage", "did you mean folder:///shared?"),
        ({"VILLAGE_STORAGE": "folder://shared"}, "storage", "three slashes: folder:///shared"),
        ({"VILLAGE_STORAGE": "folder://"}, "storage", "no absolute path"),
        ({"VILLAGE_DOMAINS": "https://example.com/blog/"}, "domains", "path: example.com"),
        ({"VILLAGE_DOMAINS": "example.com:443"}, "domains", "path: example.com"),
        ({"VILLAGE_DOMAINS": "a.example b.example"}, "domains", "separated by commas"),
        ({"VILLAGE_ACME_DIRECTORY": "letsencrypt"}, "acme_directory", "https://acme-v02.api.letsencrypt.org/directory"),
        ({"VILLAGE_DOMAINS": "a..example"}, "domains", "no host name"),
        ({"VILLAGE_DOMAINS": f"{'a' * 64}.example"}, "domains", "no host name"),
        ({"VILLAGE_DOMAINS": "a.example,A.example."}, "domains", "a.example stands twice"),
        ({"VILLAGE_HTTP": "[::1"}, "http, https", "host:port"),
        ({"VILLAGE_HTTP": ":8080", "VILLAGE_HTTPS": ":8080"}, "http, https", ":8080 stands twice"),
        ({"VILLAGE_HTTP": "", "VILLAGE_HTTPS": ""}, "http, https", "no listen address"),
        ({"VILLAGE_PEERS": "tasks village"}, "peers", "tasks.village"),
        ({"VILLAGE_PEERS": "one:port"}, "peers", "host:port"),
        ({"VILLAGE_PEERS": "one:80,"}, "peers", "host:port"),
        ({"VILLAGE_ACME_EMAIL": "mailto:a@example.com"}, "acme_email", "webmaster@"),
        ({"VILLAGE_ACME_EAB_KID": "kid"}, "acme_eab", "belong together"),
        ({"VILLAGE_ACME_EAB_KID": "kid", "VILLAGE_ACME_EAB_HMAC": "a+b"}, "acme_eab", "base64url"),
        ({"VILLAGE_POLL": "1", "VILLAGE_POLL_FILE": "/x"}, "VILLAGE_POLL", "set twice"),
        ({"VILLAGE_NAME": "../x"}, "name", "letters, digits"),
        ({"VILLAGE_DRAFTS": "maybe"}, "site.drafts", "true or false"),
        ({"VILLAGE_ADMIN_TOKEN_FILE": "/nowhere/at/all"}, "VILLAGE_ADMIN_TOKEN_FILE", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(environment: dict, key: str, words: str):
    with pytest.raises(SettingsError) as caught:
        reading.read(environment)
    assert caught.value.key == key
    assert words in caught.value.describe()


def test_the_same_domain_in_two_sites_is_refused(tmp_path: Path):
    config = tmp_path / "village.toml"
    config.write_text('[[site]]\nname="a"\ndomains=["x.example"]\n[[site]]\nname="b"\ndomains=["x.example"]\n')
    with pytest.raises(SettingsError, match=r"x\.example"):
        reading.read({}, config)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("domains = [1, 2]", "site.domains"),
        ('domains = [["a.example"]]', "site.domains"),
        ("http = [80]", "http"),
        ('[[site]]\nname="a"\n[[site]]\nname="b"', "domains"),  # the second would never be seen
    ],
)
def test_a_wrong_array_or_table_is_named(tmp_path: Path, text: str, key: str):
    config = tmp_path / "village.toml"
    config.write_text(text)
    with pytest.raises(SettingsError) as caught:
        reading.read({}, config)
    assert caught.value.key == key


def test_what_kubernetes_says_of_a_service_named_village_is_no_setting():
    links = {
        "VILLAGE_SERVICE_HOST": "10.0.0.1",
        "VILLAGE_SERVICE_PORT": "80",
        "VILLAGE_SERVICE_PORT_HTTP": "80",
        "VILLAGE_PORT": "tcp://10.0.0.1:80",
        "VILLAGE_PORT_80_TCP": "tcp://10.0.0.1:80",
        "VILLAGE_PORT_80_TCP_ADDR": "10.0.0.1",
        "VILLAGE_REDIS_SERVICE_HOST": "10.0.0.2",
        "VILLAGE_HTTPS_PORT": "tcp://10.0.0.3:443",  # of a service named village-https
    }
    assert reading.read({"VILLAGE_SOURCE": "x", **links}) == reading.read({"VILLAGE_SOURCE": "x"})
    with pytest.raises(SettingsError):
        reading.read({"VILLAGE_HTTP_PORT": "8080"})


@pytest.mark.parametrize("peers", ["tasks.village", "one:80,two:81", "[::1]:80", "10.0.0.1:80, 10.0.0.2:80", "::1", ""])
def test_peers(peers: str):
    assert reading.read({"VILLAGE_PEERS": peers}).peers == peers


def test_an_unknown_name_in_a_table_suggests_the_nearest(tmp_path: Path):
    config = tmp_path / "village.toml"
    config.write_text('[[site]]\nsorce = "x"\n')
    with pytest.raises(SettingsError) as caught:
        reading.read({}, config)
    assert "source" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "address"),
    [(":80", ("", 80)), ("127.0.0.1:8080", ("127.0.0.1", 8080)), ("[::1]:443", ("::1", 443))],
)
def test_listen_addresses(text: str, address: tuple):
    assert model.listen_address(text) == address


@pytest.mark.parametrize(
    "domains", ["example.com,www.example.com", "bücher.example", "192.0.2.7", "::1", "*.a.example"]
)
def test_names_of_every_kind_may_be_domains(domains: str):
    assert reading.read({"VILLAGE_DOMAINS": domains}).sites[0].domains == tuple(domains.split(","))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("site = 3\n", "double brackets"),
        ("[site]\nsource = 'x'\n", "double brackets"),
        ("[[site]]\nname = 'a'\n[[site]]\nname = 'a'\n", "the same name"),
        ("source = 7\n", "expected text"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused_in_words(tmp_path: Path, text: str, words: str):
    config = tmp_path / "village.toml"
    config.write_text(text)
    with pytest.raises(SettingsError) as caught:
        reading.read({}, config)
    assert words in caught.value.describe()
    assert str(config) in caught.value.describe()


def test_files_that_are_no_text_are_refused_in_words(tmp_path: Path):
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        reading.read({}, rubbish)
    with pytest.raises(SettingsError, match="UTF-8"):
        reading.read({"VILLAGE_ADMIN_TOKEN_FILE": str(rubbish)})
