"""What git complains of, as an error that says whose move it is and what to do. Pure: text in, error out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import NamedTuple

from village.errors import ContentError, GitFailed
from village.sync.source import shown

LONGEST = 600  # characters of git's own words that are told


class Meaning(NamedTuple):
    """What a complaint that matches ``pattern`` (case does not matter) means, and whose move it is."""

    pattern: str
    meaning: str
    hint: str
    whose: str = "world"
    kind: str = ""


MEANINGS = (
    Meaning(
        r"no space left|out of diskspace|disk quota|quota exceeded",
        "no space left for the checkout",
        "free space on the data volume; the last release stays on show",
        kind="full",
    ),
    Meaning(
        r"unable to write (file|new index)",
        "the checkout cannot be written; most often the disk is full",
        "free space on the data volume, and let village's user write there; the last release stays on show",
        kind="full",
    ),
    Meaning(
        r"mismatched algorithms",
        "the repository names its objects by another hash than before",
        "it is fetched anew by itself",
    ),
    Meaning(
        r"could not resolve host|name or service not known|temporary failure in name resolution",
        "the host of the repository is not found",
        "check the source's host name and this machine's DNS",
    ),
    Meaning(
        r"host key verification failed|remote host identification has changed",
        "the host's SSH key is not the known one",
        "put the host's current key in the known_hosts file (VILLAGE_GIT_KNOWN_HOSTS)",
        "operator",
    ),
    Meaning(
        r"load key ",
        "the SSH key is none that ssh can use here",
        "check the file of VILLAGE_GIT_KEY: a whole private key, without a passphrase",
        "operator",
    ),
    Meaning(
        r"authentication failed|could not read (username|password)|terminal prompts disabled"
        r"|permission denied,? (\(|please)|permission to .* denied|invalid username or|error: 40[13]"
        r"|http basic: access denied|invalid credentials",
        "the repository refuses these credentials",
        "set VILLAGE_GIT_TOKEN for https, VILLAGE_GIT_KEY for ssh, with the right to read",
        "operator",
    ),
    Meaning(
        r"permission denied|read-only file system|operation not permitted",
        "a file of the repository or of its checkout is closed to village",
        "let village's user read the repository, and write below VILLAGE_DATA",
        "operator",
    ),
    Meaning(
        r"couldn't find remote ref|remote branch .* not found",
        "the branch is not in the repository",
        "set VILLAGE_BRANCH to a branch that exists",
        "operator",
    ),
    Meaning(
        r"repository .*not found|not appear to be a git repository|error: 404|does not exist|no such repository"
        r"|no such file or directory|not exported",
        "the repository is not there",
        "check the source; a private repository needs credentials",
        "operator",
    ),
    Meaning(
        r"connection refused|failed to connect|timed out|connection reset|could not connect|early eof"
        r"|hung up|broken pipe|network is unreachable|no route to host|error: (429|5\d\d)|\b(ssl|gnutls|tls)"
        r"|operation too slow|empty reply|connection closed|transfer closed|unexpected disconnect",
        "the repository cannot be reached",
        "it is tried again by itself",
    ),
)
OF_SUBMODULES = (
    Meaning(
        r"no url found for submodule|invalid value for 'submodule|transport '[^']*' not allowed|suspicious submodule",
        ".gitmodules names no place from where it can be fetched",
        "give it an https or ssh URL in .gitmodules, or remove it (git rm)",
        "author",
    ),
    Meaning(
        r"did not contain|not our ref|unadvertised object",
        "its repository does not have the commit that is asked for",
        "push that commit in the submodule's repository too",
        "author",
    ),
    Meaning(
        r"repository .*not found|not appear to be a git repository|error: 404|repository .*does not exist",
        "its repository is not there",
        "check its URL in .gitmodules; a private one needs credentials",
        "author",
    ),
)
# What a long command reports on its way; none of it is a complaint.
PROGRESS = re.compile(r"(remote: )?([A-Z][\w ]+: +\d+%|(Enumerating|Counting|Compressing) objects:|Total \d+ )")
MERE_NEWS = re.compile(r"From |Cloning into |Submodule |[*+=-] |[0-9a-f]+\.\.")
# A name that no file system or no git takes: (what git says, what the author reads)
IMPOSSIBLE_NAMES = (
    (r"invalid path '(.*)'", "git refuses a file of this name", "rename it: .git and its look-alikes are git's own"),
    (
        r"(?:unable to create file|cannot create directory at) '?(.*?)'?: File name too long",
        "this name is too long for a file",
        "rename it: a name may have 255 bytes, in most alphabets 127 letters or fewer",
    ),
)


def explained(command: str, complaint: str, redact: tuple[str, ...] = (), code: int = 0) -> GitFailed:
    """git's complaint as a typed error."""
    said = "; ".join(lines(complaint))
    for secret in redact:
        said = said.replace(secret, "•••") if secret else said
    said = shown(said)
    words = shortened(said) or "no reason given"
    whose = "a submodule: " if command == "submodule" else ""
    for row in (*OF_SUBMODULES, *MEANINGS) if whose else MEANINGS:
        if re.search(row.pattern, said, re.IGNORECASE):
            message = f"{whose}{row.meaning} (git {command}: {words})"
            return GitFailed(message, hint=row.hint, whose=row.whose, kind=row.kind, said=said, code=code)
    return GitFailed(f"git {command} failed: {words}", said=said, code=code)


def lines(complaint: str) -> list[str]:
    """The lines that complain; progress and news are left out where anything else was said."""
    told = [line.strip() for line in re.split(r"[\r\n]+", complaint) if line.strip()]
    told = [line for line in told if not PROGRESS.match(line)]
    return [line for line in told if not MERE_NEWS.match(line)] or told


def shortened(said: str) -> str:
    """The beginning and the end: what was tried, and why it failed."""
    return said if len(said) <= LONGEST else f"{said[: LONGEST // 2]} … {said[-LONGEST // 2 :]}"


def impossible_name(failure: GitFailed) -> ContentError | None:
    """The author's error, where a commit cannot be written because of the name of one of its files."""
    for pattern, meaning, hint in IMPOSSIBLE_NAMES:
        if found := re.search(pattern, failure.said):
            return ContentError(meaning, file=found[1], hint=hint)
    return None


BRANCHES_TOLD = 8


def nothing_there(branch: str, heads: Sequence[str] = (), tags: Sequence[str] = ()) -> GitFailed:
    """The remote answered, and has not what we publish; what it has instead."""
    near = difflib.get_close_matches(branch, heads, n=1) if branch else []
    first = (*near, *(name for name in heads if name not in near))
    listed = ", ".join(first[:BRANCHES_TOLD]) + (", …" if len(first) > BRANCHES_TOLD else "")
    if not branch:
        hint = f"push to it, or set VILLAGE_BRANCH to one that has: {listed}" if listed else "push a first commit"
        whose = "operator" if listed else "author"
        return GitFailed("the repository has no commit on its default branch yet", hint=hint, whose=whose)
    if branch in tags:
        hint = "branches are published: make one of the tag" + (f", or publish one of {listed}" if listed else "")
        return GitFailed(f"{branch!r} is a tag of the repository, and no branch", hint=hint, whose="operator")
    hint = f"set VILLAGE_BRANCH to one that is: {listed}" if listed else "the repository has no branch yet"
    return GitFailed(f"the branch {branch!r} is not in the repository", hint=hint, whose="operator")
