"""The ``git`` program, run so that neither a repository nor the machine's configuration can change what it does.

No configuration but ours, no hooks, no prompts, only known transports, credentials in the environment alone, a time
limit, and the end of the whole process group when the limit is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import os
import re
import shlex
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from village.errors import GitFailed, OperatorError
from village.files import write_whole
from village.sync.source import Remote, shown

PASSED_ON = {
    *("PATH", "TMPDIR", "TZ", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
}
CONFIGURATION = {
    "core.hooksPath": "/dev/null",
    "core.symlinks": "false",  # a link to /etc/passwd becomes a small text file
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.quotePath": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "safe.directory": "*",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "advice.detachedHead": "false",
    "credential.helper": "",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
}
# git asks its helper for the credentials of one host; it prints them from the environment, so they are in no
# argument list.
HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$VILLAGE_GIT_USER" "$VILLAGE_GIT_PASSWORD"; }; f'
)
LOCAL = Path(__file__).with_name("local.gitconfig")
TRANSPORTS = "https:http:ssh:git"


def environment(remote: Remote, folder: Path, *, key: str = "", known_hosts: str = "") -> dict[str, str]:
    """The whole environment of a git command for ``remote``; ``folder`` is its home, with nothing in it but
    ours.
    """
    variables = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    configuration = dict(CONFIGURATION)
    if remote.password and remote.host:
        configuration[f"credential.{remote.host}.helper"] = HELPER
        variables |= {"VILLAGE_GIT_USER": remote.user, "VILLAGE_GIT_PASSWORD": remote.password}
    for number, (name, value) in enumerate(configuration.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables | {
        "HOME": str(folder),
        "GIT_CEILING_DIRECTORIES": str(folder.parent),  # not a repository that village happens to run in
        "LC_ALL": "C",
        "GIT_CONFIG_COUNT": str(len(configuration)),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(LOCAL) if remote.local else "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": f"{TRANSPORTS}:file" if remote.local else TRANSPORTS,
        "GIT_SSH_COMMAND": ssh_command(folder, key, known_hosts),
    }


def ssh_command(folder: Path, key: str, known_hosts: str) -> str:
    """ssh that never asks. Without a known_hosts file the host's key is learnt at the first contact and kept
    in ``folder``.
    """
    words = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15"]
    words += ["-o", f"StrictHostKeyChecking={'yes' if known_hosts else 'accept-new'}"]
    words += ["-o", f"UserKnownHostsFile={known_hosts or folder / 'known_hosts'}"]
    if key:
        words += ["-F", "/dev/null", "-o", "IdentitiesOnly=yes", "-i", key]
    return shlex.join(words)


async def run(
    arguments: list[str],
    variables: Mapping[str, str],
    *,
    folder: Path,
    limit: float,
    redact: tuple[str, ...] = (),
    inherit: tuple[int, ...] = (),
) -> bytes:
    """Standard output of ``git <arguments>`` run in ``folder``. Raises GitFailed with git's own words,
    without credentials.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=dict(variables),
            start_new_session=True,
            pass_fds=inherit,
        )
    except OSError as error:
        raise GitFailed(f"git cannot be started: {error.strerror}", hint="install git") from error
    try:
        async with asyncio.timeout(limit):
            output, complaint = await process.communicate()
    except TimeoutError:
        raise GitFailed(f"git {verb(arguments)} took longer than {limit:g} s") from None
    finally:
        await end(process)
    if process.returncode:
        raise explained(verb(arguments), complaint.decode("utf-8", "replace"), redact)
    return output


async def end(process: asyncio.subprocess.Process) -> None:
    """Nothing of the command's process group lives on, git's own children included."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())


def verb(arguments: list[str]) -> str:
    """The subcommand, without options and values."""
    plain = [word for word in arguments if word.isalpha() or re.fullmatch(r"[a-z]+(-[a-z]+)+", word)]
    return plain[0] if plain else ""


# (what git says, what it means, what to do): the first that matches; case does not matter
MEANINGS = (
    (
        r"could not resolve host|name or service not known|temporary failure in name resolution",
        "the host of the repository is not found",
        "check the source's host name and this machine's DNS",
    ),
    (
        r"host key verification failed|remote host identification has changed",
        "the host's SSH key is not the known one",
        "put the host's current key in the known_hosts file (VILLAGE_GIT_KNOWN_HOSTS)",
    ),
    (
        (
            r"authentication failed|could not read (username|password)|permission denied|terminal prompts disabled"
            r"|invalid username or|error: 40[13]|http basic: access denied|invalid credentials"
        ),
        "the repository refuses these credentials",
        "set VILLAGE_GIT_TOKEN for https, VILLAGE_GIT_KEY for ssh, with the right to read",
    ),
    (
        r"couldn't find remote ref|remote branch .* not found",
        "the branch is not in the repository",
        "set VILLAGE_BRANCH to a branch that exists",
    ),
    (
        r"repository .*not found|not appear to be a git repository|error: 404|does not exist|no such file or directory",
        "the repository is not there",
        "check the source; a private repository needs credentials",
    ),
    (
        (
            r"connection refused|failed to connect|timed out|connection reset|could not connect|early eof"
            r"|hung up|broken pipe|network is unreachable|no route to host|error: 5\d\d|\b(ssl|gnutls|tls)"
        ),
        "the repository cannot be reached",
        "it is tried again by itself",
    ),
    (r"no space left|disk quota", "no space left for the checkout", "free space on the data volume"),
)


def explained(command: str, complaint: str, redact: tuple[str, ...]) -> GitFailed:
    """git's complaint as a typed error."""
    words = "; ".join(line.strip() for line in complaint.splitlines() if line.strip())[:600] or "no reason given"
    for secret in redact:
        words = words.replace(secret, "•••") if secret else words
    words = shown(words)
    for pattern, meaning, hint in MEANINGS:
        if re.search(pattern, complaint, re.IGNORECASE):
            whose = "a submodule: " if command == "submodule" else ""
            return GitFailed(f"{whose}{meaning} (git {command}: {words})", hint=hint)
    return GitFailed(f"git {command} failed: {words}")


BRANCHES_TOLD = 8


def nothing_there(branch: str, there: Sequence[str] = ()) -> GitFailed:
    """The remote answered, and has not what we publish. ``there``: the branches that it has."""
    if branch:
        near = difflib.get_close_matches(branch, there, n=1)
        first = (*near, *(name for name in there if name not in near))
        listed = ", ".join(first[:BRANCHES_TOLD]) + (", …" if len(first) > BRANCHES_TOLD else "")
        return GitFailed(
            f"the branch {branch!r} is not in the repository",
            hint=f"set VILLAGE_BRANCH to one that is: {listed}" if listed else "the repository has no branch yet",
        )
    return GitFailed("the repository has no commit on its default branch yet", hint="push a first commit")


def private_copy(key: str, folder: Path) -> str:
    """A copy of the SSH key that ssh accepts: readable by us only, ended by a newline (mounted secrets often
    are neither).
    """
    try:
        data = Path(key).read_bytes()
    except OSError as error:
        raise OperatorError(
            f"the SSH key {key} cannot be read: {error.strerror}", hint="check VILLAGE_GIT_KEY and its mount"
        ) from error
    copy = folder / "ssh_key"
    if not copy.exists() or copy.read_bytes() != data.rstrip() + b"\n":
        write_whole(copy, data.rstrip() + b"\n", mode=0o600)
    return str(copy)
