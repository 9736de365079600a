"""``village new``: a site that looks good at once, a page that begins with its archetype."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from village import files
from village.errors import ContentError
from village.site import archetypes, component_files, dates, preparation, tables
from village.site.content.files import MARKUP
from village.site.content.harvest import Harvest
from village.site.guard import Guard
from village.site.model import LoadOptions

CONFIG = """# The site's own settings. Every setting has a default; this file only says what differs.
# Hugo's configuration is understood as it is: config/ folders, environments, YAML and JSON too.

baseURL = "https://example.org/"
title = "{name}"
locale = "en"
theme = "village"                 # or "plain", or a folder in themes/; your own layouts/ go before it
# timeZone = "Europe/Berlin"      # of dates that name none; UTC otherwise
# enableRobotsTXT = true

[params]
description = "A few words about {name}"
# analytics.plausible = "example.org"    # or google, umami, goatcounter, matomo: one line

[outputs]
home = ["html", "rss", "atom", "search"] # search: the index the theme's search box reads

[markup.highlight]
noClasses = false                 # colours of code from the theme, in the light and in the dark

[pagination]
pagerSize = 10

# [permalinks]
# posts = "/:year/:month/:slug/"  # where posts live; their path below content/ otherwise

[taxonomies]
tag = "tags"
category = "categories"

[[menus.main]]
name = "Posts"
pageRef = "/posts"
weight = 1

[[menus.main]]
name = "About"
pageRef = "/about"
weight = 2

# [languages.en]
# weight = 1
# [languages.de]                  # content/about.de.md is the German /about/
# weight = 2
"""
HOME = """---
title: {quoted}
---
Welcome. This is `content/_index.md`, the home page.
"""
ABOUT = """---
title: About
---
Who writes here, and why. This page is `content/about.md`.
"""
FIRST = """---
title: The first post
date: {date}
tags: [welcome]
summary: What lies where, and how to go on.
---
This is `content/posts/first-post.md`. Edit it while `village serve` runs, and the browser follows.

## What lies where

| folder | holds |
|---|---|
| `content/` | pages, in Markdown |
| `static/` | files that are published as they are |
| `layouts/` | templates of your own; they go before the theme's |
| `archetypes/` | what a new page begins with |
| `data/`, `i18n/` | tables for templates, words in other languages |

## How to go on

- [ ] give the site its name and address in `hugo.toml`
- [ ] write: `village new posts/second-post.md`
- [ ] publish: push, and the server builds it

