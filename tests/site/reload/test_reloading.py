"""The law of reloading: whatever happened to the files, reload gives what a fresh load gives."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.site.sites import NOW, write
from village.errors import BuildFailed
from village.site import loader
from village.site.model import LoadOptions, Site
from village.site.reload import rereading

OPTIONS = LoadOptions(now=NOW)
START = {
    "hugo.toml": 'baseURL = "https://example.org/"\ntitle = "T"\n[languages.en]\nweight = 1\n[languages.ru]\nweight = 2\n',
    "content/_index.md": "---\ntitle: Home\n---\n",
    "content/posts/_index.md": "---\ntitle: Posts\ncascade: {colour: red}\n---\n",
    "content/posts/a.md": "---\ntitle: A\ndate: 2020-01-01\ntags: [x, y]\n---\nhello\n",
    "content/posts/b.md": "+++\ntitle = 'B'\ndate = 2021-01-01\n+++\nhello\n",
    "content/posts/c/index.md": "---\ntitle: C\ntags: [x]\n---\n",
    "content/posts/c/photo.png": "png",
    "content/posts/c/inner.md": "---\ntitle: inner\n---\n",
    "content/docs/one.md": "one",
    "content/docs/one.ru.md": "---\ntitle: один\n---\n",
    "data/people.yaml": "jane: 1\n",
    "i18n/en.toml": 'read = "Read"\n',
    "layouts/home.html": "x",
    "static/a.txt": "x",
}
PATHS = [
    *START,
    "content/posts/d.md",
    "content/posts/deep/e.md",
    "content/posts/deep/_index.md",
    "content/posts/c/more.txt",
    "content/posts/c/index.ru.md",
    "content/tags/x/_index.md",
    "content/new/f.md",
    "content/pic.png",
    "content/posts/a/extra.png",
    "data/more.json",
    "assets/s.css",
    "config/_default/params.toml",
]
TEXTS = [
    "plain\n",
    "---\ntitle: One\n---\nbody\n",
    "---\ntitle: One\n---\nother body\n",
    "---\ntitle: Two\ndate: 2022-02-02\ntags: [x, Z z]\nweight: 3\n---\nbody\n",
    "---\ntitle: Three\ndraft: true\n---\n",
    "---\ntitle: Four\npublishDate: 2030-01-01\n---\n",
    "---\ntitle: Five\ncascade: {colour: blue}\nmenus: main\n---\n",
    "---\ntitle: Six\naliases: [/old]\nurl: /six/\n---\n",
    '{"title": "J"}\nx',
    'title = "Other"\n',
    "---\ntitle: [broken\n---\n",
]
edits = st.lists(
    st.tuples(st.sampled_from(PATHS), st.one_of(st.none(), st.sampled_from(TEXTS))), min_size=1, max_size=3
)


def picture(site: Site) -> dict[str, Any]:
    return {
        "pages": site.pages,
        "order": site.order,
        "children": site.children,
        "taxonomies": site.taxonomies,
        "menus": site.menus,
        "data": site.data,
        "i18n": site.i18n,
        "config": site.config,
        "languages": site.languages,
        "layers": site.layers,
        "skipped": sorted((s.path, s.reason) for s in site.skipped),
        "warnings": sorted(w.describe() for w in site.warnings),
        "components": {name: set(files) for name, files in site.harvest.components.items()},
        "next": site.next_moment,
        "files": site.harvest.files,
    }


def apply(folder: Path, step: list[tuple[str, str | None]]) -> set[Path]:
    for name, text in step:
        path = folder / name
        if text is None:
            path.unlink(missing_ok=True)
            for above in path.parents:
                if above != folder and above.is_relative_to(folder) and above.is_dir() and not any(above.iterdir()):
                    above.rmdir()
        elif not any(above.is_file() for above in path.parents if above.is_relative_to(folder)):
            write(folder, {name: text})
    return {folder / name for name, _ in step}


def attempt(call: Any) -> tuple[Any, list[str]]:
    try:
        return call(), []
    except BuildFailed as failed:
        return None, sorted(error.describe() for error in failed.errors)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(edits, st.booleans()), min_size=1, max_size=5))
def test_reload_is_load(tmp_path: Path, steps: list[tuple[list[tuple[str, str | None]], bool]]) -> None:
    folder = tmp_path / "site"
    shutil.rmtree(folder, ignore_errors=True)
    site = loader.load(write(folder, START), OPTIONS)
    for step, told in steps:
        changed = apply(folder, step)
        before = picture(site)
        again, errors = attempt(lambda: loader.reload(site, changed if told else None))  # noqa: B023
        fresh, expected = attempt(lambda: loader.load(folder, OPTIONS))
        assert errors == expected
        assert picture(site) == before, "the old site must stay as it was"
        if fresh is not None:
            site = again[0]
            assert picture(site) == picture(fresh)


def test_a_body_edit_says_so(tmp_path: Path) -> None:
    site = loader.load(write(tmp_path, START), OPTIONS)
    post = tmp_path / "content/posts/a.md"
    post.write_text(post.read_text() + "more\n")
    again, changes = loader.reload(site, {post})
    assert changes.body == {"en:/posts/a"}
    assert not changes.structure
    assert not changes.meta
    assert again.pages["en:/posts/a"].source.read_body() == "hello\nmore\n"


def test_a_failed_reload_is_not_forgotten(tmp_path: Path) -> None:
    site = loader.load(write(tmp_path, START), OPTIONS)
    broken, fine = tmp_path / "content/posts/a.md", tmp_path / "content/posts/b.md"
    broken.write_text("---\ntitle: [x\n---\n")
    with pytest.raises(BuildFailed):
        loader.reload(site, {broken})
    fine.write_text("---\ntitle: Fine\n---\n")
    with pytest.raises(BuildFailed):
        loader.reload(site, {fine})


def test_a_write_while_the_file_is_read_is_seen_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = loader.load(write(tmp_path, START), OPTIONS)
    post = tmp_path / "content/posts/a.md"
    text = post.read_text()
    post.write_text(text + "one\n")
    bounded = rereading.read_bounded

    def overtaken(path: str) -> bytes | None:
        data = bounded(path)
        post.write_text(text + "one and two\n")
        return data

    with monkeypatch.context() as patched:
        patched.setattr(rereading, "read_bounded", overtaken)
        site = loader.reload(site, {post})[0]
    (tmp_path / "content/posts/new.md").write_text("---\ntitle: New\n---\n")  # makes the next look a walk
    changes = loader.reload(site, {post, tmp_path / "content/posts/new.md"})[1]
    assert "en:/posts/a" in changes.body


@pytest.mark.parametrize("told", [True, False])
def test_a_theme_that_comes_later_is_taken_up(tmp_path: Path, told: bool) -> None:
    site = loader.load(write(tmp_path, {**START, "hugo.toml": 'theme = "late"\n', "go.mod": "late\n"}), OPTIONS)
    assert site.themes == []
    template = tmp_path / "themes/late/layouts/single.html"
    write(tmp_path, {"themes/late/layouts/single.html": "x"})
    again, _ = loader.reload(site, {template} if told else None)
    assert again.themes == ["late"]
