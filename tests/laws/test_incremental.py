"""The law of the builder: after any edits the incremental release and a clean build have the same id."""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from village.builder.options import BuildOptions
from village.builder.workshop import Workshop
from village.errors import BuildFailed
from village.release.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG = """
baseURL = "https://example.org/sub/"
title = "{title}"
{switch}
{languages}
[pagination]
pagerSize = {size}
[params]
colour = "{colour}"
[segments.pages]
includes = [{{kind = "page"}}, {{kind = "home"}}]
excludes = [{{path = "/posts/p1"}}]
[[menus.main]]
name = "Posts"
pageRef = "/posts"
"""
LANGUAGES = "[languages.en]\nweight = 1\n[languages.ru]\nweight = 2\n"
SWITCHES = [
    "",
    "canonifyURLs = true",
    "relativeURLs = true",
    "minify = true",
    'renderSegments = ["pages"]',
    "uglyURLs = true",
]
HOSTS = '[languages.en]\nweight = 1\n[languages.ru]\nweight = 2\nbaseURL = "https://example.ru/"\n'
TEMPLATES = {
    "baseof.html": "<html><head><title>{% block title %}{{ page.title }} {{ site.title }}{% endblock %}</title></head>"
    '{% include "cloud.html" %}{% block main %}{% endblock %}{% include "recent.html" %}<!-- {} --></html>',
    "single.html": '{% extends "baseof.html" %}{% block main %}{{ page.content }}{{ page.params.mood }}'
    "{% if page.next %}n {{ page.next.title }}{% endif %}{% if page.prev_in_section %}p {{ page.prev_in_section.title }}{% endif %}"
    "{% for t in page.terms('tags') %}{{ t.title }}{% endfor %}{% for a in page.ancestors %}{{ a.title }}{% endfor %}"
    "{% for t in page.translations %}{{ t.lang }}{% endfor %}{{ page.table_of_contents }}{{ site.data.people.bob }}"
    "{{ i18n('hello') }}<!-- {} -->{% endblock %}",
    "list.html": '{% extends "baseof.html" %}{% block main %}{% for p in page.paginate(page.pages).pages %}'
    '{{ p.title }}|{{ p.date|date("2 Jan 2006") }}|{{ p.summary }}|{{ p.word_count }}{% endfor %}{{ paginator.total_pages }}<!-- {} -->{% endblock %}',
    "home.html": '{% extends "baseof.html" %}{% block main %}{% for p in site.regular_pages|where("params.mood", "good")|first(3) %}'
    "{{ p.title }}{% endfor %}{% for g in site.regular_pages.group_by_date('2006') %}{{ g.key }}{{ g.pages|length }}{% endfor %}"
    "{{ site.params.colour }}{% for m in site.menus.main %}{{ m.name }}{{ m.url }}{% endfor %}<!-- {} -->{% endblock %}",
    "404.html": "{{ page.title }}<!-- {} -->",
    "_partials/cloud.html": "{% for t in site.taxonomies.tags.by_count %}{{ t.title }} {{ t.count }} {{ t.rel_permalink }}{% endfor %}<!-- {} -->",
    "_partials/recent.html": "{% for p in site.regular_pages|first(2) %}{{ p.title }}: {{ p.plain|truncate(20) }}{% endfor %}<!-- {} -->",
    "_shortcodes/box.html": "<b>{{ get(0) }} {{ page.title }} {{ site.get_page('/posts').title }}<!-- {} --></b>",
    "_markup/render-link.html": '<a href="{{ destination }}" class="x{}">{{ text }}</a>',
}
NAMES = [f"p{number}" for number in range(6)]
PLACES = ["posts", "notes", "posts/deep", ""]
TAGS = ["go", "web", "C++ & Rust"]

