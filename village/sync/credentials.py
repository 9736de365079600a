"""A password for git in a file without a name: in no argument list, no environment, no folder.

Both of a process' argument list and environment can be read in /proc and end up in crash reports; a file that
exists in memory only is seen by who inherits its descriptor, which are git and the programs that git starts.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator

from village.files import write_all
from village.sync.source import Remote


class Credentials:
    """What a remote's host is told when it asks; nothing where the source brings no password."""

    def __init__(self, remote: Remote) -> None:
        self.host = remote.host if remote.password else ""
        if self.host:
            self._descriptor = anonymous()
            weakref.finalize(self, os.close, self._descriptor)
            write_all(self._descriptor, f"username={remote.user}\npassword={remote.password}\n".encode())

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What git has to inherit."""
        return (self._descriptor,) if self.host else ()

    def configuration(self) -> Iterator[tuple[str, str]]:
        """git asks this helper for the credentials of that host, and for no other."""
        if self.host:
            answer = f'!f() {{ test "$1" = get && cat /proc/self/fd/{self._descriptor}; }}; f'
            yield f"credential.{self.host}.helper", answer


def anonymous() -> int:
    """The descriptor of a file that has no name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("git-credentials", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
