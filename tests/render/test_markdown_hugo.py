"""Parity: what the real Hugo makes of the same Markdown, under several configurations, byte by byte."""

from __future__ import annotations

import json
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.render.oracle import ask, without_code
from village.render.markdown.convert import render
from village.render.markdown.emoji import emoji_names
from village.render.markdown.model import NoHooks
from village.render.markdown.options import MarkdownOptions, options_from_config

DATA = Path(__file__).with_name("data")
FRAGMENTS = [
    "- ", "* ", "+ ", "1. ", "2) ", "> ", ">", "  ", "    ", "   ", " ", "\n", "\n\n", "\n", "a", "b c", "foo", "**", "*", "_",
    "__", "~~", "~", "`", "``", "```\n", "~~~\n", "# ", "## ", "---\n", "***\n", "===\n", "[", "]", "(", ")", "![", "](",
    "](/u)", '](/u "t")', "[x]: /u\n", "[^1]", "[^1]: note", "<b>", "</b>", "<div>", "</div>\n", "<!-- c -->",
    "<http://a.b>", "http://a.bc/d", "www.a.bc", "x@y.zz", "&amp;", "&copy;", "\\", "\\*", "'", '"', "--", "---", "...",
    "<<", ">>", "| a | b |\n|---|:-:|\n| c | d |\n", "|", "Term\n: ", "Def\n\n: ", ": ", "[ ] ", "[x] ", ":smile:",
    "{#i .c}", "!", ".", ",", "é", "中", "ß", " \n", "  \n", "\\\n", "\n    ", "\n  ", "\n\n  ", "\n\n    ", "\n- ",
    "\n> ", "\n1. ", '<a href="x">', "it's", "don't", "'90s", "H~2~O",
]  # fmt: skip
WRITTEN = [
    "# A &amp; B it's `code` *em* [link](http://x) ![alt](i.png) <https://x.y> **b**\n\n## Z #\n\n## Z\n\n### x {#my .c k=v}\n",
    "## \n\nSet\next *two*\n====\n\n# Привет, мир! {.x}\n\n## **b c** d\n\n## it's\n\n#### deep\n\n## <span class=x>s</span>\n",
    "a[^1] b[^1] c[^x y]\n\n[^1]: Foot *note*\n\n    second\n[^x y]: Two\n\n[^unused]: three\n",
    "- [ ] a\n- [x] b\n\n| a | b |\n|:--|--:|\n| 1 | `x\\|y` |\n| only |\n\nTerm\n: Def\n: Def2\n\n> [!NOTE] T\n> text\n",
    "<div>x</div>\n\n<script>\nfoo\n</script>\n\na <b>x</b> [x](javascript:alert) ![](data:image/png;base64,xx) <javascript:f>\n",
    "www.example.com http://f.bar/x?a=b&c=d. me@foo.com ~~x~~ 'a' \"b\" -- --- ... << >> it's '90s (http://a.bc/d).\n",
    "[a]: http://x 'T'\n[b]: <u v>\n\n[A] [b][] [a](y 't\\'\"') ![a] [c](/а?б=\"&amp;c) [d](a\\(b) [e](((x))) [f]( ) [g](<>)",
    "- a\n\n  b\n- c\n  - d\n    - e\n\n      f\n* g\n+ h\n\n1. a\n   ```go\n   x\n   ```\n2. b\n\n       code\n\n3. c",
    "Term 1\nTerm 2\n: D1\n: D2\n\n    code\n\n: D3\n\nOther\n:   x\n    y\n\n    - l",
    "> a\nb\n> > c\n> d\n\n> e\n\n---\n> f\n\n>    g\n>\n>      h\n\na  \nb\\\nc\nd   ",
    "***a** b* **a*b*c** _a_b_ __a__b a*b*c *a *b**\n\n`` a`b `` ` ` `a  b`\n\n\\# \\> a\\_b &lt; &#65; &nope; &copy &amp;amp;",
    "```go {linenos=table hl_lines=[1]}\na\n```\n\n```\nx\n```\n\n```mermaid\ng\n```\n\n    indented <x>\n\n```{.go}\nx\n```\n",
    "[![i](a.png)](b) [a **b** `c`](d) *[e](f)* **a [b*](c)** [a[b](c)](d)",
    "text\n| a |\n|---|\n| b |\ntext\n\n| a |\n|---|---|\n",
    "| a\n|---|:-:|\n\nfree <!doctype html>\n\n<!doctype html>\n\n\\(a@b.co \\~www.a.bc ~~~a@b.co\n\n# { }\n",
    (
        'p\n{k=v .c #i data-x="1" style="color:red" cite=x start="3" hidden=true}\n\n> q\n{cite=x k=v}\n\n1. a\n{start="3" .l}\n\n'
        '***\n{width="3" k=v}\n\n| a |\n|---|\n{k=v .c}\n\n![a](b.png)\n{.i k=v width="9"}\n\n{ }\n\nlast\n{.}\n'
    ),
    "- a\n\n  b\n\n  :  c\n  :  d\n- e\n\n> x\n> \t---\n\n- t | u\n  \t--|--\n",
    "$a_b$ \\(a_b\\)\n\n$$$$ \\(\\)\n\n\\(www.a.bc\n\n$a@b.co\n\n![$x$ y](z.png)\n\n1. $$x$$\n\n# $y$ z\n",
    (
        '# &#x1F600; a &#35 &copy b\n\n# [&#35; y](u) `&#35;` &copy; z\n\n# x {a=1.5 b=1e3 c=true e=[1] f=-3 g="x\'y" H=2}\n\n'
        '```go {a=1e3 e=[1] f="x\'y" H=2}\nx\n```\n\n|a|\n|-|\n{a=0 b=1.5 d=false e="" f="x\'y\\"" H=2}\n'
    ),
    "[a](b(c \"t\") [d](( 't') ![e]((f)\n\n[g](\x0c/u) [h\u00a0i]\n\n[h i]: /u\n[j]: k(l\n\n[j]\n",
    (
        '## ![^](/é "a \\" b")\n\n## ![a: b](u "t")\n\n## ![é 中, (b)!](u "x; y")\n\n## ![a?](u \'t\')\n\n## ![b](tel:1) ![c](data:image/png;base64,x) ![d](http://e)\n\n## <span title="a">x</span>\n\n'
        '## <span id="a:b" lang="de" dir="up" class="x;y">z</span>\n\n## <img src="x" width="10px" height="5%" title="x:y">\n'
    ),
    "a|b||\n-|-\nc|\\|||\n|d||\n\ne||\n-|-|-\n",
    "- x\n\n  \t<div>\n- y\n\n\t<div>\n\tz\n\t</div>\n\n>\t<b>\n",
    "a\n\x0c\nb\n\n\x0c# c\n\n***\x0c\n\n-\x0cd\n\ne  \x0c\nf \x0b\n\n> \x0c\n> g\n",
    '![a](b.png) "c" d" \'e\n\n!["f" "](g.png)\n\n![h](i.png)\n\n"j" k"\n\nl[^1]\n\n![m](n.png) o[^1]\n\n[^1]: p\n',
]
CONFIGS = {
    "defaults": "",
    "unsafe, hard wraps, XHTML, block attributes": "[markup.goldmark.renderer]\nunsafe=true\nhardWraps=true\nxhtml=true\n"
    "[markup.goldmark.parser.attribute]\nblock=true\n",
    "extras": "".join(
        f"[markup.goldmark.extensions.extras.{name}]\nenable=true\n"
        for name in ("insert", "mark", "subscript", "superscript", "delete")
    )
    + "[markup.goldmark.extensions]\nstrikethrough=false\n",
    "mathematics": "[markup.goldmark.extensions.passthrough]\nenable=true\n[markup.goldmark.extensions.passthrough.delimiters]\n"
    "block=[['$$','$$'],['\\[','\\]']]\ninline=[['$','$'],['\\(','\\)']]\n",
    "ids in ASCII, term ids, no typographer": "[markup.goldmark.parser]\nautoIDType='github-ascii'\nautoDefinitionTermID=true\n"
    "wrapStandAloneImageWithinParagraph=false\n[markup.goldmark.extensions.typographer]\ndisable=true\n",
}


