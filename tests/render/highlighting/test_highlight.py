"""Highlighting: Hugo's shape around Pygments' tokens."""

from __future__ import annotations

import re
import subprocess
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.oracle import HUGO, ask
from village.render.highlighting import chroma
from village.render.highlighting.highlight import HighlightOptions, highlight, highlight_options, stylesheet
from village.render.markdown.convert import render
from village.render.markdown.options import options_from_config

CODE = "package main\n\nfunc main() {\n\tx := 1 // hi\n}\n"
CASES = [
    ("```go\n" + CODE + "```", "noClasses=false\n"),
    ("```go {linenos=inline,hl_lines=[2]}\n" + CODE + "```", "noClasses=false\n"),
    ('```go {linenos=table,hl_lines=["2-3"],anchorlinenos=true}\n' + CODE + "```", "noClasses=false\n"),
    ('```go {linenos=table,hl_lines=["2-3"],anchorlinenos=true,lineanchors=foo}\n' + CODE + "```", ""),
    ("```go {linenos=inline,anchorlinenos=true}\n" + CODE + "```", ""),
    ("```go\n" + CODE + "```", "lineNos=true\ntabWidth=8\nstyle='github'\n"),
    ("```go {linenos=true}\n" + CODE + "```\n\n```go {nohl=true}\nx\n```", ""),
    ('```go {style=dracula .cls title="x" onclick=y #i}\nx\n```', ""),
    ("```text\na <b>\n\nb\n```\n\n```\n```\n\n```go\n```\n\n```Go\nx\n```\n\n```{.go}\nx\n```\n\n```go{hl_lines=[1]}\nx\n```", ""),
    ('```go {hl_lines="1 2-3"}\n' + CODE + "```\n\n```go {linenostart=9,hl_lines=[2],linenos=inline}\n" + CODE + "```", ""),
    ("```go\nx\n```\n\n```mermaid\ng\n```\n\n```dot\ng\n```", "wrapperClass='hh'\n"),
    ("```go {linenos=false}\nx\n```", "lineNos=true\n"),
    ('```bash\nls | grep "x"\n```\n\n```json\n{"a": 1}\n```\n\n```html\n<p class="x">a</p>\n```\n\n```diff\n- a\n+ b\n```', ""),
]  # fmt: skip


def shape(html: str) -> str:
    """HTML without the spans of tokens, where lexers may differ."""
    token = re.compile(
        r'<span (?:style="(?:color:#[0-9a-f]+|font-[^"]*|;)+"|class="(?!line|ln|cl|hl|lnt)[a-z0-9]+")>([^<]*)</span>'
    )
    for _ in range(3):
        html = token.sub(r"\1", html)
    return html.strip()


@pytest.mark.parametrize("number", range(len(CASES)))
def test_blocks_have_hugos_shape(tmp_path: Path, number: int) -> None:
    text, settings = CASES[number]
    config = f"[markup.highlight]\n{settings}"

    def lowered(table: Any) -> Any:
        return {key.lower(): lowered(value) for key, value in table.items()} if isinstance(table, dict) else table

    made = render(text, options_from_config(lowered(tomllib.loads(config))["markup"])).html
    assert shape(made) == shape(ask(tmp_path, [text], config)[0].content)


@settings(deadline=None)
@given(
    st.text(alphabet="ab <>&\"'\n\t#/*{}()=1é中", max_size=120),
    st.sampled_from(["python", "go", "html", "bash", "text", "json", "yaml", "nope", ""]),
    st.booleans(),
    st.sampled_from(["", "1", "2-3 5", "x", "0-"]),
)
def test_the_code_itself_comes_back(code: str, lang: str, no_classes: bool, marked: str) -> None:
    options = HighlightOptions(no_classes=no_classes, hl_lines=marked)
    shown = unescape(re.sub(r"<[^>]*>", "", highlight(code, lang, options)))
    assert shown.rstrip("\n") == code.rstrip("\n")


@pytest.mark.parametrize("style", ["monokai", "github", "abap", "solarized-light"])
def test_style_sheets_are_hugos(style: str) -> None:
    if not HUGO.exists():
        pytest.skip("no hugo beside this Python")
    told = subprocess.run(
        [HUGO, "gen", "chromastyles", f"--style={style}"], capture_output=True, text=True, check=True
    ).stdout
    assert stylesheet(style).strip() == told[told.index("/*") :].strip()


def test_every_style_and_language_of_the_table_can_be_used() -> None:
    for style in chroma.style_names():
        assert "style=" in highlight("x = 1", "python", HighlightOptions(style=style))
    for lang in chroma.languages():
        assert highlight("x y\n", lang).startswith('<div class="highlight">')
    assert highlight("x", "no such language").startswith('<pre tabindex="0"><code')
    assert highlight("x = 1", "python", HighlightOptions(style="no such style"))


def test_settings_are_read_as_hugo_reads_them() -> None:
    made = highlight_options("linenos=inline,hl_lines=1 3-4,linenostart=7,style=vim,noclasses=false")
    assert made == HighlightOptions(
        line_nos=True, line_numbers_in_table=False, hl_lines="1 3-4", line_no_start=7, style="vim", no_classes=False
    )
    assert highlight_options({"linenostart": "x", "linenos": "false", "unknown": 1}) == HighlightOptions()


def test_attributes_cannot_break_out_of_their_quotes() -> None:
    made = highlight("x", 'go"><b>', None, {"class": '"><b>', "title": '"><b>', "onload": "x"})
    assert "<b>" not in made
    assert "onload" not in made
