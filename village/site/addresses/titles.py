"""Titles of lists that no file names: title case (AP, Chicago, Go, first letter) and English plurals, as Hugo
makes them.
"""

from __future__ import annotations

import re


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


SMALL = words("""
a an and as at but by en for if in nor of on or per the to v v. vs vs. via
""")
PREPOSITIONS = words("""
with from into during including until against among throughout despite towards upon concerning about like
through over before between after since without under within along following across behind beyond plus except up
out around down off above near
""")
GO_WORD = re.compile(r"(?:(?<=[\x00-\x2f:-@\[-^`{-\x7f])|(?<=\s)|^)[^\W\d_]")  # Go's strings.Title
WORD = re.compile(r"[^\W_]+[^\s/-]*")
# An ending and its plural, the first that fits; found by asking Hugo for the titles of 200 folder names.
ENDINGS = tuple(
    pair.split(">")
    for pair in str.split("""
equipment>equipment information>information rice>rice money>money species>species series>series fish>fish
sheep>sheep jeans>jeans police>police news>news media>media bacteria>bacteria data>data people>people
person>people human>humans child>children goose>geese tooth>teeth foot>feet mouse>mice louse>lice quiz>quizzes
die>dice safe>saves matrix>matrices vertex>vertices index>indices appendix>appendices datum>data medium>media
bacterium>bacteria criterion>criteria phenomenon>phenomena octopus>octupuses virus>viruses cactus>cacti
focus>foci radius>radii nucleus>nuclei stimulus>stimuli syllabus>syllabi alumnus>alumni fungus>fungi
genus>genera corpus>corpora opus>opuses status>statuses alias>aliases bus>buses campus>campuses bonus>bonuses
analysis>analyses basis>bases crisis>crises thesis>theses axis>axes oasis>oases diagnosis>diagnoses
hypothesis>hypotheses life>lives knife>knives wife>wives leaf>leaves half>halves shelf>shelves wolf>wolves
thief>thieves loaf>loaves hero>heroes potato>potatoes tomato>tomatoes echo>echoes video>videoes veto>vetoes
man>men
""")
)
# Plurals that end in no s: they stay. Whole words where the ending alone would take others along (slice, jaundice).
PLURALS = re.compile(
    r"(?:men|mice|(?<![a-z])lice|(?<![a-z])dice|(?<![a-z])oxen|children|feet|geese|teeth|criteria|phenomena|bacteria"
    r"|cacti|foci|loci|radii|nuclei|alumni|syllabi|genera|corpora|strata|memoranda|cafeteria|propaganda)$"
)
SIBILANT = re.compile(r"(?:ss|ch|sh|x|zz|tz)$")


def title_case(text: str, style: str = "AP") -> str:
    """``text`` in a title style: "AP", "Chicago", "Go" or "FirstUpper"; "" and "none" leave it as it is."""
    manner = style.lower()
    if not text or manner in {"", "none"}:
        return text
    if manner == "firstupper":
        return first_upper(text)
    if manner == "go":
        return GO_WORD.sub(lambda match: match[0].upper(), text)
    small = SMALL | PREPOSITIONS if manner == "chicago" else SMALL
    return WORD.sub(lambda match: cased(match, text, small), text)


def cased(match: re.Match[str], text: str, small: frozenset[str]) -> str:
    """One word of a title: small words stay small inside, but not beside a hyphen or after a colon."""
    word, start, end = match[0], match.start(), match.end()
    if (
        word.lower() in small
        and start > 0
        and end < len(text)
        and text[start - 1] in " -/"
        and (start < 2 or text[start - 2] not in ":-")
        and (text[end] != "-" or text[start - 1] == "-")
    ):
        return word.lower()
    return first_upper(word)


def first_upper(text: str) -> str:
    """The first letter large."""
    return text[:1].upper() + text[1:]


def pluralize(text: str) -> str:
    """The English plural of the last word."""
    lower = text.lower()
    if lower == "ox":
        return text + "en"
    if PLURALS.search(lower):
        return text
    for ending, plural in ENDINGS:
        if lower.endswith(ending):
            return text[: -len(ending)] + plural if text[-len(ending) :].islower() or ending != plural else text
    if re.search(r"[^aeiou]y$", lower):
        return text[:-1] + "ies"
    if SIBILANT.search(lower):
        return text + "es"
    if lower == "no":
        return text + "es"
    return text if lower.endswith("s") else text + "s"
