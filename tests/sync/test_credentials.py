"""A password is seen by the git that needs it, and by nobody who looks at the processes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from village.sync import command
from village.sync.credentials import Credentials
from village.sync.source import remote_of

PASSWORD = "p%40ss'$HOME`x`"
CHILD = "tr '\\0' '\\n' < /proc/$$/environ; tr '\\0' '\\n' < /proc/$$/cmdline; git credential fill"


def asked(credentials: Credentials, host: str, folder: Path, *, times: int = 1) -> str:
    """What git's own question for a host's credentials is answered, and all that a process of it shows in /proc."""
    variables = command.environment(
        remote_of("https://example.com/x"), folder, configuration=credentials.configuration()
    )
    answers = [
        subprocess.run(
            ["sh", "-c", CHILD],
            env=variables,
            pass_fds=credentials.descriptors,
            input=f"protocol=https\nhost={host}\n\n",
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        for _ in range(times)
    ]
    assert len(set(answers)) == 1
    return answers[0]


def test_git_is_told_as_often_as_it_asks_and_nothing_shows(tmp_path):
    credentials = Credentials(remote_of("https://example.com/x.git", PASSWORD))
    answer = asked(credentials, "example.com", tmp_path, times=3)
    before, _, after = answer.partition("protocol=https\n")
    assert f"password={PASSWORD}\n" in after
    assert "username=x-access-token\n" in after
    assert "GIT_CONFIG_COUNT" in before
    assert PASSWORD not in before
    assert not list(tmp_path.iterdir())


def test_no_other_host_is_told(tmp_path):
    credentials = Credentials(remote_of("https://ada:secret@example.com/x.git"))
    assert "secret" in asked(credentials, "example.com", tmp_path)
    for host in ("example.com.evil.org", "evil.org", "example.com:8443"):
        assert "secret" not in asked(credentials, host, tmp_path)


def test_without_a_password_there_is_nothing_to_tell(tmp_path):
    for source in ("https://example.com/x.git", "git@example.com:x.git", str(tmp_path)):
        credentials = Credentials(remote_of(source, "" if source.startswith("http") else "token"))
        assert credentials.descriptors == ()
        assert list(credentials.configuration()) == []


def test_the_descriptor_goes_with_its_owner():
    credentials = Credentials(remote_of("https://example.com/x.git", PASSWORD))
    (descriptor,) = credentials.descriptors
    assert os.fstat(descriptor)
    del credentials
    assert not os.path.exists(f"/proc/self/fd/{descriptor}") or "git-credentials" not in os.readlink(
        f"/proc/self/fd/{descriptor}"
    )
