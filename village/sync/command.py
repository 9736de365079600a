"""The ``git`` program, run so that neither a repository nor the machine's configuration can change what it does.

No configuration but ours, no hooks, no prompts, only known transports, a time limit, and the end of the whole process
group when the limit is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
import shlex
import shutil
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from village.errors import GitFailed, OperatorError
from village.files import write_whole
from village.sync import complaints
from village.sync.source import Remote

PASSED_ON = {
    *("PATH", "TMPDIR", "TZ", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
}
CONFIGURATION = {
    "core.hooksPath": "/dev/null",
    "core.symlinks": "false",  # a link to /etc/passwd becomes a small text file
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.logAllRefUpdates": "false",  # a log of HEAD would keep every commit that was ever shown
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
    "http.lowSpeedLimit": "1",  # a forge that prepares a large pack sends a byte a second, to say that it lives
    "http.lowSpeedTime": "60",
}
LOCAL = Path(__file__).with_name("local.gitconfig")
TRANSPORTS = "https:http:ssh:git"
LONGEST_COMPLAINT = 1 << 15  # bytes


def environment(
    remote: Remote,
    folder: Path,
    *,
    key: str = "",
    known_hosts: str = "",
    configuration: Iterable[tuple[str, str]] = (),
) -> dict[str, str]:
    """The whole environment of a git command for ``remote``; ``folder`` is its home, with nothing in it but
    ours.
    """
    variables = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    pairs = [*CONFIGURATION.items(), *(() if key else by_https(remote)), *configuration]
    for number, (name, value) in enumerate(pairs):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables | {
        "HOME": str(folder),
        "GIT_CEILING_DIRECTORIES": str(folder.parent),  # not a repository that village happens to run in
        "LC_ALL": "C",
        "GIT_CONFIG_COUNT": str(len(pairs)),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(LOCAL) if remote.local else "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": f"{TRANSPORTS}:file" if remote.local else TRANSPORTS,
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_SSH_COMMAND": ssh_command(folder, key, known_hosts),
    }


def by_https(remote: Remote) -> Iterator[tuple[str, str]]:
    """Submodules on the source's own host, named as ssh names them, come by https too: what opens one of a forge's
    repositories opens the others.
    """
    if remote.host.startswith("https:"):
        name = urlsplit(remote.host).hostname
        for spelled in (f"git@{name}:", f"ssh://git@{name}/"):
            yield f"url.{remote.host}/.insteadOf", spelled


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


@dataclass(frozen=True, slots=True)
class Git:
    """git with one environment. ``await git("fetch", …)`` is what it printed, or raises GitFailed with its own
    words, without credentials.

    ``limit``: seconds for the whole command; ``hush``: seconds without a sign of life, for a command that tells of its
    progress: what arrives slowly arrives, what hangs does not hold us up for long.
    """

    folder: Path
    variables: Mapping[str, str]
    limit: float
    redact: tuple[str, ...] = ()
    inherit: tuple[int, ...] = ()

    async def __call__(self, *arguments: str, limit: float = 0, hush: float = math.inf) -> bytes:
        limit = limit or self.limit
        process = await self._started(arguments)
        over = False
        try:
            output, complaint = await heard(process, limit, hush)
        except TimeoutError:
            over = True
            raise GitFailed(f"git {verb(arguments)} {too_slow(limit, hush)}", hint=SLOW, kind="slow") from None
        finally:
            await end(process, over=over)
        if process.returncode:
            said = complaint.decode("utf-8", "replace")
            raise complaints.explained(verb(arguments), said, self.redact, process.returncode)
        return output

    def within(self, folder: Path) -> Git:
        """The same in another folder."""
        return replace(self, folder=folder)

    async def _started(self, arguments: Sequence[str]) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                "git",
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self.folder,
                env=dict(self.variables),
                start_new_session=True,
                pass_fds=self.inherit,
            )
        except OSError as error:
            here = shutil.which("git", path=self.variables.get("PATH"))
            hint = "it is tried again by itself" if here else "install git"
            raise GitFailed(f"git cannot be started: {error.strerror}", hint=hint, whose="operator") from error


SLOW = "it is tried again by itself, with more time"


def too_slow(limit: float, hush: float) -> str:
    """What is told of a command that was ended."""
    return f"took longer than {limit:g} s" if limit <= hush else f"said nothing for {hush:g} s"


async def heard(process: asyncio.subprocess.Process, limit: float, hush: float) -> tuple[bytes, bytes]:
    """Standard output, and the end of what was said beside it. Raises TimeoutError."""
    assert process.stdout
    assert process.stderr
    clock = asyncio.get_running_loop().time
    last = clock() + limit
    async with asyncio.timeout_at(min(last, clock() + hush)) as patience:

        async def all_of(stream: asyncio.StreamReader, keep: int) -> bytes:
            kept = bytearray()
            while piece := await stream.read(1 << 16):
                kept += piece
                if keep:
                    del kept[:-keep]
                patience.reschedule(min(last, clock() + hush))
            return bytes(kept)

        output, complaint = await asyncio.gather(all_of(process.stdout, 0), all_of(process.stderr, LONGEST_COMPLAINT))
        await process.wait()
    return output, complaint


async def end(process: asyncio.subprocess.Process, *, over: bool = False) -> None:
    """Nothing of the command's process group lives on, git's own children included. ``over``: it was given up, so a
    child may live though git does not.
    """
    if process.returncode is None or over:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())


def verb(arguments: Sequence[str]) -> str:
    """The subcommand, without options and values."""
    plain = [word for word in arguments if word.isalpha() or re.fullmatch(r"[a-z]+(-[a-z]+)+", word)]
    return plain[0] if plain else ""


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
    if not data.strip():
        raise OperatorError(f"the SSH key {key} is empty", hint="check VILLAGE_GIT_KEY and its mount")
    copy = folder / "ssh_key"
    if not copy.exists() or copy.read_bytes() != data.rstrip() + b"\n":
        write_whole(copy, data.rstrip() + b"\n", mode=0o600)
    return str(copy)