name = st.sampled_from(NAMES)
place = st.sampled_from(PLACES)
language = st.sampled_from(["", "", ".ru"])
posts = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["Alpha", "Beta", "Гамма", "a & b"]),
        "day": st.integers(1, 28),
        "weight": st.sampled_from([0, 0, 1, 2]),
        "tags": st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
        "mood": st.sampled_from(["good", "bad", ""]),
        "draft": st.sampled_from([False, False, False, True]),
        "slug": st.sampled_from(["", "", "", "slugged"]),
        "alias": st.sampled_from(["", "", "/old/"]),
        "year": st.sampled_from([2023, 2024, 2024, 2027]),
        "body": st.sampled_from(
            ["Hello.", "Hello *you*.\n\n## Part\n\nText", "{{< box 1 >}} [a](/posts/p1.md)", "a\n\n<!--more-->\n\nb", "```go\nx := 1\n```",
             "{{% box two %}}", '{{< ref "/posts" >}}']
        ),
    }
)  # fmt: skip


def post(values):
    rows = [
        f'title = "{values["title"]}"',
        f"date = {values['year']}-03-{values['day']:02d}",
        f"weight = {values['weight']}",
    ]
    rows += [f"tags = {values['tags']!r}", f"draft = {str(values['draft']).lower()}"]
    rows += [f'mood = "{values["mood"]}"'] if values["mood"] else []
    rows += [f'slug = "{values["slug"]}"'] if values["slug"] else []
    rows += [f'aliases = ["{values["alias"]}"]'] if values["alias"] else []
    return "+++\n" + "\n".join(rows) + "\n+++\n" + values["body"] + "\n"


