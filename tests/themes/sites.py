"""Sites as people have them: a blog with everything, several languages, hardly anything at all. Files by path."""

from __future__ import annotations

BLOG = {
    "hugo.toml": """
baseURL = "https://example.org/sub/"
title = 'A <b> & "quoted" blog'
copyright = "© *me*"
pagination.pagerSize = 3
[params]
description = "Notes & <i>more</i>"
mainSections = ["posts", "notes"]
author = { name = "Jane <Doe>", email = "jane@example.org" }
images = ["site.png"]
[params.social]
GitHub = "https://github.com/jane"
twitter = "jane"
[taxonomies]
tag = "tags"
category = "categories"
series = "series"
[outputs]
home = ["html", "rss", "atom", "jsonfeed", "search"]
[[menus.main]]
name = "Posts"
pageRef = "/posts"
[[menus.main]]
name = "Else <where>"
url = "https://example.com/?a=1&b=2"
[[menus.main]]
identifier = "more"
name = "More"
[[menus.main]]
name = "About"
parent = "more"
pageRef = "/about"
""",
    "content/about.md": "---\ntitle: About\n---\n# One\n\n## Two\n\ntext\n",
    "content/empty.md": "",
    "content/posts/_index.md": "---\ntitle: Posts\ndescription: All of them\n---\nIntro.\n",
    "content/posts/untitled.md": "---\ndate: 2024-01-01\n---\nA post without a title.\n",
    "content/posts/html.md": "---\ntitle: 'Tags <script>alert(1)</script> & \"quotes\"'\ndate: 2024-01-02\n"
    "lastmod: 2024-03-01\ntags: ['C++ & Rust', 'a<b']\nseries: One\ncategories: [x]\ndescription: 'a \"b\" <c>'\n"
    "image: https://img.example.org/x.png\nauthor: [A, B]\ntoc: true\n---\n"
    "## One\n\n## Two\n\n### Three\n\nText[^1] $x^2$\n\n```mermaid\ngraph TD\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    "> [!WARNING] Mind\n> the gap\n\n> quote\n\n- [ ] a\n- [x] b\n\n[^1]: note\n",
    "content/posts/bundle/index.md": "---\ntitle: Bundle\ndate: 2024-01-03\ncover:\n  image: photo.png\n  alt: 'A \"photo\"'\n"
    "  caption: '*taken* at home'\n---\n![p](photo.png)\n",
    "content/posts/bundle/photo.png": "not really a picture",
    "content/posts/featured/index.md": "---\ntitle: Featured\ndate: 2024-01-04\ndraft: false\n---\ntext\n",
    "content/posts/featured/featured-image.jpg": "not really a picture",
    "content/posts/odd.md": "---\ntitle: Odd params\ndate: 2024-01-05\ntags: 7\ncover: false\nimages: []\nauthor: {name: X}\n"
    "social: [1, 2]\ntoc: [1]\ncomments: {a: 1}\n---\ntext\n",
    "content/notes/deep/_index.md": "---\ntitle: Deep\n---\n",
    "content/notes/deep/one.md": "---\ntitle: One\nweight: 1\n---\nfirst\n",
    "content/notes/deep/two.md": "---\ntitle: Two\nweight: 2\n---\nsecond\n",
    "content/docs/_index.md": "---\ntitle: Docs\n---\n",
    "content/docs/a.md": "---\ntitle: A\nweight: 1\n---\n" + "word " * 900 + "\n\n## x\n\n## y\n\n## z\n",
    "content/docs/part/_index.md": "---\ntitle: Part\nweight: 2\n---\n",
    "content/docs/part/b.md": "---\ntitle: B\n---\ntext\n",
    "content/archives.md": "---\ntitle: Archives\nlayout: archives\n---\n",
}

LANGUAGES = {
    "hugo.yaml": """
baseURL: https://example.org/
title: Many
defaultContentLanguage: en
languages:
  en: {weight: 1, label: English, locale: en-US}
  ru: {weight: 2, label: Русский, title: Деревня}
  zh-cn: {weight: 3, label: 中文}
  ar: {weight: 4, label: العربية, direction: rtl}
  xx: {weight: 5, label: Unknown}
""",
    **{
        f"content/posts/hello{suffix}.md": f"---\ntitle: {title}\ndate: 2024-01-0{number}\ntags: [{tag}]\n---\n{text}\n"
        for number, (suffix, title, tag, text) in enumerate(
            [
                ("", "Hello", "one", "Hello, world."),
                (".ru", "Привет, мир", "Ещё", "Привет, мир. " * 300),
                (".zh-cn", "你好", "中文", "你好，世界。" * 200),
                (".ar", "مرحبا", "عربي", "مرحبا بالعالم. " * 50),
                (".xx", "Xx", "xx", "xx"),
            ],
            start=1,
        )
    },
    "content/posts/only-english.md": "---\ntitle: Only\ndate: 2024-01-09\n---\nx\n",
}

BARE = {"hugo.toml": "", "content/hello.md": "Hello."}

GO_THEME = {
    "hugo.toml": 'title = "Go"\ntheme = "gopher"\n[params]\nmainSections = "post"\nauthor = "Me"\nsocialIcons = [{name = "github", url = "https://g.example"}]\n',
    "themes/gopher/layouts/_default/baseof.html": "<html>{{ block `main` . }}{{ end }}</html>",
    "themes/gopher/layouts/_default/single.html": '{{ define "main" }}{{ .Content }}{{ end }}',
    "themes/gopher/layouts/_default/list.html": '{{ define "main" }}{{ range .Pages }}{{ .Title }}{{ end }}{{ end }}',
    "themes/gopher/layouts/partials/header.html": "{{ .Site.Title }}",
    "themes/gopher/layouts/shortcodes/notice.html": "<div>{{ .Inner | markdownify }}</div>",
    "themes/gopher/assets/css/main.css": "body { color: red }",
    "themes/gopher/i18n/en.toml": 'older = "Go older"',
    "content/post/a.md": "---\ntitle: A\ndate: 2024-01-01\n---\n{{< notice tip >}}inner{{< /notice >}}\n",
}
