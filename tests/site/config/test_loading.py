"""Configuration: files, environments, variables, themes underneath, warnings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site.sites import load, write
from village.errors import BuildFailed
from village.site.config import keys, loading
from village.site.guard import Guard
from village.site.model import LoadOptions


def table(folder: Path, **options: object) -> dict[str, object]:
    return loading.load(folder, LoadOptions(**options), Guard.of(folder, None)).table  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hugo.toml", 'TITLE = "T"\n[Params]\nFoo = 1\n'),
        ("config.yaml", "Title: T\nparams: {FOO: 1}\n"),
        ("hugo.json", '{"title": "T", "params": {"foo": 1}}'),
        ("site.toml", 'title = "T"\nparams.foo = 1\n'),
    ],
)
def test_every_language_and_name(tmp_path: Path, name: str, text: str) -> None:
    found = table(write(tmp_path, {name: text}))
    assert found["title"] == "T"
    assert found["params"] == {"foo": 1}
    assert found["summarylength"] == 70


def test_folders_environments_and_variables(tmp_path: Path) -> None:
    files = {
        "config/_default/hugo.toml": 'title = "default"\nbaseURL = "https://a/"\n',
        "config/_default/params.toml": 'a = 1\nb = "x"\nlist = ["q"]\nflag = true\n',
        "config/_default/menus.en.toml": '[[main]]\nname = "M"\n',
        "config/_default/languages.yaml": "languages: {en: {weight: 1}}\n",
        "config/production/params.yaml": "a: 2\n",
        "config/staging/hugo.toml": 'title = "staging"\n',
    }
    write(tmp_path, files)
    found = table(tmp_path)
    assert (found["title"], found["params"]["a"]) == ("default", 2)  # type: ignore[index]
    assert found["languages"] == {"en": {"weight": 1, "menus": {"main": [{"name": "M"}]}}}
    assert table(tmp_path, environment="staging")["title"] == "staging"
    variables = {
        "HUGO_TITLE": "env", "HUGO_PARAMS_A": "5", "HUGO_PARAMS_B": "7", "HUGO_PARAMS_LIST": '["z"]', "HUGO_PARAMS_FLAG": "false",
        "HUGOxPARAMSxAPI_KEY": "k", "HUGO_ENVIRONMENT": "x", "HUGO_NUMWORKERMULTIPLIER": "3", "HOME": "/root",
    }  # fmt: skip
    found = table(tmp_path, variables=variables)
    assert found["title"] == "env"
    assert found["params"] == {"a": 5, "b": "7", "list": ["z"], "flag": False, "api_key": "k"}


def test_old_names_still_work(tmp_path: Path) -> None:
    found = table(
        write(tmp_path, {"config.toml": 'paginate = 3\nlanguageCode = "ru"\nrssLimit = 9\n[indexes]\nx = "xs"\n'})
    )
    assert found["pagination"] == {"disablealiases": False, "pagersize": 10, "path": "page"}  # ignored, with a warning
    assert (found["locale"], found["services"]["rss"]["limit"]) == ("ru", 9)  # type: ignore[index]
    assert found["taxonomies"] == {"x": "xs"}


def test_theme_config_lies_underneath(tmp_path: Path) -> None:
    files = {
        "hugo.toml": 'theme = ["one", "two"]\n[params]\na = "mine"\n[params.deep]\nx = 1\n[markup]\n_merge = "deep"\n'
        '[[menus.main]]\nname = "own"\n',
        "themes/one/hugo.toml": 'title = "no"\ntheme = "three"\n[params]\na = "one"\nb = "one"\n[params.deep]\ny = 2\n'
        '[markup.goldmark.renderer]\nunsafe = true\n[[menus.main]]\nname = "no"\n[[menus.side]]\nname = "side"\n',
        "themes/two/config.yaml": "params: {b: two, c: two}\n",
        "themes/three/config/_default/params.toml": "d = 3\n",
    }
    found = table(write(tmp_path, files))
    assert found["title"] == ""
    assert found["params"] == {"a": "mine", "b": "one", "c": "two", "d": 3, "deep": {"x": 1, "y": 2}}
    assert found["menus"] == {"main": [{"name": "own"}], "side": [{"name": "side"}]}
    assert found["markup"] == {"goldmark": {"renderer": {"unsafe": True}}}


def test_unknown_keys_warn_with_the_nearest(tmp_path: Path) -> None:
    site = load(tmp_path, {"hugo.toml": 'titel = "x"\nsummaryLenght = 3\nmyThing = 1\n'})
    said = [f"{warning.message} {warning.hint}" for warning in site.warnings]
    assert any('"titel"' in line and '"title"' in line for line in said)
    assert any('"summaryLenght"' in line and '"summarylength"' in line for line in said)
    assert len(said) == 3


def test_broken_config_says_where(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed) as caught:
        load(tmp_path, {"hugo.toml": 'title = "x"\nbaseURL = \n'})
    error = caught.value.errors[0]
    assert (error.file, error.line) == ("hugo.toml", 2)


def test_defaults_are_not_shared(tmp_path: Path) -> None:
    table(write(tmp_path, {"hugo.toml": ""}))["pagination"]["pagersize"] = 1  # type: ignore[index]
    assert keys.DEFAULTS["pagination"]["pagersize"] == 10


@pytest.mark.parametrize(
    ("config", "more"),
    [
        ('theme = "gone"\n', {".gitmodules": '[submodule "themes/gone"]\npath = themes/gone\nurl = https://forge/x\n'}),
        ('theme = "github.com/somebody/gone"\n', {}),
        ('theme = "gone"\n', {"Makefile": "\tgit clone https://forge/gone themes/gone\n"}),
        ('theme = "gone"\n', {".github/workflows/pages.yml": "run: git clone https://forge/x themes/gone\n"}),
        ('[[module.imports]]\npath = "github.com/somebody/gone"\n', {}),
    ],
)
def test_a_theme_that_lies_elsewhere_is_a_warning(tmp_path: Path, config: str, more: dict[str, str]) -> None:
    site = load(tmp_path, {"hugo.toml": config, "content/a.md": "a", **more})
    assert ["is not here" in warning.message for warning in site.warnings] == [True]


def test_a_theme_that_nothing_speaks_of_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed) as caught:
        load(tmp_path, {"hugo.toml": 'title = "T"\ntheme = "gone"\n', "content/a.md": "a"})
    (error,) = caught.value.errors
    assert (error.file, error.line) == ("hugo.toml", 2)


def test_a_theme_nobody_has_heard_of_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed) as caught:
        load(tmp_path, {"hugo.toml": 'theme = "plian"\n', "themes/plain/theme.toml": "", "content/a.md": "a"})
    assert 'did you mean "plain"?' in caught.value.describe()