def options(config: str, *, emoji: bool = False) -> MarkdownOptions:
    def lowered(table: Any) -> Any:
        return {key.lower(): lowered(value) for key, value in table.items()} if isinstance(table, dict) else table

    return options_from_config(lowered(tomllib.loads(config)).get("markup", {}), emoji=emoji)


def random_texts(seed: int, count: int) -> list[str]:
    """Documents of fragments that interfere with one another. Fixed seed: Hugo is asked once for all of them."""
    chooser = random.Random(seed)
    return ["".join(chooser.choice(FRAGMENTS) for _ in range(chooser.randint(3, 25))) + "\n" for _ in range(count)]


@pytest.mark.parametrize("name", CONFIGS)
def test_written_texts_and_the_specification_are_rendered_as_by_hugo(tmp_path: Path, name: str) -> None:
    examples = json.loads((DATA / "commonmark-0.31.2.json").read_text("utf-8"))
    texts = WRITTEN + [text for text, _ in examples]
    told = ask(tmp_path, texts, CONFIGS[name])
    wanted = options(CONFIGS[name])
    differing = []
    for text, page in zip(texts, told, strict=True):
        made = render(text, wanted)
        if without_code(made.html) != without_code(page.content) or (
            made.toc_html != page.toc and "<h" in page.content
        ):
            differing.append((text, page.content, made.html))
    assert differing == []


