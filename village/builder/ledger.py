"""What the nodes made becomes the entries of a release: claims settled, collisions told, shards written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from village.builder.claims import Claims, clash
from village.builder.incremental import Attempt, Memory
from village.builder.nodes import ALIAS, CONTENT, GUEST, PAGE, Key, Made
from village.errors import AuthorError, BuildFailed, UrlTaken
from village.release.manifest import Entry, Manifest, Rules
from village.release.store import Store
from village.site.model import Site

PAGER = re.compile(r"/1(/|\.html)?\Z")  # /page/1/, which only repeats a list
MANY = 2000  # entries that changed: from here on all shards are dealt anew


@dataclass(frozen=True, slots=True)
class Entered:
    """``remade``: outputs made again, files whose entry differs; ``removed``: paths that the release no longer has."""

    release: Manifest
    remade: list[str]
    removed: list[str]
    warnings: list[AuthorError]


def outputs(attempt: Attempt) -> Iterator[str]:
    """The path of each output that was made; what it published or redirects besides counts only where it differs."""
    keys = attempt.memory.register.keys
    for number, made in attempt.made.items():
        if made.entries and keys[number].kind != CONTENT and made.entries[0][2].blob:
            yield made.entries[0][0]


class Ledger:
    """The claims of all nodes, and the release they came to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.claims = Claims()
        self.release: Manifest | None = None
        self.stocked = Made()

    def restore(self, memory: Memory, stocked: Made, release: Manifest) -> None:
        """The claims of the last good build, from what its nodes made."""
        for number, made in memory.made.items():
            self.claims.replace(str(memory.register.keys[number]), None, made)
        self.claims.replace("static", None, stocked)
        self.stocked, self.release = stocked, release

    def enter(self, attempt: Attempt, memory: Memory, stocked: Made, rules: Rules, site: Site) -> Entered:
        """The release of an attempt. Whatever it raises, the claims are as before."""
        undo: list[tuple[str, Made | None, Made | None]] = []
        touched: set[str] = set()
        for owner, old, new in exchanges(attempt, memory, self.stocked, stocked):
            undo.append((owner, old, new))
            touched |= self.claims.replace(owner, old, new)
        errors, warnings = self.collisions(touched, site)
        if errors:
            self.take_back(undo)
            raise BuildFailed(errors)
        before = self.release.entries if self.release else {}
        changed = {path: entry for path in touched if before.get(path) != (entry := self.claims.winner(path))}
        try:
            release = self.release = self.write(touched, rules)
        except BaseException:  # a full disk: what was claimed in vain would stand in the next attempt's way
            self.take_back(undo)
            raise
        self.stocked = stocked
        remade = {path for path, entry in changed.items() if entry is not None and entry.blob} | set(outputs(attempt))
        removed = [path for path, entry in changed.items() if entry is None]
        return Entered(release, sorted(remade), sorted(removed), warnings)

    def take_back(self, exchanged: list[tuple[str, Made | None, Made | None]]) -> None:
        """The claims as before."""
        for owner, old, new in reversed(exchanged):
            self.claims.replace(owner, new, old)

    def write(self, touched: set[str], rules: Rules) -> Manifest:
        """Shards on disk; the cost is that of what changed."""
        if self.release is None or len(touched) > MANY:
            return self.store.write(self.claims.entries(), rules, self.release)
        changed: dict[str, Entry | None] = {}
        for path in touched:
            entry = self.claims.winner(path)
            if self.release.entries.get(path) != entry:
                changed[path] = entry
        return (
            self.store.patch(self.release, changed, rules) if changed or rules != self.release.rules else self.release
        )

    def collisions(self, touched: set[str], site: Site) -> tuple[list[AuthorError], list[AuthorError]]:
        """(errors, warnings): two pages with one URL; a static file or an alias that a page hides."""
        errors: list[AuthorError] = []
        warnings: list[AuthorError] = []
        for path, held in self.claims.contested(touched):
            if held[0][2] == held[1][2] and held[1][0] != PAGE:
                continue
            one, other = (owner_of(claim[1], path, site) for claim in held[:2])
            if held[1][0] == GUEST and (one[0] == other[0] or not other[1]):
                continue  # the same file, or a list that nobody wrote, in two languages: told once, of the folder
            if clash(held) and one[1] and other[1]:
                hint = "give one of them another slug or url"
                errors.append(UrlTaken(f"{one[0]} and {other[0]} both want {path}", file=one[0], line=1, hint=hint))
            elif held[1][0] == ALIAS and one[0] != other[0] and not PAGER.search(path):
                words = f"the alias {path} of {other[0]} is the address of {one[0]}: nothing redirects from there"
                hint = "remove the alias, or give the page that stands there another address"
                warnings.append(UrlTaken(words, file=other[0], line=1 if other[1] else 0, hint=hint))
            elif held[1][0] != ALIAS or clash(held):
                warnings.append(
                    UrlTaken(f"{path} is made by {one[0]} and by {other[0]}; the first is shown", file=one[0])
                )
        return errors, warnings


def exchanges(
    attempt: Attempt, memory: Memory, old_stock: Made, new_stock: Made
) -> list[tuple[str, Made | None, Made | None]]:
    """(owner, what it wanted, what it wants now)."""
    register = memory.register
    found: list[tuple[str, Made | None, Made | None]] = []
    for number, made in attempt.made.items():
        found.append((str(register.keys[number]), memory.made.get(number), made))
    for number in attempt.removed:
        found.append((str(register.keys[number]), memory.made.get(number), None))
    for identity in attempt.contents:
        number = register.number(Key(CONTENT, identity))
        if number not in attempt.made and number in memory.made:
            found.append((str(register.keys[number]), memory.made[number], None))
    found.append(("static", old_stock, new_stock))
    return found


def owner_of(owner: str, path: str, site: Site) -> tuple[str, bool]:
    """(file as authors know it, whether it is a file of content)."""
    kind, _, rest = owner.partition(" ")
    if kind in ("output", "content"):
        page = site.pages.get(rest.partition(" ")[0])
        if page and page.source:
            return f"content/{page.source.path}", True
        return (f"the {page.kind} {page.path}" if page else owner), False
    return (f"static{path}" if owner == "static" else owner), False
