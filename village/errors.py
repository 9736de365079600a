"""Every error village raises, drawn as a tree; the class says whose move it is.

Exit codes, HTTP statuses, log levels and the status page's colours derive from the class: ``Consequence`` is
the one table.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from an error of a class: process exit code, HTTP status, log level, status page colour."""

    exit_code: int
    http_status: int
    log_level: int
    colour: str


class VillageError(Exception):
    """Says whose move it is (``whose``), whether trying again can help (``retry``), and how to mend it (``hint``)."""

    whose = "village"
    retry = False
    consequence = Consequence(exit_code=2, http_status=500, log_level=logging.ERROR, colour="red")

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def describe(self) -> str:
        """The error as a person reads it: what, then what to do."""
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message

    def __str__(self) -> str:
        return self.message


class OperatorError(VillageError):
    """The operator's move; shown in full to the operator only."""

    whose = "operator"


class SettingsError(OperatorError):
    """A setting that cannot stand: which key, from which source, and what was expected."""

    def __init__(self, key: str, source: str, expected: str, *, hint: str = "") -> None:
        super().__init__(f"{key} (from {source}): {expected}", hint=hint)
        self.key = key
        self.source = source


class PortTaken(OperatorError):
    """Another program holds a listen address."""


class AuthorError(VillageError):
    """The author's move: always ``file:line`` and a hint; the last good release stays up."""

    whose = "author"
    consequence = Consequence(exit_code=1, http_status=500, log_level=logging.WARNING, colour="amber")

    def __init__(
        self,
        message: str,
        *,
        file: str = "",
        line: int = 0,
        column: int = 0,
        hint: str = "",
        excerpt: str = "",
        chain: Sequence[str] = (),
        also: Sequence[str] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line
        self.column = column
        self.excerpt = excerpt
        self.chain = tuple(chain)  # who included whom, outermost first
        self.also = tuple(also)  # other places where the same is so

    @property
    def where(self) -> str:
        """``file:line:column`` with the parts that are known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    def describe(self) -> str:
        lines = [f"{self.where}: {self.message}" if self.where else self.message]
        lines += [f"  in {link}" for link in self.chain]
        lines += [f"  | {row}" for row in self.excerpt.splitlines()]
        lines += [f"  also in {few(self.also)}"] if self.also else []
        lines += [f"  hint: {self.hint}"] if self.hint else []
        return "\n".join(lines)


def gathered(errors: Sequence[AuthorError]) -> AuthorError:
    """The first of errors that say the same, with the places of the others."""
    first, *others = errors
    if not others:
        return first
    whole = copy(first)
    whole.also = (*first.also, *(each.where for each in others if each.where))
    return whole


def few(places: Sequence[str], most: int = 8) -> str:
    """The first places, and how many more there are."""
    more = len(places) - most
    return ", ".join(places[:most]) + (f" and {more} more" if more > 0 else "")


class FrontMatterError(AuthorError):
    """Front matter that does not parse, or a field that cannot hold its value."""


class SiteConfigError(AuthorError):
    """The site's own configuration does not parse or contradicts itself."""


class ContentError(AuthorError):
    """Content that cannot be rendered: a shortcode, a reference, a forbidden link, a data file."""


class TemplateError(AuthorError):
    """A template that does not parse, reads an undefined name, or goes beyond its limits."""


class UrlTaken(AuthorError):
    """Two files want one URL; names both."""


class BrokenLink(AuthorError):
    """An internal link or anchor that leads nowhere."""


class Untidy(AuthorError):
    """What no visitor stumbles over but its author may want to know: a heavy image, one that no page shows."""


class BuildFailed(AuthorError):
    """All the author errors of one build, not only the first one."""

    def __init__(self, errors: Sequence[AuthorError]) -> None:
        # a setting is read once for each language and kind of page: one mistake there is one, not six
        errors = tuple({(error.file, error.line, error.message): error for error in reversed(errors)}.values())[::-1]
        count = len(errors)
        super().__init__(f"{count} error{'s' if count != 1 else ''} in this build")
        self.errors = errors

    def describe(self) -> str:
        return "\n".join([*(error.describe() for error in self.causes()), self.message])

    def causes(self) -> list[AuthorError]:
        """The errors with those together that say the same: a shortcode without a template is one thing to mend,
        however many pages call it."""
        alike: dict[tuple[type[AuthorError], str, str], list[AuthorError]] = {}
        for error in self.errors:
            alike.setdefault((type(error), error.message, error.hint), []).append(error)
        return [gathered(errors) for errors in alike.values()]


class WorldError(VillageError):
    """Nobody's move: the network, the CA, the disk. Retried by a written table unless it says otherwise."""

    whose = "world"
    retry = True
    consequence = Consequence(exit_code=3, http_status=503, log_level=logging.WARNING, colour="amber")


class AcmeProblem(WorldError):
    """The CA's own words: ``kind`` (RFC 8555 §6.7 error type without its urn), detail, ``retry_after`` in seconds.

    ``names`` are the identifiers that the CA blames (subproblems, failed authorizations); empty when it blames none.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        status: int = 0,
        retry_after: float | None = None,
        names: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        super().__init__(f"the CA answered {kind}: {detail}", hint=hint)
        self.kind = kind
        self.detail = detail
        self.status = status
        self.retry_after = retry_after
        self.names = tuple(names)


class ChallengeFailed(AcmeProblem):
    """The CA could not validate a name over HTTP-01."""


class GitFailed(WorldError):
    """A git command failed; its message never carries the credentials of the URL.

    Tried again whoever's move it is: nobody tells us when a branch was pushed or a permission granted. ``kind`` is
    what the caller can act on ("slow", "full", "author", …; "" = nothing that we know), ``said`` git's own words.
    """

    def __init__(
        self, message: str, *, hint: str = "", whose: str = "world", kind: str = "", said: str = "", code: int = 0
    ) -> None:
        super().__init__(message, hint=hint)
        self.whose = whose
        self.kind = kind
        self.said = said
        self.code = code


class SiblingSilent(WorldError):
    """Another replica did not answer."""


class DiskFull(WorldError):
    """The release could not be written; the last good one stays on show."""


class StorageError(WorldError):
    """The storage shared by replicas failed."""


class KeyMissing(StorageError):
    """No value under that key."""

    retry = False


class LeaseLost(StorageError):
    """The lock is no longer ours: another replica may be at work, so stop."""

    retry = False


class HookRefused(VillageError):
    """A push hook that is not answered with work: a status, a code, never the expected signature."""

    whose = "sender"
    consequence = Consequence(exit_code=3, http_status=403, log_level=logging.WARNING, colour="amber")

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ReleaseBroken(VillageError):
    """A blob is missing or its hash is wrong: never shown, never made current."""

    consequence = Consequence(exit_code=3, http_status=503, log_level=logging.ERROR, colour="red")
