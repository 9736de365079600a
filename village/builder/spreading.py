"""From what differs to who must be made again: plans compared, questions asked again, dependents marked."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from village.builder import changes, plan
from village.builder.incremental import Attempt, Memory
from village.builder.nodes import CONTENT, OUTPUT, Key
from village.render.lens import Lens

GROUNDED = frozenset({"query", "count", "any", "neighbour", "groups", "fragment"})


class Spreading:
    """The dirt of one attempt. ``fields``: numbers of page fields that changed so far, of whichever pages."""

    def __init__(self, attempt: Attempt, memory: Memory, old: Lens | None) -> None:
        self.attempt = attempt
        self.memory = memory
        self.lens = attempt.lens
        self.old = old
        self.fields: set[int] = set()
        self.difference = (
            changes.compare(old.site, self.lens.site) if old is not None else changes.Difference(everything=True)
        )

    def is_bodies_of(self, changed: set[Path]) -> bool:
        """Whether these files are nothing but the sources of pages of which only the body differs."""
        if self.old is None or self.difference.everything or not self.difference.bodies_only:
            return False
        pages = self.lens.site.pages
        sources = {pages[name].source.location for name in self.difference.replaced if pages[name].source}  # type: ignore[union-attr]
        return {os.path.abspath(path) for path in changed} <= sources

    def mark(self) -> None:
        """Everything that the difference touches, before anything is made."""
        difference, attempt = self.difference, self.attempt
        if self.old is None or difference.structure or difference.everything:
            self.compare_plans()
        if self.old is None or difference.everything:
            attempt.dirty_contents = dict.fromkeys(self.lens.site.pages)
            return
        attempt.dirty_contents = dict.fromkeys(difference.added)
        numbers = self.memory.register.numbers
        attempt.removed |= {
            number for name in difference.removed if (number := numbers.get(Key(CONTENT, name))) is not None
        }
        self.carry_answers()
        self.spread(changes.page_codes(difference, self.old, self.lens, self.memory.traces))
        self.reask(difference.kinds | changes.FILES)

    def compare_plans(self) -> None:
        """Outputs that are new, and those that are gone."""
        register, memory, attempt = self.memory.register, self.memory, self.attempt
        everything = self.difference.everything
        planned = set()
        for key in plan.outputs(self.lens.site, self.known_pagers):
            number = register.number(key)
            planned.add(number)
            if everything or number not in memory.traces.codes:
                attempt.dirty_outputs[number] = None
        attempt.removed = {
            number for number in memory.made if register.keys[number].kind != CONTENT and number not in planned
        }
        if everything:
            gone = (
                register.numbers.get(Key(CONTENT, name)) for name in memory.contents if name not in self.lens.site.pages
            )
            attempt.removed |= {number for number in gone if number is not None}

    def known_pagers(self, key: Key) -> int:
        number = self.memory.register.numbers.get(key)
        made = self.memory.made.get(number) if number is not None else None
        return made.pagers if made else 1

    def carry_answers(self) -> None:
        """What nothing touched need not be computed again: the tables derived from the site, when only bodies
        changed.
        """
        assert self.old is not None
        self.lens.grounds = dict(self.old.grounds)
        if self.difference.bodies_only:
            self.lens.memo = dict(self.old.memo)
            self.lens.derived = {key: value for key, value in self.old.derived.items() if keeps(key)}

    def spread(self, codes: Iterable[int]) -> None:
        """Mark everybody who asked one of these questions."""
        register, traces, attempt = self.memory.register, self.memory.traces, self.attempt
        for code in codes:
            if code >= 0:
                self.fields.add(code & changes.FIELD_MASK)
            for number in traces.dependents(code):
                key = register.keys[number]
                if number in attempt.removed:
                    continue
                if key.kind == CONTENT:
                    if key.name not in attempt.contents and key.name in self.lens.site.pages:
                        attempt.dirty_contents[key.name] = None
                elif number not in attempt.made:
                    attempt.dirty_outputs[number] = None

    def reask(self, kinds: set[str] | frozenset[str] = frozenset()) -> None:
        """Ask again the questions that the changes so far can have touched, until nothing new differs."""
        if self.old is None or self.difference.everything:
            return
        lens = self.lens
        asked: set[int] = set()
        touched = set(kinds)
        live = self.memory.traces.live_questions()
        inner = lens.memo.keys() - set(live)  # asked by other questions alone: an asset that a fragment looks for
        while True:
            for code in [code for code in inner if self.may_differ(code, touched)]:
                lens.memo.pop(code, None)
            ready = [code for code in live if code not in asked and self.may_differ(code, touched)]
            if not ready:
                return
            asked.update(ready)
            for code in ready:
                lens.memo.pop(code, None)
            changed = self.attempt.changed_answers(ready)
            touched |= {str(lens.numbers.asked(code)[0]) for code in changed}
            self.spread(changed)

    def may_differ(self, code: int, kinds: set[str]) -> bool:
        kind = self.lens.numbers.question_names[-code - 1][0]
        if kind in kinds:
            return True
        grounds = self.lens.grounds.get(code)
        if grounds is None:
            return kind in GROUNDED and code not in self.lens.memo
        return not grounds.kinds.isdisjoint(kinds) or not grounds.fields.isdisjoint(self.fields)

    def pagers(self, key: Key, count: int) -> None:
        """A list was cut into so many outputs: further ones are made, superfluous ones go."""
        register, attempt = self.memory.register, self.attempt
        for number in range(2, count + 1):
            node = register.number(Key(OUTPUT, key.name, key.format, number))
            attempt.removed.discard(node)
            if node not in attempt.made and node not in self.memory.traces.codes:
                attempt.dirty_outputs[node] = None
        for number in range(count + 1, self.known_pagers(key) + 1):
            node = register.number(Key(OUTPUT, key.name, key.format, number))
            attempt.removed.add(node)
            attempt.dirty_outputs.pop(node, None)


def keeps(key: object) -> bool:
    """Tables that do not hold views of the old lens."""
    return key in ("media", "formats") or (isinstance(key, tuple) and key[0] in ("markdown", "places"))