```python
def greet(name: str) -> str:
    return f"Hello, {{name}}"
```
"""
FRESH_CLONE = re.compile(r"\.|(README|LICEN[CS]E|COPYING|UNLICENSE)\b", re.IGNORECASE)  # beside which a site may begin
IGNORED = "/public/\n/resources/\n.DS_Store\n"


def new_site(folder: Path, name: str = "", now: datetime | None = None) -> list[Path]:
    """Write a new site; the files written.

    The folder may be new, empty, or a fresh clone: what a forge puts there stays.

    Raises ContentError when there is anything else.
    """
    there = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    foreign = [name for name in there if not FRESH_CLONE.match(name)]
    if foreign:
        hint = f"it holds {foreign[0]}; name a folder that does not exist yet, or a fresh clone"
        raise ContentError("the folder is not empty", file=str(folder), hint=hint)
    title = name or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
    moment = (now or datetime.now(UTC)).strftime("%Y-%m-%d")
    texts = {
        "hugo.toml": CONFIG.format(name=title.replace('"', "'")),
        "content/_index.md": HOME.format(name=title.replace("\n", " "), quoted=json.dumps(title, ensure_ascii=False)),
        "content/about.md": ABOUT,
        "content/posts/_index.md": "---\ntitle: Posts\n---\n",
        "content/posts/first-post.md": FIRST.format(date=moment),
        "archetypes/default.md": archetypes.DEFAULT,
        ".gitignore": IGNORED,
    }
    written = []
    for path in (path for path in texts if path not in there):
        files.write_whole(folder / path, texts[path].encode())
        written.append(folder / path)
    (folder / "static").mkdir(exist_ok=True)
    return written


def new_content(
    folder: Path, path: str, options: LoadOptions | None = None, now: datetime | None = None, *, kind: str = ""
) -> list[Path]:
    """Write a new page (``posts/hello.md``; without an extension: Markdown) from its archetype; the files
    written.

    An archetype that is a folder makes a whole bundle. ``kind`` names the archetype, otherwise the section does.
    Raises ContentError when the page exists or lies outside the content folder.
    """
    options = options or LoadOptions()
    root = Path(os.path.abspath(folder))
    guard = Guard.of(root, options.root, options.theme_folders)
    harvest = preparation.prepare(root, options, guard)
    harvest.components["archetypes"] = component_files.scan(harvest.layers, "archetypes", guard)
    rules = next(iter(harvest.rules.values()))
    moment = (now or options.now or datetime.now(UTC)).astimezone(rules.zone or dates.UTC)
    content = root / str(harvest.config.table.get("contentdir") or "content")
    wanted = path.strip("/").removeprefix("content/")
    target = content / wanted
    if not files.within(content, target) or ".." in wanted.split("/"):
        raise ContentError("lies outside the content folder", file=path, hint="a path such as posts/hello.md")
    bundle = bundle_of(harvest, wanted, kind)
    if bundle:
        return new_bundle(harvest, bundle, target, moment)
    if target.suffix.lstrip(".").lower() not in MARKUP:
        target = target.with_name(target.name + ".md")
    return [write(target, text_of(harvest, wanted, kind), harvest, moment)]


def bundle_of(harvest: Harvest, wanted: str, kind: str = "") -> str:
    """The archetype folder for a path without an extension; "" where there is none."""
    section = kind or wanted.split("/", 1)[0]
    if Path(wanted).suffix.lstrip(".").lower() in MARKUP:
        return ""
    for name in (section, "default"):
        if any(file.inside.startswith(f"{name}/") for file in harvest.components["archetypes"]):
            return name
    return ""


def text_of(harvest: Harvest, wanted: str, kind: str = "") -> str:
    """The archetype of a page: that of its kind or section, else the default one, of the site before its themes'."""
    section = kind or (wanted.split("/", 1)[0] if "/" in wanted else "")
    known = {file.inside: file for file in reversed(harvest.components["archetypes"])}
    for name in (f"{section}.md", "default.md"):
        if name in known:
            return harvest.guard.read_text(Path(known[name].location)) or archetypes.DEFAULT
    return archetypes.DEFAULT


def new_bundle(harvest: Harvest, name: str, target: Path, moment: datetime) -> list[Path]:
    """Every file of an archetype folder; its content files are filled in, the others copied."""
    if target.exists():
        raise taken(target)
    written = []
    for file in harvest.components["archetypes"]:
        if file.inside.startswith(f"{name}/"):
            place = target / file.inside[len(name) + 1 :]
            if place.suffix.lstrip(".").lower() in MARKUP:
                written.append(write(place, harvest.guard.read_text(Path(file.location)) or "", harvest, moment))
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.location, place)
                written.append(place)
    return written


def write(place: Path, text: str, harvest: Harvest, moment: datetime) -> Path:
    """One page, filled in."""
    if place.exists():
        raise taken(place)
    base = place.stem.split(".")[0]
    name = place.parent.name if base in {"index", "_index"} else base
    values = {
        "name": name,
        "title": name.replace("-", " ").title(),
        "file.contentbasename": name,
        "file.basefilename": place.stem,
        "file.translationbasename": base,
        "file.dir": f"{place.parent.name}/",
        "file.path": place.name,
        "file.logicalname": place.name,
        "type": place.parent.name,
        "section": place.parent.name,
        "site.title": tables.text(harvest.config.table.get("title")),
    }
    files.write_whole(place, archetypes.fill(text, values, moment).encode())
    return place


def taken(place: Path) -> ContentError:
    return ContentError("exists already", file=str(place), hint="choose another name")
