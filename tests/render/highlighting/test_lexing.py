"""The joined lexers give Pygments' own tokens, whatever the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.lexers import get_all_lexers, get_lexer_by_name

from village.render.highlighting import lexing

COMMON = ["python", "bash", "go", "javascript", "typescript", "html", "css", "yaml", "toml", "json", "rust", "c", "c++",
          "java", "php", "ruby", "sql", "diff", "docker", "nginx", "make", "perl", "kotlin", "swift", "xml", "jinja", "scss"]  # fmt: skip
SAMPLE = """#!/bin/sh
# comment — Ёлка 日本
def f(x: int = 0x1F, *args) -> "str": return f'{x!r}' + r"\\d"  // and
<a href="x" class='y'>&amp;</a> { "a": [1, 2.5e3, true, null] } ; $x = `ls -l | grep "$HOME"` <<EOF
heredoc $1 ${2:-y}
EOF
SELECT * FROM t WHERE a = 'it''s' AND b <> 1; /* block
comment */ @media (min-width: 10px) { a:hover { color: #fff !important } }
- key: value   # yaml
[table]
key = "v" \\
+++ added
--- removed
\t\ttabs\r
"""


def same(name, text):
    lexer = get_lexer_by_name(name)
    assert list(lexing.tokens(lexer, text)) == list(get_lexer_by_name(name).get_tokens_unprocessed(text))


@pytest.mark.parametrize("name", COMMON)
def test_a_sample_has_the_same_tokens(name):
    same(name, SAMPLE)
    same(name, "")


def test_every_lexer_has_the_same_tokens():
    for _, aliases, _, _ in get_all_lexers(plugins=False):
        if aliases and aliases[0] != "pwsh-session":
            same(aliases[0], SAMPLE)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(COMMON), st.text(alphabet="ab1 \n\t\"'`$#{}[]()<>/\\*&;:=-+.,|!@%Ёж日", max_size=80))
def test_any_text_has_the_same_tokens(name, text):
    same(name, text)
