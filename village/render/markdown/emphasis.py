"""The rules that open delimiter runs."""

from __future__ import annotations

import re

from village.render.markdown.characters import CLASSES
from village.render.markdown.delimiters import TAGS, run_delimiter
from village.render.markdown.inline import Inline, InlineState, Rule
from village.render.markdown.pieces import Loose

_RUNS = {character: re.compile(f"[{re.escape(character)}]+") for character in "*_~=+^"}


def register(inline: Inline) -> None:
    """Emphasis always; the others as the options say."""
    options = inline.options
    inline.trigger("*", emphasis, only_with="*")
    inline.trigger("_", emphasis, only_with="_")
    tildes = {1: "del", 2: "del"} if options.strikethrough else {2: "del"} if options.delete else {}
    if options.subscript and 1 not in tildes:  # strikethrough is stronger, as in Hugo
        tildes[1] = "sub"
    for character, lengths in (
        ("~", tildes),
        ("+", {2: "ins"} if options.insert else {}),
        ("=", {2: "mark"} if options.mark else {}),
        ("^", {1: "sup"} if options.superscript else {}),
    ):
        if lengths:
            inline.trigger(character, _exact_run(character, lengths), only_with=character)


def emphasis(state: InlineState, start: int) -> int:
    """A run of ``*`` or ``_``."""
    src = state.src
    end = _words(state, src, start)
    if end:
        return end
    character = src[start]
    end = _RUNS[character].match(src, start).end()  # type: ignore[union-attr]
    run = run_delimiter(src, start, end - start, len(state.pieces))
    if run.can_open or run.can_close:
        state.pieces.append(src[start:end])
        state.delimiters_open.append(run)
    else:
        state.pieces.append(Loose(src[start:end]))
    return end


def _words(state: InlineState, src: str, start: int) -> int:
    """``*words*`` at once, where nothing can come of the two runs but this pair: the first can only open, the second
    closes, and between them stands no other run that either could be paired with."""
    found = state.scanner.run.match(src, start)
    if found is None or (start and not CLASSES[src[start - 1]]):
        return 0
    mark, text = found.groups()
    end = found.end()
    if CLASSES[text[0]] or CLASSES[text[-1]] or (mark[0] == "_" and end < len(src) and not CLASSES[src[end]]):
        return 0
    if state.addresses and ("@" in src or ":" in text or "www." in text):
        return 0  # perhaps a bare address; one of mail may hold the marks as well
    tag = TAGS[mark[0], len(mark)]
    state.pieces.append(f"<{tag}>{text}</{tag}>")
    return end


def _exact_run(character: str, lengths: dict[int, str]) -> Rule:
    tags = {**TAGS, **{(character, length): tag for length, tag in lengths.items()}}
    pattern = _RUNS[character]

    def rule(state: InlineState, start: int) -> int:
        src = state.src
        if src[start - 1 : start] == character:
            return 0
        end = pattern.match(src, start).end()  # type: ignore[union-attr]
        if end - start not in lengths:
            return 0
        run = run_delimiter(src, start, end - start, len(state.pieces))
        run.tags = tags
        state.pieces.append(src[start:end])
        if run.can_open or run.can_close:
            state.delimiters_open.append(run)
        return end

    return rule
