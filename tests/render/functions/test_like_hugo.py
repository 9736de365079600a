"""Expressions in Go's templates and in ours, one beside the other (like_hugo.tsv): both builders say the same."""

import json
import re
from pathlib import Path

import pytest

from tests.render.oracle import built, lay
from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.release.store import Store

ROWS = [
    [cell.strip() for cell in line.split("\t")]
    for line in Path(__file__).with_name("like_hugo.tsv").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("//")
]
POST = "---\ntitle: Title {}\ndate: 202{}-0{}-11\n{}\n---\n# H\n\ntext *em*\n\n## Sub\n\n{}\n"
SITE = {
    "hugo.toml": """
baseURL = "https://example.org/sub/"
title = "T"
theme = "t"
defaultContentLanguage = "en"
[languages.en]
weight = 1
[languages.de]
weight = 2
locale = "de-DE"
[params]
Foo = "bar"
n = 3
list = ["b", "a", "C"]
[params.Deep]
Key = "v"
[[menus.main]]
name = "Posts"
pageRef = "/posts"
weight = 2
[[menus.main]]
name = "A"
pageRef = "/posts/a"
parent = "Posts"
[[menus.main]]
name = "Ext"
url = "https://x.org"
weight = 1
""",
    "i18n/en.toml": '[hello]\nother="Hello {{ .name }}"\n[items]\none="{{ .Count }} item"\nother="{{ .Count }} items"\n'
    '[plain]\nother="Plain"\n',
    "data/x.yaml": "list:\n- {n: z, w: 2, d: {k: 5}}\n- {n: b, w: 10, d: {k: 1}}\n- {n: Q, w: 1, d: {k: 3}}\n"
    "m: {b: 2, a: 1}\n",
    "README.md": "Read *me*\n",
    "docs/a.txt": "a",
    "docs/sub/b.txt": "b",
    "themes/t/static/logo.svg": "<svg/>",
    "themes/t/layouts/partials/x.html": "x",
    "assets/a.txt": "A\n",
    "assets/b.txt": "B\n",
    "assets/d.json": '{"x":[1,2]}',
    "content/posts/_index.md": "---\ntitle: Posts\nweight: 3\n---\n",
    "content/posts/a.md": POST.format("A", 0, 1, "tags: [go, x]\nweight: 2\nrank: 3", '{{< figure src="x.png" >}}'),
    "content/posts/b.md": POST.format("B", 1, 2, "tags: [go]\nrank: 1\nfeatured: true\nevent: 2024-05-01", "b b"),
    "content/posts/c.md": POST.format("C", 2, 3, "tags: [y]\nrank: 2\nfeatured: false\nevent: 2023-01-01", "c"),
    "content/posts/d.md": POST.format("D", 3, 4, "tags: []\ndescription: dd\nNested: {Val: 7}", "d"),
    "content/posts/a.de.md": "---\ntitle: Titel A\n---\nx\n",
}


def site(template):
    return {**SITE, "layouts/single.html": template}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """What Hugo says to each expression of the left column."""
    each = '\n@@{}@@{{{{ {} | jsonify (dict "noHTMLEscape" true) | safeHTML }}}}'
    rows = "".join(each.format(number, f"({go})") for number, (go, _) in enumerate(ROWS))
    template = f'{{{{ if eq .Title "Title A" }}}}{rows}\n@@end@@{{{{ end }}}}'
    public = built(lay(tmp_path_factory.mktemp("hugo"), site(template)))
    text = (public / "posts" / "a" / "index.html").read_text("utf-8")
    return {int(found[1]): found[2].strip() for found in re.finditer(r"(?s)@@(\d+)@@(.*?)(?=\n@@)", text)}


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """What village says to one of the right column."""
    folder = lay(tmp_path_factory.mktemp("village"), site("{{ page.title }}"))
    shop = Workshop(folder, Store(tmp_path_factory.mktemp("store")), BuildOptions(workers=1, keep_state=False))
    shop.build()
    view = shop.lens.view("en:/posts/a")

    def ask(expression):
        with shop.desk.making(view):
            source = f'{{{{ ({expression}) | jsonify({{"noHTMLEscape": true}}) }}}}'
            return str(shop.desk.templates.render_source(source, f"{expression}.txt", shop.desk.context(view)))

    yield ask
    shop.close()


def same(value):
    """Hugo's nil, an empty text and an empty list are one: nothing."""
    return "" if value in (None, [], {}) else value


def test_expressions_mean_the_same(theirs, ours):
    values = [(go, same(json.loads(theirs[at])), same(json.loads(ours(our)))) for at, (go, our) in enumerate(ROWS)]
    assert len(values) > 400
    assert [row for row in values if row[1] != row[2]] == []


def test_a_namespace_says_what_it_has(ours):
    with pytest.raises(Exception, match="did you mean 'to_lower'"):
        ours("strings.toLower('x')")
    with pytest.raises(Exception, match="is no function"):
        ours("strings('x')")
    with pytest.raises(Exception, match="larger than a page may make"):
        ours("strings.repeat(1000000000, 'x')")
