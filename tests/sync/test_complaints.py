"""What git complains of, in words: whose move it is, what to do, and no credentials."""

from __future__ import annotations

import pytest

from village.sync import complaints


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        (
            "Host key verification failed.\nfatal: Could not read from remote repository.",
            "SSH key is not the known one",
        ),
        ("git@github.com: Permission denied (publickey).", "refuses these credentials"),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", "is not there"),
        ("fatal: unable to write loose object file: No space left on device", "no space left"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 429", "cannot be reached"),
        ("fatal: something new", "git fetch failed: fatal: something new"),
        ("", "no reason given"),
    ],
)
def test_what_git_says_is_said_in_words(complaint, words):
    assert words in str(complaints.explained("fetch", complaint, ()))


def test_no_credentials_in_a_complaint():
    complaint = "fatal: unable to access 'https://ada:pass@example.com/x.git/': secret-token"
    words = str(complaints.explained("fetch", complaint, ("secret-token",)))
    assert "pass" not in words
    assert "secret-token" not in words


@pytest.mark.parametrize(
    ("complaint", "whose", "kind"),
    [
        ("fatal: write error: No space left on device", "world", "full"),
        ("fatal: unable to access 'https://example.com/': The requested URL returned error: 503", "world", ""),
        ("git@github.com: Permission denied (publickey).", "operator", ""),
        ("ERROR: Permission to ada/x.git denied to deploy key", "operator", ""),
        ("fatal: cannot mkdir objects.git: Permission denied", "operator", ""),
        ("fatal: couldn't find remote ref refs/heads/x", "operator", ""),
        ("fatal: something new", "world", ""),
    ],
)
def test_whose_move_it_is(complaint, whose, kind):
    failure = complaints.explained("fetch", complaint)
    assert (failure.whose, failure.kind, failure.retry) == (whose, kind, True)


def test_progress_is_no_complaint():
    progress = "remote: Enumerating objects: 5, done.\nremote: Counting objects:  20% (1/5)\rremote: Counting objects: 100% (5/5)\n"
    progress += (
        "Receiving objects:  99% (5/5), 1.20 MiB | 1.00 KiB/s\rFrom https://example.com/x\n + 12ab...34cd HEAD -> x\n"
    )
    failure = complaints.explained("fetch", progress + "fatal: early EOF\n")
    assert failure.said == "fatal: early EOF"


def test_of_a_long_complaint_the_beginning_and_the_end_are_told():
    failure = complaints.explained("read-tree", "error: first\n" + "x\n" * 1000 + "fatal: last\n")
    assert "error: first" in failure.message
    assert failure.message.endswith("fatal: last")
