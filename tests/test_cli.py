"""The manners of the verbs: exit codes, what they print and where, what a wrong folder or a closed pipe gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def village(*arguments: str, folder: Path, **more: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / ".cache"), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "village", *arguments]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.run(command, cwd=folder, env=environment, text=True, check=False, **options)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    assert village("new", "site", "blog", folder=tmp_path).returncode == 0
    return tmp_path / "blog"


def test_a_new_page_is_named_below_the_site_and_said_to_be_a_draft(site: Path):
    done = village("new", "posts/hello.md", folder=site)
    path, note = done.stdout.splitlines()
    assert (site / path).is_file()
    assert path == "content/posts/hello.md"
    assert "village serve --drafts" in note
    again = village("new", "posts/hello.md", folder=site)
    assert again.returncode == 1
    assert "exists already" in again.stderr


@pytest.mark.parametrize("verb", [("build",), ("check",), ("explain", "/"), ("serve",), ("new", "posts/a.md")])
def test_a_folder_without_a_site_is_left_alone(tmp_path: Path, verb: tuple[str, ...]):
    done = village(*verb, folder=tmp_path)
    assert done.returncode == 2
    assert "is no site" in done.stderr
    assert "village new site" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == []


def test_the_way_to_a_site_above_is_told(site: Path):
    done = village("build", folder=site / "content")
    assert done.returncode == 2
    assert f"cd {site}" in done.stderr


def test_an_authors_error_begins_with_its_place(site: Path):
    (site / "content/posts/bad.md").write_text("---\ntitle: [x\n---\n")
    done = village("build", folder=site)
    assert done.returncode == 1
    assert done.stderr.startswith("content/posts/bad.md:")
    assert done.stdout == ""


def test_an_unknown_address_is_1_and_names_what_is_like_it(site: Path):
    done = village("explain", "/post/first-post/", folder=site)
    assert done.returncode == 1
    assert "/posts/first-post/" in done.stdout


def test_nobody_who_reads_and_no_room_are_no_tracebacks(site: Path):
    reading, writing = os.pipe()
    os.close(reading)
    closed = village("explain", "/", folder=site, stdout=writing)
    os.close(writing)
    with open("/dev/full", "w") as full:
        unheard = village("build", folder=site, stdout=full)
    assert (closed.stderr, closed.returncode) == ("", 141)
    assert "No space left" in unheard.stderr
    assert unheard.returncode == 3


def test_a_mistyped_verb_or_option_offers_the_right_one(tmp_path: Path):
    assert "Did you mean 'build'?" in village("biuld", folder=tmp_path).stderr
    assert "Did you mean '--drafts'?" in village("build", "--drfts", folder=tmp_path).stderr


def test_a_folder_for_a_usb_stick_needs_no_server(site: Path):
    (site / "content/posts/a.md").write_text("---\ntitle: A\naliases: [/old/]\n---\nwords\n")
    for _ in range(2):  # the second build wakes up from what the first remembers
        assert village("build", "--base-url", ".", folder=site).returncode == 0
    page = (site / "public/posts/a/index.html").read_text()
    assert " integrity=" not in page
    assert 'url=../posts/a/index.html"' in (site / "public/old/index.html").read_text()


def test_a_build_is_not_written_over_its_sources(site: Path):
    done = village("build", "--out", "content/sub", folder=site)
    assert done.returncode == 2
    assert "would be overwritten" in done.stderr


def test_check_tells_one_mistake_once_and_notes_are_no_failure(site: Path):
    assert village("check", folder=site).stdout == "nothing to mend\n"
    (site / "static/img").mkdir()
    (site / "static/img/lost.png").write_bytes(b"png")
    noted = village("check", folder=site)
    assert (noted.returncode, noted.stdout.splitlines()[-1]) == (0, "1 note")
    (site / "content/posts/a.md").write_text("---\ntitle: A\n---\n[x](nowhere.md)\n")
    found = village("check", folder=site)
    assert (found.returncode, found.stdout.splitlines()[-1]) == (1, "1 finding, 1 note")
    assert found.stdout.count("nowhere.md") == 1


def test_the_list_of_verbs_ends_each_of_its_sentences(tmp_path: Path):
    verbs = village("--help", folder=tmp_path).stdout.partition("Commands:\n")[2].splitlines()
    assert len(verbs) > 10
    assert [line for line in verbs if not line.endswith(".") or line.endswith("...")] == []
