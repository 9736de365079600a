"""The kernel's own events, by way of libc."""

from __future__ import annotations

import errno

import pytest

from village.sync import inotify

pytestmark = pytest.mark.skipif(not inotify.possible(), reason="inotify is Linux's")


@pytest.fixture
def watch():
    opened = inotify.Inotify()
    yield opened
    opened.close()


def test_a_writer_is_heard_until_it_closes_the_file(tmp_path, watch):
    number = watch.add(str(tmp_path))
    with (tmp_path / "пост.md").open("w") as file:
        file.write("x")
        file.flush()
        assert watch.read() == [(number, inotify.CREATED, "пост.md"), (number, inotify.MODIFIED, "пост.md")]
    assert watch.read() == [(number, inotify.CLOSED, "пост.md")]
    assert watch.read() == []


def test_a_folder_inside_is_told_apart_and_a_link_is_not_followed(tmp_path, watch):
    watch.add(str(tmp_path))
    (tmp_path / "posts").mkdir()
    (tmp_path / "link").symlink_to("posts")
    (folder, link) = watch.read()
    assert folder[1] & inotify.IS_FOLDER
    assert not link[1] & inotify.IS_FOLDER
    with pytest.raises(NotADirectoryError):
        watch.add(str(tmp_path / "link"))
    assert watch.add(str(tmp_path / "link"), link=True) > 0


def test_a_folder_that_is_not_there_is_said_so(tmp_path, watch):
    with pytest.raises(OSError) as raised:
        watch.add(str(tmp_path / "none"))
    assert raised.value.errno == errno.ENOENT
