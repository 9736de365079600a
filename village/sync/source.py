"""Where a site's content comes from, as the operator wrote it: a folder, or something that git can clone.

Credentials written into a URL are taken out of it: they must reach neither the argument list (any user of the
host can read it) nor a log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from village.errors import SettingsError

SCHEMES = {"https", "http", "ssh", "git", "file", "git+ssh", "ssh+git"}
SCP = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!:|//)\S+")  # git@github.com:owner/repository.git
# up to the last @ before the path; where no port follows the first colon, a password with a slash in it
CREDENTIALS = re.compile(r"(?<=://)(?:[^/\s]*@(?!/)|(?!\[)[^/@:\s]*:(?!\d*(?:/|$|\s|['\"]))\S*@)")


@dataclass(frozen=True, slots=True)
class Remote:
    """A git remote: ``url`` without credentials, and what to answer when the remote asks for them."""

    url: str
    user: str = ""
    password: str = ""
    local: bool = False

    @property
    def host(self) -> str:
        """``https://host:port`` for which the credentials are meant; empty for ssh and local remotes."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.scheme in {"http", "https"} else ""


def is_git(source: str) -> bool:
    """True for what is to be cloned, False for a site folder (watched in place, also when it is a git work
    tree).

    Raises SettingsError for a source that is neither.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        return (path / "HEAD").is_file() and (path / "objects").is_dir()
    if hint := objection(source):
        raise wrong(source, "is not what git can clone", hint)
    if urlsplit(source).scheme in SCHEMES:
        return True
    if is_scp(source) or (path.suffix == ".git" and path.is_absolute()):  # a bare repository may be away for a while
        return True
    hint = "give the path of a site folder, or a URL like https://example.com/site.git"
    raise wrong(source, "is neither a folder nor anything that git can clone", hint)


def wrong(source: str, what: str, hint: str) -> SettingsError:
    return SettingsError("source", "settings", f"{shown(source)!r} {what}", hint=hint)


def objection(source: str) -> str:
    """What to do about a URL that cannot be meant as it stands; "" for any other."""
    place, _, branch = source.partition("#")
    remote = place.partition("://")[0] in SCHEMES - {"file"}
    if remote and not names_a_host(place):  # of a password with a slash, half is taken for the host
        return "write the / # ? @ of a password as %2F %23 %3F %40, or set VILLAGE_GIT_TOKEN instead"
    if branch and (remote or is_scp(place) or place.endswith(".git") or Path(place).is_dir()):
        return f"leave #{branch} away and set VILLAGE_BRANCH={branch.partition(':')[0]}"
    return ""


def names_a_host(url: str) -> bool:
    """Whether a URL has a host, and a port that is one if any."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def shown(source: str) -> str:
    """``source`` as a person may see it: without credentials."""
    return CREDENTIALS.sub("", source)


def remote_of(source: str, token: str = "") -> Remote:
    """``source`` as a remote. ``token`` is the password of an https remote, where the URL brings none.

    The user name that goes with a token matters to no forge but Bitbucket ("x-token-auth") and GitHub
    ("x-access-token").
    """
    parts = urlsplit(source)
    if parts.scheme in {"http", "https"}:
        account, _, host = parts.netloc.rpartition("@")
        user, _, password = account.partition(":")
        if user and not password and not token:  # https://TOKEN@host, as GitHub's own examples write it
            user, password = "", user
        default = "x-token-auth" if host.endswith("bitbucket.org") else "x-access-token"
        secret = unquote(password) or token
        return Remote(parts._replace(netloc=host).geturl(), unquote(user) or (default if secret else ""), secret)
    if parts.scheme == "file":
        return Remote(source, local=True)
    if parts.scheme in SCHEMES:
        account, at, host = parts.netloc.rpartition("@")
        return Remote(parts._replace(netloc=account.partition(":")[0] + at + host).geturl())
    if "://" in source or "::" in source or is_scp(source):
        return Remote(source)
    return Remote("file://" + quote(str(Path(source).expanduser().absolute())), local=True)


def is_scp(source: str) -> bool:
    """``user@host:path``, as ssh and git write it; a file of that name is meant before."""
    plain = "://" not in source and not source.startswith(("/", ".", "~", "-"))
    return plain and SCP.fullmatch(source) is not None and not Path(source).exists()
