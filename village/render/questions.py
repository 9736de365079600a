"""Questions as small integers: what a node of the build asked is a sorted array of them.

A question about a page is ``page number << FIELD_BITS | field number``, so that all questions about one page
lie side by side
and a page's share of a trace is found by bisection. Every other question is a tuple ("config",
"params.color") known by a
negative number. Numbers are handed out once and kept with the state on disk.
"""

from __future__ import annotations

from typing import Any

FIELD_BITS = 12
FIELD_MASK = (1 << FIELD_BITS) - 1
Question = tuple[Any, ...]


class Numbers:
    """The register of page ids, field names and questions. Only ever grows."""

    def __init__(self, fields: list[str] | None = None) -> None:
        self.page_names: list[str] = []
        self.pages: dict[str, int] = {}
        self.field_names: list[str] = list(fields or [])
        self.fields: dict[str, int] = {name: number for number, name in enumerate(self.field_names)}
        self.question_names: list[Question] = []
        self.questions: dict[Question, int] = {}

    def page(self, identity: str) -> int:
        """The number of a page, its questions' base when shifted by FIELD_BITS."""
        number = self.pages.get(identity)
        if number is None:
            number = self.pages[identity] = len(self.page_names)
            self.page_names.append(identity)
        return number

    def field(self, name: str) -> int:
        """The number of a field; free-form ones ("params.color") are numbered when first asked.

        Past the width of the mask every further name shares the last number: coarse, never wrong.
        """
        number = self.fields.get(name)
        if number is None:
            number = min(len(self.field_names), FIELD_MASK)
            self.fields[name] = number
            if number < FIELD_MASK:
                self.field_names.append(name)
        return number

    def question(self, question: Question) -> int:
        """The (negative) number of a question that is not about one field of one page."""
        number = self.questions.get(question)
        if number is None:
            self.question_names.append(question)
            number = self.questions[question] = -len(self.question_names)
        return number

    def asked(self, code: int) -> Question:
        """The tuple behind a negative code."""
        return self.question_names[-code - 1]

    def spell(self, code: int) -> str:
        """A code as a person reads it: "en:/posts/hello title", "config params.color"."""
        if code < 0:
            return " ".join(str(part) for part in self.asked(code))
        field = code & FIELD_MASK
        name = self.field_names[field] if field < len(self.field_names) else "params"
        return f"{self.page_names[code >> FIELD_BITS]} {name}"
