"""When a burst of changes is whole."""

from __future__ import annotations

from village.sync.burst import LONGEST, QUIET, WHOLE, Burst


def test_a_file_that_its_writer_closed_need_not_wait():
    burst = Burst()
    burst.opened("a.md", 1.0)
    burst.finished("a.md", 1.2)
    assert (burst.changed, burst.due()) == ({"a.md"}, 1.2 + WHOLE)


def test_a_file_that_is_being_written_is_waited_for_but_not_for_ever():
    burst = Burst()
    for second in (1.0, 1.1, 1.3):
        burst.opened("a.md", second)
    burst.touched("a.md", 1.4)  # its rights, say: its writer is at it all the same
    assert burst.due() == 1.0 + LONGEST


def test_what_is_removed_or_empty_may_be_half_a_save():
    burst = Burst()
    burst.removed("a.md", 1.0)
    assert burst.due() == 1.0 + QUIET
    burst.opened("a.md", 1.01, new=True)
    burst.finished("a.md", 1.02, empty=True)
    assert burst.due() == 1.02 + QUIET
    burst.finished("a.md", 1.03)
    assert burst.due() == 1.03 + WHOLE


def test_a_scratch_file_leaves_no_trace():
    burst = Burst()
    burst.opened("4913", 1.0, new=True)
    burst.finished("4913", 1.0)
    burst.removed("4913", 1.0)
    assert not burst


def test_a_file_that_was_there_before_is_missed():
    burst = Burst()
    burst.removed("a.md", 1.0)
    burst.opened("a.md", 1.0, new=True)
    burst.removed("a.md", 1.0)
    assert burst.changed == {"a.md"}


def test_many_files_are_waited_for_and_a_storm_does_not_starve_the_build():
    burst = Burst()
    for number in range(1000):
        burst.finished(f"{number}.md", 1 + number / 1000)
    assert burst.due() == 1 + LONGEST
    burst = Burst()
    for number in range(20):
        burst.finished(f"{number}.md", 1.0)
    assert burst.due() == 1.0 + QUIET


def test_what_nobody_can_name_is_everything():
    burst = Burst()
    burst.lost(1.0)
    assert burst
    assert burst.everything