def test_random_texts_are_rendered_as_by_hugo(tmp_path: Path) -> None:
    texts = random_texts(2, 400)
    told = ask(tmp_path, texts)
    differing = [
        (text, page.content, made)
        for text, page in zip(texts, told, strict=True)
        if without_code(made := render(text, MarkdownOptions()).html) != without_code(page.content)
    ]
    assert len(differing) <= 2, differing  # tabs inside containers: goldmark's own reading of them


def test_fences_without_the_highlighter_keep_every_line_and_the_whole_word(tmp_path: Path) -> None:
    config = "[markup.highlight]\ncodeFences = false\n"
    texts = ["```go\nx\n```", "```\n\n```", "```\n```", "```go {a=b}\nx\n\n\n```", "```go{x=y}\nz\n```", '```c&d "e\nx']
    told = ask(tmp_path, texts, config)
    made = [render(text, options(config), NoHooks()).html.strip() for text in texts]
    assert made == [page.content.strip() for page in told]


def test_math_is_passed_through_as_by_hugo(tmp_path: Path) -> None:
    config = (
        "[markup.goldmark.extensions.passthrough]\nenable=true\n[markup.goldmark.extensions.passthrough.delimiters]\n"
        "block=[['\\[','\\]'],['$$','$$']]\ninline=[['\\(','\\)'],['$','$']]\n"
    )
    texts = [
        "a $x^2$ b", "$$\na_b*c*\n$$", "x \\(a*b*c\\) y", "\\[\na\n\\]\n\nz", "text\n$$\na\n$$\nmore", "$$ a $$ b", "a $$ x*y* $$ b",
        "$5 and $6", "$a", "\\$a$ b$", "`$a$`", "$a\nb$", "$$a\n\nb$$", "$$\nunclosed", "# $x_1$ y", "| $a|b$ | c |\n|-|-|\n| d | e |",
    ]  # fmt: skip
    told = ask(tmp_path, texts, config)
    assert [render(text, options(config)).html.strip() for text in texts] == [page.content.strip() for page in told]


@pytest.mark.parametrize("style", ["simple", "css3draft"])
def test_east_asian_lines_are_joined_as_by_hugo(tmp_path: Path, style: str) -> None:
    config = (
        "[markup.goldmark.extensions.cjk]\nenable=true\neastAsianLineBreaks=true\nescapedSpace=true\n"
        f"eastAsianLineBreaksStyle='{style}'\n"
    )
    texts = [
        "中文\n字符\nabc\n字", "a\\ b 中\\ 文", "**中文**字", "中 \n文", "あ\nい。\nう\na\n。b", "中文，\n中文。\n，字\nｱ\n字",
        "中文\n**粗体**\n中文", "中\n`a`\n中\n[链](u)\n中", "[中\n文\n](u)x\n![图\n片](u)", "中\n...\n中 -- \n文--\n文", 'a\n"b"\nc\n*d*\ne',
        "abc 中\nhttp://a.co\n中\nwww.a.co", "中\n\\*a\\*\n中\\\n文", "中\n&copy;\n中&copy;\n文&#65;\n文", "**中\n文**\n~~文~~\n文",
        "中\n<b>文</b>\n中\n<!-- c -->\n文", "- 中\n  文\n- 한국\n  어", "中[\n文]\n字*\n中\n_\n文\n_a_", "题\n第 *二*\n---\n", "[中\nx] y\n===\n",
    ]  # fmt: skip
    told = ask(tmp_path, texts, config)
    assert [render(text, options(config)).html.strip() for text in texts] == [page.content.strip() for page in told]


