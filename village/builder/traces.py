"""Who asked what: the trace of each node, and for each question who must be made again when its answer changes."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from itertools import repeat
from operator import rshift

from village.render.questions import FIELD_BITS

EMPTY = array("q")


class Traces:
    """Node number → sorted codes; page number and question code → nodes.

    The inverted index may name nodes that no longer ask; the node's own trace decides. It is filled when first needed.
    """

    def __init__(self) -> None:
        self.codes: dict[int, array[int]] = {}
        self.by_page: dict[int, array[int]] | None = None
        self.by_question: dict[int, array[int]] | None = None

    def put(self, node: int, codes: array[int]) -> None:
        """What a node asked when it was last made, sorted."""
        before = self.codes.get(node, EMPTY)
        if codes == before:
            return
        if self.by_page is not None:
            self.index(node, codes, before)
        self.codes[node] = codes

    def drop(self, node: int) -> None:
        self.codes.pop(node, None)

    def index(self, node: int, codes: array[int], before: array[int]) -> None:
        """Enter what was not asked before."""
        assert self.by_page is not None
        assert self.by_question is not None
        pages, questions = split(codes)
        if before:
            old_pages, old_questions = split(before)
            pages -= old_pages
            questions -= old_questions
        for number in pages:
            held = self.by_page.get(number)
            if held is None:
                self.by_page[number] = array("i", (node,))
            else:
                held.append(node)
        for code in questions:
            held = self.by_question.get(code)
            if held is None:
                self.by_question[code] = array("i", (node,))
            else:
                held.append(node)

    def fill(self) -> None:
        """Build the inverted index from all traces."""
        if self.by_page is None:
            self.by_page, self.by_question = {}, {}
            for node, codes in self.codes.items():
                self.index(node, codes, EMPTY)

    def live_questions(self) -> list[int]:
        """Codes of questions that somebody asked."""
        self.fill()
        assert self.by_question is not None
        return list(self.by_question)

    def asked_about(self, page: int) -> set[int]:
        """All codes about a page that any node asked."""
        self.fill()
        assert self.by_page is not None
        low, high = page << FIELD_BITS, (page + 1) << FIELD_BITS
        found: set[int] = set()
        for node in set(self.by_page.get(page, ())):
            codes = self.codes.get(node, EMPTY)
            found.update(codes[bisect_left(codes, low) : bisect_left(codes, high)])
        return found

    def dependents(self, code: int) -> Iterator[int]:
        """Nodes that asked ``code``."""
        self.fill()
        assert self.by_page is not None
        assert self.by_question is not None
        held = self.by_question.get(code, ()) if code < 0 else self.by_page.get(code >> FIELD_BITS, ())
        for node in set(held):
            codes = self.codes.get(node, EMPTY)
            place = bisect_left(codes, code)
            if place < len(codes) and codes[place] == code:
                yield node


def split(codes: array[int]) -> tuple[set[int], set[int]]:
    """(page numbers, question codes) of a trace."""
    first = bisect_left(codes, 0)
    return set(map(rshift, codes[first:], repeat(FIELD_BITS))), set(codes[:first])
