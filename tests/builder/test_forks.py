"""Several processes over one task: every ticket falls to one of them, and a child's death leaves work, not a wrong end."""

import json
import os

import pytest

from village.builder import forks


def shared(total, processes, extra=lambda number: 0, before=lambda: None):
    """(all that was reported, tickets drawn by this process): each item as (number, part)."""
    tickets = forks.Tickets(total)
    drawn, found = [], []

    def work():
        before()
        for number, part in tickets.draw():
            drawn.append((number, part))
            if not part:
                for more in range(1, extra(number) + 1):
                    if not tickets.add(number, more):
                        drawn.append((number, more))

    try:
        forks.run(
            processes,
            work,
            lambda file: file.write(json.dumps(drawn).encode()),
            lambda file: found.extend(map(tuple, json.load(file))),
        )
    finally:
        tickets.close()
    return [*drawn, *found]


@pytest.mark.parametrize("total", [0, 1, 7, 5000, 20_000])
@pytest.mark.parametrize("processes", [1, 3])
def test_each_item_falls_to_one_process(total, processes):
    assert sorted(shared(total, processes)) == [(number, 0) for number in range(total)]


def test_parts_that_come_to_light_are_done_once_even_when_the_pipe_is_full():
    found = shared(50, 2, extra=lambda number: 3 if number < 49 else 20_000)
    assert sorted(found) == sorted(
        [(number, 0) for number in range(50)]
        + [(number, part) for number in range(49) for part in (1, 2, 3)]
        + [(49, part) for part in range(1, 20_001)]
    )


def test_a_child_that_dies_reports_nothing():
    parent = os.getpid()
    found = shared(1000, 2, before=lambda: os.getpid() == parent or os._exit(9))
    assert sorted(found) == [(number, 0) for number in range(1000)]


def test_little_work_and_one_processor_do_not_fork():
    assert forks.count(10) == 1
    assert forks.count(10_000, wanted=1) == 1