def test_emoji_have_githubs_names(tmp_path: Path) -> None:
    text = (
        "\n\n".join(f"{name} :{name}:" for name in emoji_names()) + "\n\n## :smile: a\n\na:smile:b :nope: `:smile:`\n"
    )
    told = ask(tmp_path, [text], "enableEmoji = true\n")
    assert render(text, options("", emoji=True)).html.strip() == told[0].content.strip()


class Recorded(NoHooks):
    """Writes what a hook is told in the way the templates below write it."""

    def blockquote(self, kind: str, text_html: str, attributes: Any, ordinal: int, **alert: str) -> str:
        return f"BQ({kind}|{alert['alert_type']}|{alert['alert_title']}|{alert['alert_sign']}|{text_html}|{ordinal})"

    def heading(self, level: int, anchor: str, text_html: str, plain_text: str, attributes: Any, ordinal: int) -> str:
        return f"H({level}|{anchor}|{text_html}|{plain_text})"

    def link(
        self, destination: str, title: str, text_html: str, plain_text: str, is_image: bool, ordinal: int, **more: Any
    ) -> str:
        kind = f"I({more['is_block']!s}".lower() if is_image else "l("
        return f"{kind}|{destination}|{title}|{text_html}|{plain_text}|{ordinal})"

    def codeblock(self, lang: str, inner: str, attributes: Any, options: Any, ordinal: int) -> str:
        return f"C({lang}|{inner}|{attributes.get('class', '')}|{options.get('linenos', '')!s}|{ordinal})"


TEMPLATES = {
    "_markup/render-blockquote.html": "BQ({{ .Type }}|{{ .AlertType }}|{{ .AlertTitle }}|{{ .AlertSign }}|{{ .Text }}|{{ .Ordinal }})",
    "_markup/render-heading.html": "H({{ .Level }}|{{ .Anchor }}|{{ .Text }}|{{ .PlainText | safeHTML }})",
    "_markup/render-link.html": "l(|{{ .Destination | safeURL }}|{{ .Title }}|{{ .Text }}|{{ .PlainText | safeHTML }}|{{ .Ordinal }})",
    "_markup/render-image.html": "i({{ .IsBlock }}|{{ .Destination }}|{{ .Title }}|{{ .Text }}|{{ .PlainText | safeHTML }}|{{ .Ordinal }})",
    "_markup/render-codeblock.html": "C({{ .Type }}|{{ .Inner | safeHTML }}|{{ .Attributes.class }}|{{ .Options.linenos }}|{{ .Ordinal }})",
}


def test_hooks_are_told_what_hugos_are_told(tmp_path: Path) -> None:
    texts = [
        (
            "> [!NOTE]\n> text *a*\n\n> [!tip] My *title* x\n> body\n>\n> more\n\n> [!WARNING]-\n> x\n\n> plain\n\n> [!IMPORTANT]\n\n"
            "> [!custom] only title\n\n> [!NOTE] a\nlazy\n\n> [!NOTE]\n>\n> para\n\n> > [!NOTE]\n> > x\n\n> [! NOTE]\n> y"
        ),
        "# a *b* [c](d)\n\n## x {#i .c k=v}\n\nSet\next\n---\n",
        '[a *b* `c`](/x?a=b "T") [x](<a b> ) <http://y.z> www.q.rs ![al *t*](i.png "t") [![i](j.png)](k) <a@b.c>\n\n![one](z.png)\n',
        "```go {.cls linenos=true}\na\n\nb\n\n\n```\n\n```\nx\n```\n\n    ind\n\n~~~mermaid\ng <b>\n~~~\n\n``` {.x}\ny\n```\n",
    ]
    told = ask(tmp_path, texts, "", TEMPLATES)
    for text, page in zip(texts, told, strict=True):
        made = render(text, MarkdownOptions(), Recorded()).html
        assert made.lower().strip() == page.content.lower().strip()
