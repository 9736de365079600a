"""Front matter: delimiters as Hugo's lexer takes them, errors with their place."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.errors import FrontMatterError
from village.site.formats import frontmatter


def read(data: bytes) -> tuple[dict[str, object], bytes]:
    matter = frontmatter.find(data, "p.md")
    return frontmatter.parse(data, matter, "p.md"), data[matter.body :]


@pytest.mark.parametrize(
    ("data", "table", "body"),
    [
        (b"---\ntitle: A\n---\nbody\n", {"title": "A"}, b"body\n"),
        (b"\xef\xbb\xbf\n\n---  \r\ntitle: A\r\n---\r\nbody", {"title": "A"}, b"body"),
        (b"+++\ntitle = 'A'\n+++\n", {"title": "A"}, b""),
        (b'{"title": "A", "n": {"b": "}"}}\n\nbody', {"title": "A", "n": {"b": "}"}}, b"\nbody"),
        (b"#+title: A\n#+tags[]: x y\nbody", {"title": "A", "tags": ["x", "y"]}, b"body"),
        (b"---\ntitle: A\n---trailing\n", {"title": "A"}, b"trailing\n"),  # the binary reads it so
        (b"---\n---\nbody", {}, b"body"),
        (b"no matter\n---\nx: 1\n---\n", {}, b"no matter\n---\nx: 1\n---\n"),
        (b"", {}, b""),
        (b"{{< x >}} text", {}, b"{{< x >}} text"),
        (b"--- not a fence\n", {}, b"--- not a fence\n"),
    ],
)
def test_delimiters(data: bytes, table: dict[str, object], body: bytes) -> None:
    assert read(data) == (table, body)


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"---\ntitle: A\n", 1, "never closed"),
        (b"---\na: 1\nb: [x\n---\n", 4, "YAML"),
        (b"---\na: 1\na: 2\n---\n", 3, "already defined"),
        (b"+++\na = 1\nb = \n+++\n", 3, "TOML"),
        (b"---\n- a\n---\n", 2, "not a table"),
    ],
)
def test_errors_say_where(data: bytes, line: int, words: str) -> None:
    with pytest.raises(FrontMatterError) as caught:
        read(data)
    assert caught.value.line == line
    assert words in caught.value.message
    assert caught.value.hint


def test_a_yaml_bomb_is_refused() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    with pytest.raises(FrontMatterError, match="aliases"):
        read(("---\n" + "\n".join(rows) + "\n---\n").encode())


@given(st.binary(max_size=200))
def test_nothing_but_typed_errors(data: bytes) -> None:
    for head in (b"", b"---\n", b"+++\n", b"{"):
        with contextlib.suppress(FrontMatterError):
            matter = frontmatter.find(head + data)
            assert matter.start <= matter.end <= matter.body <= len(head + data)
            assert isinstance(frontmatter.parse(head + data, matter, "p.md"), dict)


def test_the_excerpt_carries_the_numbers_of_the_file() -> None:
    with pytest.raises(FrontMatterError) as caught:
        data = b"---\ntitle: [x\n---\nbody\n"
        frontmatter.parse(data, frontmatter.find(data), "a.md")
    assert f"> {caught.value.line:4d}  " in caught.value.excerpt
