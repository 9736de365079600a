"""What the operator's ``source`` means."""

from __future__ import annotations

import pytest

from village.errors import SettingsError
from village.sync.source import is_git, remote_of, shown


def test_folders_are_watched_and_everything_that_git_clones_is_cloned(tmp_path, forge):
    (tmp_path / "site").mkdir()
    assert not is_git(str(tmp_path / "site"))
    assert not is_git(str(forge.work)), "a work tree is edited in place"
    assert is_git(str(forge.bare))
    for source in (
        "https://example.com/site.git",
        "ssh://git@example.com:2222/site.git",
        "git://example.com/site",
        "git@example.com:ada/site.git",
        "example.com:site",
        "/away/for/a/while.git",
        f"file://{forge.work}",
    ):
        assert is_git(source)
    for source in (str(tmp_path / "nosuch"), "nosuch", "-oProxyCommand=x:y", "ext::sh -c x", "ftp://example.com/x"):
        with pytest.raises(SettingsError, match="source"):
            is_git(source)


def test_credentials_are_taken_out_of_urls():
    remote = remote_of("https://ada:p%40ss@example.com:8443/x.git?y=1")
    assert (remote.url, remote.user, remote.password) == ("https://example.com:8443/x.git?y=1", "ada", "p@ss")
    assert remote.host == "https://example.com:8443"
    remote = remote_of("https://ghp_token@github.com/ada/x.git")
    assert (remote.url, remote.user, remote.password) == ("https://github.com/ada/x.git", "x-access-token", "ghp_token")
    assert remote_of("https://bitbucket.org/a/x.git", "t").user == "x-token-auth"
    assert remote_of("https://ada@example.com/x.git", "t").user == "ada"
    assert remote_of("https://example.com/x.git") == remote_of("https://example.com/x.git", "")
    assert remote_of("ssh://git:pass@example.com/x.git").url == "ssh://git@example.com/x.git"
    assert remote_of("git@example.com:x.git").url == "git@example.com:x.git"


def test_local_repositories_are_urls(tmp_path, forge, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert remote_of("forge/site.git").url == f"file://{forge.bare}"
    assert remote_of("forge/site.git").local
    assert not remote_of("https://example.com/x").local


def test_a_branch_in_the_source_is_said_to_be_a_setting(forge):
    for source in ("https://example.com/x.git#dev", "git@example.com:x.git#dev", f"{forge.bare}#dev:docs"):
        with pytest.raises(SettingsError) as caught:
            is_git(source)
        assert "VILLAGE_BRANCH=dev" in caught.value.hint


@pytest.mark.parametrize("password", ["pa/ss", "pa#ss", "pa?ss", "p@ss", "p@/:ss", "a:b/c"])
def test_a_password_that_is_not_quoted_is_neither_used_by_halves_nor_shown(password):
    source = f"https://ada:{password}@example.com/x.git"
    assert shown(source) == "https://example.com/x.git"
    assert shown(f"fatal: unable to access '{source}': no") == "fatal: unable to access 'https://example.com/x.git': no"
    if password == "p@ss":
        assert remote_of(source).url == "https://example.com/x.git"
        return
    with pytest.raises(SettingsError) as caught:
        is_git(source)
    assert "ss" not in caught.value.message.replace("source", "")
    assert "%2F" in caught.value.hint


def test_what_is_no_password_is_shown():
    for source in ("https://example.com:8443/a@b.git", "https://[::1]:80/a@b", "https://example.com", "/srv/a@b.git"):
        assert shown(source) == source


def test_a_wrong_source_with_a_password_does_not_tell_it():
    with pytest.raises(SettingsError) as caught:
        is_git("ftp://ada:secret@example.com/x")
    assert "secret" not in caught.value.describe()