class Edits(RuleBasedStateMachine):
    """Random edits of a whole site; after each of them a build of the warm workshop and one from nothing."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="village-law-"))
        self.site = self.folder / "site"
        self.options = BuildOptions(now=lambda: NOW)
        self.workshop = Workshop(self.site, Store(self.folder / "store"), self.options)
        self.changed = set()
        self.facts = {"title": "Site", "size": 2, "colour": "red", "languages": LANGUAGES, "switch": ""}

    def teardown(self):
        self.workshop.close()
        shutil.rmtree(self.folder)

    def write(self, path, text):
        target = self.site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        self.changed.add(target)

    @initialize(values=st.lists(st.tuples(name, place, posts), min_size=2, max_size=6))
    def begin(self, values):
        self.configure()
        for template, text in TEMPLATES.items():
            self.write(f"layouts/{template}", text.replace("{}", "0"))
        self.write("data/people.toml", 'bob = "Bob"')
        self.write("i18n/en.toml", 'hello = "Hello"')
        self.write("static/robots.txt", "all")
        self.write("content/posts/_index.md", "+++\ntitle = 'Posts'\n+++\n")
        for where, below, facts in values:
            self.write(f"content/{below}/{where}.md", post(facts))

    def configure(self):
        self.write("hugo.toml", CONFIG.format(**self.facts))

    @rule(name=name, place=place, values=posts, lang=language)
    def edit(self, name, place, values, lang):
        self.write(f"content/{place}/{name}{lang}.md", post(values))

    @rule(name=name, place=place, lang=language)
    def delete(self, name, place, lang):
        path = self.site / f"content/{place}/{name}{lang}.md"
        if path.exists():
            path.unlink()
            self.changed.add(path)

    @rule(one=name, other=name, here=place, there=place)
    def rename(self, one, other, here, there):
        before, after = self.site / f"content/{here}/{one}.md", self.site / f"content/{there}/{other}.md"
        if before.exists() and not after.exists():
            after.parent.mkdir(parents=True, exist_ok=True)
            before.rename(after)
            self.changed |= {before, after}

    @rule(
        place=st.sampled_from(["posts", "notes", "posts/deep"]),
        title=st.sampled_from(["One", "Two", "Drei"]),
        there=st.booleans(),
    )
    def section(self, place, title, there):
        path = self.site / f"content/{place}/_index.md"
        if there:
            self.write(f"content/{place}/_index.md", f"+++\ntitle = '{title}'\n+++\nAbout {title}")
        elif path.exists():
            path.unlink()
            self.changed.add(path)

    @rule(template=st.sampled_from(sorted(TEMPLATES)), mark=st.integers(0, 3))
    def template(self, template, mark):
        self.write(f"layouts/{template}", TEMPLATES[template].replace("{}", str(mark)))

    @rule(template=st.sampled_from(["home.html", "404.html", "_markup/render-link.html"]))
    def remove_template(self, template):
        path = self.site / "layouts" / template
        if path.exists():
            path.unlink()
            self.changed.add(path)

    @rule(
        template=st.sampled_from(["posts/single.html", "posts/baseof.html", "section.html", "tags/term.html"]),
        there=st.booleans(),
    )
    def special_template(self, template, there):
        path = self.site / "layouts" / template
        if there:
            self.write(f"layouts/{template}", "special {{ page.title }} {% block main %}{% endblock %}")
        elif path.exists():
            path.unlink()
            self.changed.add(path)

    @rule(key=st.sampled_from(["title", "size", "colour", "languages", "switch"]), choice=st.integers(0, 5))
    def config(self, key, choice):
        choices = {
            "title": ["Site", "Other"],
            "size": [2, 3],
            "colour": ["red", "blue"],
            "languages": [LANGUAGES, "", HOSTS],
            "switch": SWITCHES,
        }
        self.facts[key] = choices[key][choice % len(choices[key])]
        self.configure()

    @rule(bob=st.sampled_from(["Bob", "Robert"]))
    def data(self, bob):
        self.write("data/people.toml", f'bob = "{bob}"')

    @rule(hello=st.sampled_from(["Hello", "Hi"]), lang=st.sampled_from(["en", "ru"]))
    def i18n(self, hello, lang):
        self.write(f"i18n/{lang}.toml", f'hello = "{hello}"')

    @rule(text=st.sampled_from(["all", "none"]), file=st.sampled_from(["robots.txt", "css/x.css", "posts/index.html"]))
    def static(self, text, file):
        self.write(f"static/{file}", text)

    @rule(bundle=st.sampled_from(["b1", "b2"]), values=posts, picture=st.sampled_from(["a", "bb"]))
    def bundle(self, bundle, values, picture):
        self.write(f"content/posts/{bundle}/index.md", post(values))
        self.write(f"content/posts/{bundle}/picture.txt", picture)

    @rule(mark=st.integers(0, 2), lang=language)
    def adapter(self, mark, lang):
        """Pages made from data; posts/p1 is one that an author's file may stand in for."""
        path = self.site / f"content/posts/_content{lang}.j2"
        if mark:
            self.write(
                f"content/posts/_content{lang}.j2",
                "{{ add_page(path='of-' ~ site.data.people.bob, title=site.data.people.bob, params={'tags': ['go']}) }}"
                f"{{{{ add_page(path='p1', title='Made {mark}', content='words', date='2024-02-0{mark}') }}}}",
            )
        elif path.exists():
            path.unlink()
            self.changed.add(path)

    @rule()
    def restart(self):
        """Another process goes on where this one stopped."""
        self.workshop.close()
        self.workshop = Workshop(self.site, Store(self.folder / "store"), self.options)
        self.changed.add(self.site)

    @precondition(lambda self: self.changed)
    @rule(told=st.booleans())
    def build(self, told):
        """Build warm, told what changed or not, and compare with a build from nothing."""
        changed, self.changed = self.changed, set()
        clean = self.outcome(self.fresh)
        warm = self.outcome(lambda: self.workshop.build(changed if told and self.site not in changed else None))
        assert warm == clean

    def outcome(self, build):
        try:
            return build().release.id
        except BuildFailed as failed:
            return sorted((error.file, error.message) for error in failed.errors)

    def fresh(self):
        with tempfile.TemporaryDirectory() as folder:
            workshop = Workshop(self.site, Store(Path(folder)), BuildOptions(now=lambda: NOW, keep_state=False))
            try:
                return workshop.build()
            finally:
                workshop.close()

    @invariant()
    def nothing(self):
        """The law is checked where it costs: in ``build``."""


Edits.TestCase.settings = settings(
    max_examples=25, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
TestIncremental = Edits.TestCase
