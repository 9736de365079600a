"""``village config`` shows what holds; ``village new`` takes the archetype that is named."""

import json

from click.testing import CliRunner

from village.cli import main


def test_the_configuration_with_defaults_and_environment(tmp_path):
    (tmp_path / "config/_default").mkdir(parents=True)
    (tmp_path / "config/staging").mkdir()
    (tmp_path / "config/_default/hugo.toml").write_text('title = "Site"\n[params]\na = 1\n')
    (tmp_path / "config/staging/params.toml").write_text("b = 2\n")
    shown = CliRunner().invoke(main, ["config", str(tmp_path), "-e", "staging"])
    found = json.loads(shown.output)
    assert (found["title"], found["params"], found["summarylength"]) == ("Site", {"a": 1, "b": 2}, 70)


def test_a_new_page_from_the_archetype_that_is_named(tmp_path, monkeypatch):
    (tmp_path / "archetypes").mkdir()
    (tmp_path / "archetypes/recipe.md").write_text("---\ntitle: A recipe\n---\n")
    (tmp_path / "hugo.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["new", "content", "posts/soup.md", "--kind", "recipe"]).exit_code == 0
    assert "A recipe" in (tmp_path / "content/posts/soup.md").read_text()
